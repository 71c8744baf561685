import type { Check } from '../../check.ts';

export const writersCompareAndSwap: Check<'state'> = {
  id: 'STA-02',
  rev: 1,
  slot: 'state',
  level: 'core',
  title: 'A write or delete that expects another revision fails with state/conflict and changes nothing.',
  clause: 'With ifRevision, only when the entry has that revision; otherwise state/conflict, and nothing changes.',
  hint: 'Compare and write in one commit, and map its conflict to state/conflict.',
  minObservations: 12,
  async run(kit) {
    const { pack } = kit;
    const key = { tenant: 'acme', key: 'dial' };
    const { revision } = await pack.put({ ...key, value: 'first' });
    for (const wrong of [0, revision + 1, revision + 1000]) {
      const put = pack.put({ ...key, value: 'stray', ifRevision: wrong });
      await kit.refused(put, 'state/conflict', `A write that expects ${wrong}`);
      await kit.refused(pack.delete({ ...key, ifRevision: wrong }), 'state/conflict', `A delete that expects ${wrong}`);
      kit.equal(await pack.get(key), { entry: { value: 'first', revision } }, 'The entry after the refusals');
    }
    const next = await pack.put({ ...key, value: 'second', ifRevision: revision });
    kit.equal(
      (await pack.get(key)).entry,
      { value: 'second', revision: next.revision },
      'The entry after the right one',
    );
    await kit.refused(
      pack.delete({ ...key, ifRevision: revision }),
      'state/conflict',
      'A delete that expects the past',
    );
    kit.equal(await pack.delete({ ...key, ifRevision: next.revision }), { deleted: true }, 'The right delete');
    const gone = pack.put({ ...key, value: 'late', ifRevision: next.revision });
    await kit.refused(gone, 'state/conflict', 'A write that expects a deleted entry');
  },
};
