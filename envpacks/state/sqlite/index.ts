import { definePack, type Kv, type KvEntry, PackError, type State, type StateKey } from '@greentic/sdk';

/** State in the host's durable map. The version of the commit that wrote an entry is its revision. */
export default definePack('state', {
  open(context): State {
    const kv = context.kv('state');
    return {
      async get(key) {
        const entry = await kv.get(keyOf(key));
        return { entry: entry === null ? null : { value: entry.value, revision: entry.version } };
      },

      async put({ tenant, key, value, ifRevision }) {
        const write = { key: keyOf({ tenant, key }), value };
        const checks = ifRevision === undefined ? [] : [{ key: write.key, version: ifRevision }];
        const { version } = await orConflict(kv.commit({ checks, writes: [write] }), kv, write.key);
        return { revision: version };
      },

      async delete({ tenant, key, ifRevision }) {
        const write = { key: keyOf({ tenant, key }), value: null };
        for (;;) {
          const entry = await kv.get(write.key);
          if (ifRevision !== undefined && ifRevision !== (entry?.version ?? 0)) throw conflict(entry);
          if (entry === null) return { deleted: false };
          const outcome = await unlessChanged(
            kv.commit({ checks: [{ key: write.key, version: entry.version }], writes: [write] }),
          );
          if (outcome !== undefined) return { deleted: true };
        }
      },

      async list({ tenant, prefix, after, limit }) {
        const start = keyOf({ tenant, key: '' });
        const options = after === undefined ? {} : { after: start + after };
        for (let most = Math.min(limit + 1, 1000); ; most = Math.ceil(most / 2)) {
          const entries = await unlessTooLarge(kv.list({ prefix: start + prefix, limit: most, ...options }), most);
          if (entries === undefined) continue;
          const keys = entries.slice(0, limit).map((entry) => entry.key.slice(start.length));
          return { keys, next: entries.length === most ? (keys.at(-1) ?? null) : null };
        }
      },
    };
  },
});

// A tenant has no slash, so no two tenants share a key.
function keyOf({ tenant, key }: StateKey): string {
  return `${tenant}/${key}`;
}

function conflict(entry: KvEntry | null): PackError {
  const actual = entry?.version ?? 0;
  return new PackError('state/conflict', `The entry has revision ${actual}.`, { actual });
}

async function orConflict<T>(commit: Promise<T>, kv: Kv, key: string): Promise<T> {
  const outcome = await unlessChanged(commit);
  if (outcome === undefined) throw conflict(await kv.get(key));
  return outcome;
}

/** What a list gave, or undefined when its values are too many bytes for one message and fewer can be asked for. */
async function unlessTooLarge<T>(list: Promise<T>, asked: number): Promise<T | undefined> {
  try {
    return await list;
  } catch (error) {
    if (asked > 1 && (error as { code?: unknown }).code === 'limit/message') return undefined;
    throw error;
  }
}

/** What a commit gave, or undefined when a check failed. */
async function unlessChanged<T>(commit: Promise<T>): Promise<T | undefined> {
  try {
    return await commit;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'kv/conflict') return undefined;
    throw error;
  }
}
