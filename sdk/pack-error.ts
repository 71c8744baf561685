/** An error with a code of the slot's contract: the host passes code, message and details on to the caller. */
export class PackError extends Error {
  override readonly name = 'PackError';
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: string, message: string, details?: Readonly<Record<string, unknown>>) {
    super(message);
    this.code = code;
    this.details = details;
  }
}
