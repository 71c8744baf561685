import { isGreenticError } from '@greentic/core';
import type { Check } from '../../check.ts';

const CLIENTS_PER_PROCESS = 3;
const INCREMENTS = 8;
/** Each conflict means that another increment landed: more of them than increments there are is no honest conflict. */
const MAX_CONFLICTS = 10 * 2 * CLIENTS_PER_PROCESS * INCREMENTS;

export const noUpdateIsLost: Check<'state'> = {
  id: 'STA-04',
  rev: 1,
  slot: 'state',
  level: 'core',
  title: 'Increments by compare-and-swap from two processes at once all land.',
  clause: 'With ifRevision, put writes only when the entry has that revision: whoever was told of success has written.',
  hint: 'Compare inside the commit: between a read and a later write somebody else may write.',
  minObservations: 2 * CLIENTS_PER_PROCESS * INCREMENTS + 1,
  async run(kit) {
    const key = { tenant: 'acme', key: 'counter' };
    const lives = [kit.open(), kit.open()];
    await lives[0]?.pack.put({ ...key, value: '0' });
    const increment = async (pack: typeof kit.pack) => {
      for (let conflicts = 0; ; conflicts++) {
        if (conflicts > MAX_CONFLICTS) kit.expect(false, `An increment met ${conflicts} conflicts, and never landed.`);
        const { entry } = await pack.get(key);
        const value = String(Number(entry?.value) + 1);
        try {
          await pack.put({ ...key, value, ifRevision: entry?.revision ?? 0 });
          return;
        } catch (error) {
          if (!isGreenticError(error, 'state/conflict')) throw error;
        }
      }
    };
    const clients = lives.flatMap(({ pack }) => Array.from({ length: CLIENTS_PER_PROCESS }, () => pack));
    await Promise.all(
      clients.map(async (pack) => {
        for (let i = 0; i < INCREMENTS; i++) {
          await increment(pack);
          kit.expect(true, 'An increment was acknowledged.');
        }
      }),
    );
    kit.equal((await kit.pack.get(key)).entry?.value, String(clients.length * INCREMENTS), 'The counter');
    kit.expect(lives[0]?.pid !== lives[1]?.pid, 'Both clients spoke to one process.');
  },
};
