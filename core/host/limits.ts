/** Bounds on one opened pack, whatever its manifest asks. */
export interface HostLimits {
  /** Longest message over the wall, in bytes. */
  readonly messageBytes: number;
  /** Calls into the pack that may be under way at once. */
  readonly calls: number;
  /** Calls of the pack to the broker that may be under way at once. */
  readonly brokerCalls: number;
  /** Time to load and open, in milliseconds. */
  readonly openMs: number;
}

/** The bounds a host has unless told otherwise. */
export const HOST_LIMITS: HostLimits = { messageBytes: 4 * 2 ** 20, calls: 64, brokerCalls: 128, openMs: 10_000 };
