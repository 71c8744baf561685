import { GreenticError } from '@greentic/core';
import { expiryAfter, tufKeyOf } from '../tuf/metadata.ts';
import { type Expiry, type RoleEntry, type RootRole, SPEC_VERSION, TOP_ROLES, type TopRole } from '../tuf/signed.ts';
import { ownKeyId } from '../tuf/sound-key.ts';

/** For how many days metadata holds in a registry whose owner chose nothing else. */
export const DEFAULT_EXPIRY: Expiry = { root: 365, targets: 90, snapshot: 30, timestamp: 7 };

/** What becomes of the keys of one role. */
export interface RoleChange {
  /** Public keys, base64. */
  readonly add?: readonly string[];
  /** Public keys, base64, or ids of keys as TUF gives them. */
  readonly remove?: readonly string[];
  readonly threshold?: number | undefined;
}

/** What a next root says otherwise than the one before. */
export interface RootChange {
  readonly roles: Partial<Record<TopRole, RoleChange>>;
  readonly expiry?: Partial<Expiry> | undefined;
}

/** How long a registry's metadata holds. */
export function expiryOf(root: RootRole | undefined): Expiry {
  return { ...DEFAULT_EXPIRY, ...root?.expiry_days };
}

/**
 * The next root of a registry, or the first: not signed yet. Keys that no role lists any more are left out. Throws
 * `input/invalid` for a threshold that cannot be met and a key to remove that is not there, and `trust/key-invalid`.
 */
export function draftRoot(former: RootRole | undefined, { roles, expiry }: RootChange, now: Date): RootRole {
  const keys: RootRole['keys'] = { ...former?.keys };
  const entry = (role: TopRole): RoleEntry => {
    const { add = [], remove = [], threshold } = roles[role] ?? {};
    const before = former?.roles[role] ?? { keyids: [], threshold: 1 };
    const added = add.map(tufKeyOf);
    for (const { id, key } of added) keys[id] = key;
    const out = remove.map((key) => idOf(role, key, { keyids: before.keyids, keys }));
    const keyids = [...new Set([...before.keyids, ...added.map(({ id }) => id)])].filter((id) => !out.includes(id));
    return { ...before, keyids: keyids.toSorted(), threshold: reachable(threshold ?? before.threshold, keyids.length) };
  };
  const next = {
    ...former?.roles,
    root: entry('root'),
    targets: entry('targets'),
    snapshot: entry('snapshot'),
    timestamp: entry('timestamp'),
  };
  const used = new Set(TOP_ROLES.flatMap((role) => next[role].keyids));
  const days = { ...expiryOf(former), ...expiry };
  return {
    ...former,
    _type: 'root',
    spec_version: SPEC_VERSION,
    version: (former?.version ?? 0) + 1,
    expires: expiryAfter(now, days.root),
    consistent_snapshot: true,
    keys: Object.fromEntries(Object.entries(keys).filter(([id]) => used.has(id))),
    roles: next,
    expiry_days: days,
  };
}

/** The id TUF gives a key that a role lists, from that, from its own id, or from its public half. */
function idOf(
  role: TopRole,
  key: string,
  { keyids, keys }: { keyids: readonly string[]; keys: RootRole['keys'] },
): string {
  const id = /^[0-9a-f]{32,64}$/.test(key) ? key : tufKeyOf(key).id;
  const found = keyids.find((each) => each === id || (keys[each] !== undefined && ownKeyId(keys[each]) === id));
  if (found !== undefined) return found;
  throw new GreenticError('input/invalid', `The ${role} role does not list ${id}.`, {
    hint: 'See what it lists: gtc registry status.',
  });
}

function reachable(threshold: number, keys: number): number {
  if (Number.isInteger(threshold) && threshold >= 1 && threshold <= keys) return threshold;
  throw new GreenticError('input/invalid', `A threshold of ${threshold} cannot be met with ${keys} keys.`);
}
