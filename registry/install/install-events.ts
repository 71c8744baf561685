import type { ArtifactName, Digest, Version } from '@greentic/core';
import type { Decision } from '../admission/decision.ts';

/** Callbacks that hear how an install goes on. They cannot change it: what they throw or return is dropped. */
export interface InstallEvents {
  /** A registry's index is about to be read. */
  onIndex?(event: { registry: string; location: string; name: ArtifactName }): void;
  /** A version was chosen. */
  onResolve?(event: { name: ArtifactName; version: Version; digest: Digest }): void;
  /** The bytes are here, and are the ones the index names. */
  onFetch?(event: { name: ArtifactName; version: Version; bytes: number; evidence: number }): void;
  /** Every rule was looked at. */
  onDecide?(event: { decision: Decision }): void;
}

/** Tells a listener, and goes on whatever it does. */
export function tell<K extends keyof InstallEvents>(
  events: InstallEvents,
  event: K,
  facts: Parameters<NonNullable<InstallEvents[K]>>[0],
): void {
  try {
    // Each callback takes the facts of its own event; the compiler cannot follow that through the index.
    (events[event] as ((facts: unknown) => void) | undefined)?.(structuredClone(facts));
  } catch {
    // A listener that fails must not decide whether a pack is installed.
  }
}
