import type { Check } from '../../check.ts';

export const revisionsAreNeverReused: Check<'state'> = {
  id: 'STA-03',
  rev: 1,
  slot: 'state',
  level: 'core',
  title: 'A key’s revisions only grow: over a delete, over the death of the process, and over a restart.',
  clause: 'put returns a revision that is higher than any the key ever had.',
  hint: 'Use a counter that outlives the entry, such as the version of the commit; not one kept with the entry.',
  minObservations: 8,
  async run(kit) {
    const key = { tenant: 'acme', key: 'aba' };
    const first = kit.open();
    let highest = 0;
    const write = async (pack: typeof kit.pack, when: string) => {
      const { revision } = await pack.put({ ...key, value: when });
      kit.expect(revision > highest, `The revision ${when} is ${revision}, though the key had ${highest} before.`);
      highest = revision;
    };
    await write(first.pack, 'at first');
    await write(first.pack, 'of a second write');
    const stale = highest;
    await first.pack.delete(key);
    await write(first.pack, 'after a delete');
    const revived = first.pack.put({ ...key, value: 'stale', ifRevision: stale });
    await kit.refused(revived, 'state/conflict', 'A write that expects the revision from before the delete');
    await first.pack.delete(key);
    await first.kill();
    await write(first.pack, 'after a delete and a kill');
    await first.pack.delete(key);
    await first.close();
    const second = kit.open();
    await write(second.pack, 'after a delete and a restart');
    const old = second.pack.put({ ...key, value: 'stale', ifRevision: stale });
    await kit.refused(old, 'state/conflict', 'A write that expects a revision from before the restart');
    kit.equal((await second.pack.get(key)).entry?.revision, highest, 'The revision shown');
  },
};
