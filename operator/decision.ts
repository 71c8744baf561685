import type { Environment, TrustRoot } from '@greentic/core';

/** An environment as it was read: one generation, its files verified against its own record. */
export interface Snapshot {
  readonly environment: Environment;
  /** Canonical bytes of the lock file in force. */
  readonly lock: Uint8Array | undefined;
  /** The trust root in force. */
  readonly trustRoot: TrustRoot | undefined;
}

/** What a verb decided: the new contents of the environment's files, and what to tell the caller. */
export interface Decision<R> {
  /** The new document. Its generation is stamped by the store. */
  readonly environment: Environment;
  /** New bytes of the lock file, when it changes; the document names their digest. */
  readonly lock?: Uint8Array;
  /** The new trust root, when it changes; the document names its version and digest. */
  readonly trustRoot?: TrustRoot;
  /** JSON that goes to the caller and into the audit, so that a repeated request gets it again. Never a secret. */
  readonly result: R;
}
