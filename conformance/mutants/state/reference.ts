import { type Kv, PackError, type State, type StateKey } from '@greentic/sdk';
import { hasCode } from '../mutation.ts';

// A tenant has no slash.
const keyOf = ({ tenant, key }: StateKey) => `${tenant}/${key}`;

/** What a writer is told whose expectation does not hold. */
export function conflict(actual: number): PackError {
  return new PackError('state/conflict', `The entry has revision ${actual}.`, { actual });
}

/** A correct state pack over the durable map. */
export function referenceState(kv: Kv): State {
  const change = async (key: string, value: string | null, ifRevision?: number): Promise<number | undefined> => {
    for (;;) {
      const version = (await kv.get(key))?.version ?? 0;
      if (ifRevision !== undefined && ifRevision !== version) throw conflict(version);
      if (value === null && version === 0) return undefined;
      try {
        return (await kv.commit({ checks: [{ key, version }], writes: [{ key, value }] })).version;
      } catch (error) {
        if (!hasCode(error, 'kv/conflict')) throw error;
      }
    }
  };
  return {
    async get(name) {
      const entry = await kv.get(keyOf(name));
      return { entry: entry === null ? null : { value: entry.value, revision: entry.version } };
    },
    async put({ value, ifRevision, ...name }) {
      return { revision: (await change(keyOf(name), value, ifRevision)) ?? 0 };
    },
    async delete({ ifRevision, ...name }) {
      return { deleted: (await change(keyOf(name), null, ifRevision)) !== undefined };
    },
    async list({ tenant, prefix, after, limit }) {
      const start = `${tenant}/`;
      const from = after === undefined ? {} : { after: start + after };
      const entries = await kv.list({ prefix: start + prefix, limit, ...from });
      const keys = entries.map(({ key }) => key.slice(start.length));
      return { keys, next: keys.length < limit ? null : (keys.at(-1) ?? null) };
    },
  };
}
