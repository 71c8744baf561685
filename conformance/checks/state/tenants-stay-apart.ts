import type { Check } from '../../check.ts';

export const tenantsStayApart: Check<'state'> = {
  id: 'STA-17',
  rev: 1,
  slot: 'state',
  level: 'core',
  title: 'No tenant reads, lists, overwrites or deletes an entry of another.',
  clause: 'Entries are apart for each tenant; a foreign entry is as good as none.',
  hint: 'Put the tenant before the key, with a separator that no tenant can hold, in every method.',
  minObservations: 12,
  async run(kit) {
    const { pack } = kit;
    const entries = [
      { tenant: 'a', key: 'bc', value: 'of a' },
      { tenant: 'ab', key: 'c', value: 'of ab' },
      { tenant: 'a-b', key: 'c', value: 'of a-b' },
      { tenant: '_env', key: 'c', value: 'of the environment' },
    ];
    for (const entry of entries) await pack.put(entry);
    for (const { tenant, key, value } of entries) {
      kit.equal((await pack.get({ tenant, key })).entry?.value, value, `The entry of ${tenant}`);
      const { keys } = await pack.list({ tenant, prefix: '', limit: 100 });
      kit.equal(keys, [key], `The keys of ${tenant}`);
    }
    kit.equal(await pack.get({ tenant: 'a', key: 'c' }), { entry: null }, 'A foreign key');
    const stray = pack.put({ tenant: 'a', key: 'c', value: 'new', ifRevision: 0 });
    kit.expect((await stray).revision > 0, 'A key that only others have cannot be created.');
    kit.equal(await pack.delete({ tenant: 'a', key: 'c' }), { deleted: true }, 'The delete of the tenant’s own key');
    for (const { tenant, key, value } of entries) {
      kit.equal((await pack.get({ tenant, key })).entry?.value, value, `The entry of ${tenant} after the delete`);
    }
    kit.equal(await pack.delete({ tenant: 'rival', key: 'c' }), { deleted: false }, 'The delete of a foreign key');
  },
};
