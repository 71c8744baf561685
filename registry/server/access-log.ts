/** One line of a server's log: what happened, and when. Never a credential, a header or a query. */
export interface LogEvent {
  readonly event: string;
  readonly at: string;
  readonly [field: string]: unknown;
}

/** Takes the lines of a server's log. */
export type Log = (event: LogEvent) => void;
