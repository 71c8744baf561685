import os from 'node:os';

/** What the figures were measured on; without it they say nothing. */
export interface Machine {
  readonly node: string;
  readonly platform: string;
  readonly cpus: number;
  readonly cpu: string;
  /** Load average of the last minute. */
  readonly load: number;
}

/** The machine as it is now. */
export function describeMachine(): Machine {
  const cpus = os.cpus();
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpus: cpus.length,
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    load: Number((os.loadavg()[0] ?? 0).toFixed(2)),
  };
}
