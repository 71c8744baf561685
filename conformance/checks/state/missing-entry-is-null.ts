import type { Check } from '../../check.ts';

export const missingEntryIsNull: Check<'state'> = {
  id: 'STA-01',
  rev: 1,
  slot: 'state',
  level: 'core',
  title: 'A missing entry is null, a written one comes back with its revision, and a deleted one is missing again.',
  clause: 'get gives the entry, or null when there is none; put with ifRevision 0 creates; delete tells what it did.',
  hint: 'Tell "no entry" from "an entry with an empty value".',
  minObservations: 8,
  async run(kit) {
    const { pack } = kit;
    const key = { tenant: 'acme', key: 'ticket/1' };
    kit.equal(await pack.get(key), { entry: null }, 'A missing entry');
    kit.equal(await pack.delete(key), { deleted: false }, 'The delete of a missing entry');
    const created = await pack.put({ ...key, value: '', ifRevision: 0 });
    kit.equal(await pack.get(key), { entry: { value: '', revision: created.revision } }, 'A new empty entry');
    await kit.refused(
      pack.put({ ...key, value: 'again', ifRevision: 0 }),
      'state/conflict',
      'Creating it a second time',
    );
    const changed = await pack.put({ ...key, value: 'open' });
    kit.equal(await pack.get(key), { entry: { value: 'open', revision: changed.revision } }, 'The entry after a write');
    kit.equal(await pack.delete(key), { deleted: true }, 'The delete of an entry');
    kit.equal(await pack.get(key), { entry: null }, 'A deleted entry');
    kit.equal(await pack.delete(key), { deleted: false }, 'The second delete');
  },
};
