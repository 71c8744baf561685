import type { Deployer, Digest, EnvironmentName, RevisionId, Witness } from '@greentic/core';
import type { EnvironmentStore } from '../store/environment-store.ts';

/** The running half of an environment, as a rollout needs it. */
export interface Runtime {
  /** Throws `runtime/unreachable` when nothing serves the environment. */
  assertReachable(): Promise<void>;
  /** Returns when the router serves this generation or a later one. Throws `runtime/not-acknowledged`. */
  reload(generation: number): Promise<void>;
  /** Asks what answers at the endpoint who it is. Throws `witness/mismatch`, `worker/failed`. */
  witness(expected: { revision: RevisionId; bundleDigest: Digest; endpoint: string }): Promise<Witness>;
}

/** What a rollout works with. */
export interface RolloutPorts {
  readonly environment: EnvironmentName;
  readonly store: EnvironmentStore;
  readonly runtime: Runtime;
  /** The environment's deployer; opened when it is first asked for, so that moving the dial back never does. */
  deployer(): Promise<Deployer>;
  readonly now: () => Date;
  /** Waits between two looks at the platform. */
  wait(ms: number): Promise<void>;
  /** Hears how a rollout goes on; cannot change it. */
  onProgress?(step: string): void;
}
