/** Contract of the telemetry slot, version 1: records go out, each at most once, none in silence. */
export interface Telemetry {
  /** Takes records; `accepted` counts those that will be delivered, from the front of the list. */
  export(input: { records: TelemetryRecord[] }): Promise<{ accepted: number }>;
  /** Returns when every record accepted before the call has been delivered. */
  flush(input: Record<never, never>): Promise<Record<never, never>>;
}

/** One log line, span or measurement. */
export interface TelemetryRecord {
  kind: 'log' | 'span' | 'metric';
  name: string;
  /** Milliseconds since 1970. */
  timeMs: number;
  /** Length of a span in milliseconds. */
  durationMs?: number;
  /** Value of a metric. */
  value?: number;
  /** Always has `environment`; from a worker also `deployment`, `revision`, `customer` and `bundle_digest`. */
  attributes: Record<string, string | number | boolean>;
}
