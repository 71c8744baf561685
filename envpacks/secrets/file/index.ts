import { definePack, type KvEntry, PackError, type SecretName, type Secrets } from '@greentic/sdk';
import { openValue, type Record, sealValue } from './cipher.ts';

/** Secrets on this machine's disk, encrypted; see README.md for the layout. */
export default definePack('secrets', {
  open(context): Secrets {
    const kv = context.kv('secrets');
    const seal = context.seal('master');

    const versionOf = (entry: KvEntry | null) => (entry === null ? 0 : (JSON.parse(entry.value) as Record).version);

    return {
      async get(name) {
        const entry = await kv.get(keyOf(name));
        const record = entry === null ? undefined : (JSON.parse(entry.value) as Record);
        if (record?.sealed === undefined) throw new PackError('secret/not-found', `There is no secret ${name.name}.`);
        return { value: await openValue(record, keyOf(name), seal), version: record.version };
      },

      async put({ tenant, name, value, ifVersion }) {
        const key = keyOf({ tenant, name });
        for (;;) {
          const entry = await kv.get(key);
          const current = versionOf(entry);
          const live = entry !== null && (JSON.parse(entry.value) as Record).sealed !== undefined ? current : 0;
          if (ifVersion !== undefined && ifVersion !== live) {
            throw new PackError('secret/version-conflict', `The secret has version ${live}, not ${ifVersion}.`, {
              actual: live,
            });
          }
          const record = await sealValue({ value, version: current + 1 }, key, seal);
          if (
            await committed(
              kv.commit({ checks: [check(key, entry)], writes: [{ key, value: JSON.stringify(record) }] }),
            )
          ) {
            return { version: record.version };
          }
        }
      },

      // A tombstone keeps the version, so that a number never stands for two values.
      async delete(name) {
        const key = keyOf(name);
        for (;;) {
          const entry = await kv.get(key);
          const record = entry === null ? undefined : (JSON.parse(entry.value) as Record);
          if (record?.sealed === undefined) return { deleted: false };
          const tombstone: Record = { version: record.version };
          if (
            await committed(
              kv.commit({ checks: [check(key, entry)], writes: [{ key, value: JSON.stringify(tombstone) }] }),
            )
          ) {
            return { deleted: true };
          }
        }
      },

      async list({ tenant, after, limit }) {
        const prefix = `${tenant}/`;
        const names: string[] = [];
        let cursor = after === undefined ? undefined : prefix + after;
        for (;;) {
          const page = await kv.list({ prefix, limit: 500, ...(cursor === undefined ? {} : { after: cursor }) });
          for (const entry of page) {
            cursor = entry.key;
            if ((JSON.parse(entry.value) as Record).sealed === undefined) continue;
            if (names.length === limit) return { names, next: names.at(-1) ?? null };
            names.push(entry.key.slice(prefix.length));
          }
          if (page.length < 500) return { names, next: null };
        }
      },
    };
  },
});

// A tenant has no slash, so no two names share a key.
function keyOf({ tenant, name }: SecretName): string {
  return `${tenant}/${name}`;
}

function check(key: string, entry: KvEntry | null): { key: string; version: number } {
  return { key, version: entry?.version ?? 0 };
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
