/** One measured number, beside a peer's where there is one. */
export interface BenchRow {
  readonly name: string;
  /** The median of all rounds, unless `note` says otherwise. */
  readonly value: number;
  readonly unit: string;
  /** 95th percentile of all rounds. */
  readonly p95?: number;
  /** The least of all rounds: on a busy machine the nearest to what the work itself takes. */
  readonly least?: number;
  /** How many values there were. */
  readonly rounds?: number;
  /** What the value is to reach, for people; nothing enforces it. */
  readonly goal?: string;
  /** What was measured beside it, in turns, in the same run. */
  readonly peer?: string;
  readonly peerValue?: number;
  /** The peer's value over ours where the peer is a rival, ours over the peer's where it is a floor: `goal` says which. */
  readonly ratio?: number;
  readonly note?: string;
}

/** Measures something; each call starts from nothing. */
export type Measure = (ground: Ground) => Promise<BenchRow[]>;

/** What measurements share. */
export interface Ground {
  /** A folder of this run's own, removed at its end. */
  readonly folder: string;
  /** A registry of the first-party packs, and an environment that has all of them; made when it is first asked for. */
  installed(): Promise<Installed>;
}

/** A registry in a folder, and environments that trust it. */
export interface Installed {
  /** Folder of the registry. */
  readonly registry: string;
  /** Folder of the environments. */
  readonly root: string;
  /** The environment with every pack bound. */
  readonly environment: string;
  /** Makes an empty environment with the same trust root, which reads the registry from another place when one is given. */
  another(name: string, location?: string): Promise<void>;
}
