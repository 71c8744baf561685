import type { Workers } from '../slots/context.ts';

/** One line of a pack on its way to the host's output. */
export interface LogLine {
  /** Name and version of the pack that wrote it. */
  readonly pack: string;
  readonly at: Date;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
  /** True for `console.*`, which every pack may use; false for the `log` permission. */
  readonly diagnostic: boolean;
}

/** An address a host name stands for. */
export interface HostAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** The host's side of the permissions: what the broker reaches on a pack's behalf. */
export interface BrokerPorts {
  /** Folder of the environment for what packs keep: their entries and their sealed keys. */
  readonly dataDir: string;
  /** Where lines go. Must not throw. */
  log(line: LogLine): void;
  /** The environment's worker processes. Missing: the permission answers `runtime/unreachable`. */
  readonly workers?: Workers;
  /** A secret of the environment, by its name in the secrets slot. Missing: `secret/not-found`. */
  secrets?(name: string): Promise<Uint8Array>;
  /** Resolves a host name; the system's resolver when missing. */
  resolve?(hostname: string): Promise<HostAddress[]>;
}

/** Who calls the broker: a pack in an environment. Data is kept by name, so that it outlives a version. */
export interface PackIdentity {
  readonly environment: string;
  readonly name: string;
  readonly version: string;
}
