/** Contract of the secrets slot, version 1: bytes at rest that nobody but the pack can read, versioned, apart for each tenant. */
export interface Secrets {
  /** The newest version. Fails with `secret/not-found`, or `secret/integrity` when the stored bytes were changed. */
  get(input: SecretName): Promise<SecretValue>;
  /** Stores a new version. With `ifVersion`, only when the newest version is that one (0: when there is none), else `secret/version-conflict`. */
  put(input: SecretName & { value: string; ifVersion?: number }): Promise<{ version: number }>;
  /** Deletes all versions; `deleted` is false when there was nothing. */
  delete(input: SecretName): Promise<{ deleted: boolean }>;
  /** At most `limit` names, never values, in bytewise order after `after`; `next` continues the list. */
  list(input: { tenant: string; after?: string; limit: number }): Promise<{ names: string[]; next: string | null }>;
}

/** Names a secret: a tenant, and a name of 1 to 8 segments of `[A-Za-z0-9._-]`, joined by `/`, none of them `.` or `..`. */
export interface SecretName {
  tenant: string;
  name: string;
}

/** Base64 of at most 64 KiB, with its version. */
export interface SecretValue {
  value: string;
  version: number;
}
