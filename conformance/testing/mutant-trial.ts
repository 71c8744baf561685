import type { SlotName } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { listChecks } from '../catalogue.ts';
import { MUTATIONS } from '../mutants/index.ts';
import { runConformance } from '../run.ts';
import { mutantPack } from './mutant-pack.ts';

/** Far more than it takes on a quiet machine. */
const KIT_BUDGET_MS = 240_000;

/** Tries the kit on the packs of one slot: the correct one, the one that does nothing, and each that is broken in one way. */
export async function tryMutants(slot: SlotName): Promise<void> {
  const artifact = (await mutantPack(slot))();
  const now = () => new Date();
  const seed = 'trial';

  const timeout = KIT_BUDGET_MS;
  describe(`the kit on the packs of the slot ${slot}`, () => {
    test('the reference passes every check', { timeout }, async () => {
      const report = await runConformance({ artifact, seed, now });
      expect(report.checks.filter((check) => check.result !== 'pass')).toEqual([]);
      expect(report.result).toBe('conformant');
    });

    test('a pack that does nothing fails', { timeout }, async () => {
      const report = await runConformance({ artifact, answers: { mutation: 'noop' }, seed, now });
      expect(report.result).toBe('failed');
      const own = report.checks.filter((check) => !check.id.startsWith('PCK'));
      const failed = own.filter((check) => check.result === 'fail');
      expect(failed.length / own.length).toBeGreaterThanOrEqual(0.8);
      expect(own.filter((check) => check.result === 'error')).toEqual([]);
    });

    const table = Object.entries(MUTATIONS[slot]).map(([mutation, { killedBy }]) => ({ mutation, killedBy }));
    test.concurrent.each(table)('$mutation is killed by $killedBy', { timeout }, async ({ mutation, killedBy }) => {
      const report = await runConformance({ artifact, answers: { mutation }, only: [killedBy], seed, now });
      expect(report.checks.find((check) => check.id === killedBy)).toMatchObject({ result: 'fail' });
    });

    test('every check of the slot kills a mutant', () => {
      const killers = new Set(table.map(({ killedBy }) => killedBy));
      const idle = listChecks(slot).filter(({ id, slot }) => slot !== 'all' && !killers.has(id));
      expect(idle.map(({ id }) => id)).toEqual([]);
    });
  });
}
