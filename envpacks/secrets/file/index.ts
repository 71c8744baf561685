import { definePack, PackError, type SecretName, type Secrets } from '@greentic/sdk';
import { openValue, sealValue } from './cipher.ts';
import { decodeRecord, isLive, type StoredRecord } from './record.ts';

// So many secrets of the largest size still fit into one message of the host.
const PAGE = 32;

/** Secrets on this machine's disk, each under a data key of its own; see README.md for the layout. */
export default definePack('secrets', {
  open(context): Secrets {
    const kv = context.kv('secrets');
    const seal = context.seal('master');

    const find = async (key: string) => {
      const entry = await kv.get(key);
      return { key, mark: entry?.version ?? 0, record: entry === null ? undefined : decodeRecord(entry.value) };
    };

    /** Replaces what was found; false when somebody else was faster. */
    const replace = async ({ key, mark }: { key: string; mark: number }, record: StoredRecord) => {
      const change = { checks: [{ key, version: mark }], writes: [{ key, value: JSON.stringify(record) }] };
      return await committed(kv.commit(change));
    };

    return {
      async get(name) {
        const { key, record } = await find(keyOf(name));
        if (!isLive(record)) throw new PackError('secret/not-found', `There is no secret ${name.name}.`);
        return { value: await openValue(record, key, seal), version: record.version };
      },

      async put({ tenant, name, value, ifVersion }) {
        for (;;) {
          const found = await find(keyOf({ tenant, name }));
          const actual = isLive(found.record) ? found.record.version : 0;
          if (ifVersion !== undefined && ifVersion !== actual) {
            throw new PackError('secret/version-conflict', `The secret has version ${actual}, not ${ifVersion}.`, {
              actual,
            });
          }
          const version = (found.record?.version ?? 0) + 1;
          if (await replace(found, await sealValue({ value, version }, found.key, seal))) return { version };
        }
      },

      async delete(name) {
        for (;;) {
          const found = await find(keyOf(name));
          if (!isLive(found.record)) return { deleted: false };
          if (await replace(found, { version: found.record.version, deleted: true })) return { deleted: true };
        }
      },

      async list({ tenant, after, limit }) {
        const prefix = `${tenant}/`;
        const names: string[] = [];
        let cursor = after === undefined ? undefined : prefix + after;
        for (;;) {
          const page = await kv.list({ prefix, limit: PAGE, ...(cursor === undefined ? {} : { after: cursor }) });
          for (const entry of page) {
            cursor = entry.key;
            if (!isLive(decodeRecord(entry.value))) continue;
            if (names.length === limit) return { names, next: names.at(-1) ?? null };
            names.push(entry.key.slice(prefix.length));
          }
          if (page.length < PAGE) return { names, next: null };
        }
      },
    };
  },
});

// A tenant has no slash, so no two names share a key.
function keyOf({ tenant, name }: SecretName): string {
  return `${tenant}/${name}`;
}

/** Whether a commit went through; false when somebody else was faster. */
async function committed(commit: Promise<unknown>): Promise<boolean> {
  try {
    await commit;
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'kv/conflict') return false;
    throw error;
  }
}
