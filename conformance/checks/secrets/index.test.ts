import { describe, expect, test } from 'vitest';
import { conclude, type Lapse, tryLapses } from '../../testing/lapse-trial.ts';
import { STORAGE_LAPSES } from './storage-lapses.fixture.ts';
import { VALUE_LAPSES } from './value-lapses.fixture.ts';

tryLapses('secrets', { ...VALUE_LAPSES, ...STORAGE_LAPSES });

/** Keeps its secrets where the kit does not look: with somebody else. */
const elsewhere: Lapse<'secrets'> = (_reference, { memory }) => ({
  put: async ({ tenant, name, value }) => {
    memory.set(`${tenant}/${name}`, value);
    return { version: 1 };
  },
  get: async ({ tenant, name }) => ({ value: String(memory.get(`${tenant}/${name}`)), version: 1 }),
  delete: async ({ tenant, name }) => ({ deleted: memory.delete(`${tenant}/${name}`) }),
});

describe('a pack that keeps its secrets elsewhere', () => {
  test.each([
    ['SEC-05', 'The pack keeps nothing in the environment: the kit cannot look at its store.'],
    ['SEC-16', 'The pack keeps nothing in the environment that the kit could change.'],
  ])('%s is inconclusive, for nothing lies where the kit looks', async (id, message) => {
    expect(await conclude('secrets', id, elsewhere)).toMatchObject({ result: 'inconclusive', message });
  });

  test('is judged by everything that can be seen from outside', async () => {
    expect(await conclude('secrets', 'SEC-01', elsewhere)).toMatchObject({ result: 'pass' });
  });
});

test('SEC-16 takes no offence at a changed bit that changes nothing', async () => {
  const padded: Lapse<'secrets'> = (reference, { context }) => ({
    // A second entry, which nothing depends on: flips in it do no harm, and are no finding.
    put: async (input) => {
      const { version } = await reference.put(input);
      await context.kv('data').commit({ writes: [{ key: `note/${input.tenant}/${input.name}`, value: 'a note' }] });
      return { version };
    },
  });
  expect(await conclude('secrets', 'SEC-16', padded)).toMatchObject({ result: 'pass' });
});
