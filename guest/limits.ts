/** What a sandboxed program may use. */
export interface SandboxLimits {
  /** Heap of the isolate, in MiB. */
  readonly memoryMib: number;
  /** Processor time of one entry into the isolate, in milliseconds. */
  readonly cpuMs: number;
  /** Longest message either way, in bytes of UTF-8. */
  readonly messageBytes: number;
}
