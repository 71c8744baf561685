import { type Digest, digestOf, type GreenticError, isGreenticError } from '@greentic/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ENVIRONMENT, NOW, sampleBinding, sampleTrustRoot } from '../testing/sample.ts';
import { Crash, VolatileDisk } from '../testing/volatile-disk.ts';
import { bindPack } from '../verbs/env-packs.ts';
import { createEnvironment } from '../verbs/environments.ts';
import { setTrustRoot } from '../verbs/trust-roots.ts';
import { readEvents, verifyChain } from './audit-log.ts';
import { decodeSnapshot } from './document.ts';
import { peek, recover, type Stored } from './transaction.ts';
import { appendRefusal, type Decide, type Site, writeDecision } from './write-path.ts';

const FOLDER = '/envs/local';
const AUDIT = `${FOLDER}/audit.jsonl`;
const VERB = { verb: 'sample.change', target: 'sample' };

const siteOn = (disk: VolatileDisk): Site => ({
  disk,
  folder: FOLDER,
  name: ENVIRONMENT,
  actor: { kind: 'local-user', name: 'ada' },
  now: () => NOW,
});

function snapshotOf(stored: Stored | undefined) {
  if (stored === undefined) throw new Error('nothing is stored');
  return decodeSnapshot(ENVIRONMENT, stored);
}

/** The changes of the crash tests, in order: together they write each file, new and over an old one. */
const CHANGES: Decide<unknown>[] = [
  () => createEnvironment({ name: ENVIRONMENT }, NOW),
  (stored) => setTrustRoot(snapshotOf(stored), { root: sampleTrustRoot(1) }, NOW),
  (stored) => bindPack(snapshotOf(stored), sampleBinding('secrets'), NOW),
  (stored) => bindPack(snapshotOf(stored), { ...sampleBinding('secrets', 'other'), replace: true }, NOW),
  (stored) => setTrustRoot(snapshotOf(stored), { root: sampleTrustRoot(2) }, NOW),
];

/** Runs change number `i` the way a store does: recovery first, under its own idempotency key. */
async function change(disk: VolatileDisk, i: number) {
  const before = await recover(disk, FOLDER);
  const decide = CHANGES[i];
  if (decide === undefined) throw new Error(`no change ${i}`);
  return writeDecision(siteOn(disk), before, { ...VERB, input: i, idempotencyKey: `change-${i}` }, decide);
}

async function diskAfter(changes: number): Promise<VolatileDisk> {
  const disk = new VolatileDisk();
  for (let i = 0; i < changes; i++) await change(disk, i);
  return disk;
}

/** The files of the environment after each number of changes: what recovery may give back, and nothing else. */
async function filesAfter(changes: number): Promise<Record<string, Digest>> {
  const stored = await recover(await diskAfter(changes), FOLDER);
  return digestsOf(stored);
}

const digestsOf = (stored: Stored | undefined) =>
  Object.fromEntries([...(stored?.files ?? [])].map(([file, bytes]) => [file, digestOf(bytes)]));

/** Steps the disk takes for one change. */
async function stepsOf(i: number): Promise<number> {
  const disk = await diskAfter(i);
  disk.arm(undefined);
  await change(disk, i);
  return disk.steps;
}

/** Recovers after a crash during change `i`, checks the state, and finishes the change. */
async function assertAtomic(disk: VolatileDisk, i: number, acknowledged: boolean): Promise<void> {
  const stored = await recover(disk, FOLDER);
  const generation = stored?.tail.event.generation.after ?? 0;
  expect(generation).toBeGreaterThanOrEqual(acknowledged ? i + 1 : i);
  expect(generation).toBeLessThanOrEqual(i + 1);
  expect(digestsOf(stored)).toEqual(await filesAfter(generation));
  expect(await recover(disk, FOLDER)).toEqual(stored);
  const repeated = await change(disk, i);
  expect(repeated.replayed).toBe(generation === i + 1);
  expect(repeated.snapshot.environment.generation).toBe(i + 1);
  expect(await verifyChain(disk, AUDIT, ENVIRONMENT)).toMatchObject({ sequence: i + 1 });
  expect(await peek(disk, FOLDER)).toBeDefined();
}

describe.each(CHANGES.map((_, i) => i))('change %i', (i) => {
  test('killed after any step of the commit, it is there whole or not at all, and agrees with the audit', async () => {
    const steps = await stepsOf(i);
    expect(steps).toBeGreaterThan(12);
    for (let at = 0; at < steps; at++) {
      const disk = await diskAfter(i);
      disk.arm({ at, kind: 'crash' });
      await expect(change(disk, i)).rejects.toMatchObject({ cause: expect.any(Crash) });
      await assertAtomic(disk.afterKill(), i, false);
    }
  });

  test('without power after any step of the commit, it is there whole or not at all, and agrees with the audit', async () => {
    const steps = await stepsOf(i);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: steps - 1 }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
        async (at, dice) => {
          const disk = await diskAfter(i);
          disk.arm({ at, kind: 'crash' });
          await expect(change(disk, i)).rejects.toThrow();
          await assertAtomic(
            disk.afterPowerLoss(() => dice.next().value ?? 0),
            i,
            false,
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  test('once acknowledged, it survives a loss of power', async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), async (dice) => {
        const disk = await diskAfter(i + 1);
        await assertAtomic(
          disk.afterPowerLoss(() => dice.next().value ?? 0),
          i,
          true,
        );
      }),
      { numRuns: 40 },
    );
  });

  test('a disk that fails once at any step leaves it whole or not at all, and the error says which', async () => {
    const steps = await stepsOf(i);
    for (let at = 0; at < steps; at++) {
      const disk = await diskAfter(i);
      disk.arm({ at, kind: 'error' });
      const error = (await change(disk, i).catch((thrown: unknown) => thrown)) as GreenticError;
      expect(isGreenticError(error, 'env/unwritable', 'audit/unwritable')).toBe(true);
      disk.arm(undefined);
      const generation = (await recover(disk, FOLDER))?.tail.event.generation.after ?? 0;
      expect(generation).toBe(error.details?.['committed'] === true ? i + 1 : i);
      await assertAtomic(disk, i, false);
    }
  });
});

test('a recovery that is killed at any step, or loses power, can be repeated', async () => {
  const last = CHANGES.length - 1;
  const steps = await stepsOf(last);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: steps - 1 }),
      fc.integer({ min: 0, max: 8 }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      async (at, second, dice) => {
        const random = () => dice.next().value ?? 0;
        const disk = await diskAfter(last);
        disk.arm({ at, kind: 'crash' });
        await expect(change(disk, last)).rejects.toThrow();
        const restarted = disk.afterPowerLoss(random);
        restarted.arm({ at: second, kind: 'crash' });
        const interrupted = await recover(restarted, FOLDER).then(
          () => false,
          () => true,
        );
        await assertAtomic(interrupted ? restarted.afterPowerLoss(random) : restarted.afterKill(), last, false);
      },
    ),
    { numRuns: 200 },
  );
});

test('a refusal whose audit line is torn leaves the environment and the earlier events as they were', async () => {
  for (let at = 0; at < 6; at++) {
    const disk = await diskAfter(2);
    const before = await recover(disk, FOLDER);
    if (before === undefined) throw new Error('nothing is stored');
    disk.arm({ at, kind: 'crash' });
    await expect(appendRefusal(siteOn(disk), before, { ...VERB, code: 'trust/threshold' })).rejects.toThrow();
    const restarted = disk.afterKill();
    expect(digestsOf(await recover(restarted, FOLDER))).toEqual(await filesAfter(2));
    const events = await readEvents(restarted, AUDIT, { after: 0, limit: 10 });
    expect(events.map((event) => event.outcome).slice(0, 2)).toEqual(['committed', 'committed']);
  }
});

test('the loss of power catches a disk that only says it synced a folder', async () => {
  class Careless extends VolatileDisk {
    override async syncFolder(): Promise<void> {
      // Says it did.
    }
  }
  const disk = new Careless();
  await change(disk, 0);
  expect(
    await recover(
      disk.afterPowerLoss(() => 0.9),
      FOLDER,
    ),
  ).toBeUndefined();
  expect(
    await recover(
      (await diskAfter(1)).afterPowerLoss(() => 0.9),
      FOLDER,
    ),
  ).toBeDefined();
});

describe('a file that is not the recorded one is refused', () => {
  const CASES = [
    ['environment.json', 'env/invalid'],
    ['env.lock.json', 'lock/mismatch'],
    ['trust-root.json', 'trust/root-changed'],
  ] as const;

  test.each(CASES)('%s, one byte changed, with %s', async (file, code) => {
    const disk = await diskAfter(5);
    const bytes = (await disk.read(`${FOLDER}/${file}`, { maxBytes: 2 ** 20 }))?.bytes ?? Buffer.alloc(0);
    bytes[10] = (bytes[10] ?? 0) ^ 1;
    await disk.write(`${FOLDER}/${file}`, bytes);
    expect(await peek(disk, FOLDER)).toBeUndefined();
    await expect(recover(disk, FOLDER)).rejects.toMatchObject({ code });
  });

  test.each(CASES)('%s, removed, with %s', async (file, code) => {
    const disk = await diskAfter(5);
    await disk.remove(`${FOLDER}/${file}`);
    await expect(recover(disk, FOLDER)).rejects.toMatchObject({ code });
  });

  test.each([CASES[1], CASES[2]])('%s, planted where none was recorded, with %s', async (file, code) => {
    const disk = await diskAfter(1);
    await disk.write(`${FOLDER}/${file}`, Buffer.from('{}'));
    await expect(recover(disk, FOLDER)).rejects.toMatchObject({ code });
  });

  test.each(CASES)('a planted %s.next is not put in force', async (file) => {
    const disk = await diskAfter(5);
    await disk.write(`${FOLDER}/${file}.next`, Buffer.from('{}'));
    expect(digestsOf(await recover(disk, FOLDER))).toEqual(await filesAfter(5));
    expect(Object.keys(disk.contents())).not.toContain(`${FOLDER}/${file}.next`);
  });

  test('all of them, when the audit is gone, with env/invalid', async () => {
    const disk = await diskAfter(1);
    await disk.remove(AUDIT);
    await expect(recover(disk, FOLDER)).rejects.toMatchObject({ code: 'env/invalid' });
  });
});
