/** Contract of the sessions slot, version 1: which revision a user's session stays on. The first pin wins. */
export interface Sessions {
  /** Pins the session to the revision, unless it is pinned: `revision` is the one in force, `pinned` whether this call set it. */
  pin(input: SessionKey & { revision: string; ttlSeconds: number }): Promise<{ revision: string; pinned: boolean }>;
  /** The revision in force, or null. */
  lookup(input: SessionKey): Promise<{ revision: string | null }>;
  /** Lets a live pin last `ttlSeconds` from now; `extended` is false when there is none. */
  extend(input: SessionKey & { ttlSeconds: number }): Promise<{ extended: boolean }>;
  /** Forgets the pin; `released` is false when there was none. */
  release(input: SessionKey): Promise<{ released: boolean }>;
  /** Live pins of a deployment, or of one revision of it. */
  count(input: { deployment: string; revision?: string }): Promise<{ count: number }>;
}

/** Names a session: a deployment, and an id of 1 to 256 characters that the router has hashed already. */
export interface SessionKey {
  deployment: string;
  session: string;
}
