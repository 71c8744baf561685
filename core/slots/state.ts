/** Contract of the state slot, version 1: small durable texts with compare-and-swap, apart for each tenant. */
export interface State {
  /** The entry, or null when there is none. */
  get(input: StateKey): Promise<{ entry: StateEntry | null }>;
  /**
   * Writes and returns the new revision, which is higher than any the key ever had. With `ifRevision`, only when the entry
   * has that revision (0: when there is none); otherwise fails with `state/conflict` and changes nothing. Once it returns,
   * the value survives a crash.
   */
  put(input: StateKey & { value: string; ifRevision?: number }): Promise<{ revision: number }>;
  /** Deletes; `ifRevision` as for put. `deleted` is false when there was nothing. */
  delete(input: StateKey & { ifRevision?: number }): Promise<{ deleted: boolean }>;
  /** At most `limit` keys that start with `prefix`, in bytewise order of UTF-8, after `after`; `next` continues the list. */
  list(input: {
    tenant: string;
    prefix: string;
    after?: string;
    limit: number;
  }): Promise<{ keys: string[]; next: string | null }>;
}

/** Names an entry: a tenant, and a key of 1 to 1,024 bytes of UTF-8. */
export interface StateKey {
  tenant: string;
  key: string;
}

/** A value of at most 256 KiB of UTF-8 with the revision it was written as. */
export interface StateEntry {
  value: string;
  revision: number;
}
