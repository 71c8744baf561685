import { existsSync } from 'node:fs';
import path from 'node:path';
import { GreenticError, type SlotName, type VerifiedArtifact } from '@greentic/core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Check } from './check.ts';
import { Inconclusive } from './finding.ts';
import type { Kit } from './kit.ts';
import { ConformanceReport } from './report.ts';
import { type KitRun, runChecks, runConformance } from './run.ts';
import { artifactOf, mutantPack } from './testing/mutant-pack.ts';
import { cardOf } from './testing/sample-report.ts';

const now = () => new Date('2031-05-01T12:00:00.000Z');
const code = (value: string) => expect.objectContaining({ code: value });
const quick = { idleMs: 1500, totalMs: 20_000, atOnce: 2 };

let artifact: VerifiedArtifact;
beforeAll(async () => {
  artifact = (await mutantPack('state'))();
});

const key = { tenant: 'acme', key: 'k' };
const check = (id: string, run: (kit: Kit<'state'>) => Promise<void>, changes: Partial<Check> = {}): Check =>
  ({ ...cardOf(id), ...changes, run }) as Check;

/** A state pack whose get does what the source says. */
function pack(get: string, head = ''): VerifiedArtifact {
  const rest =
    'put: async () => ({ revision: 1 }), delete: async () => ({ deleted: true }), list: async () => ({ keys: [], next: null })';
  return artifactOf(
    'state',
    `${head} export default { slot: 'state', open: () => ({ get: async () => { ${get} }, ${rest} }) };`,
  );
}

async function outcomeOf(run: (kit: Kit<'state'>) => Promise<void>, subject = artifact, changes: Partial<Check> = {}) {
  const report = await runChecks([check('STA-90', run, changes)], { artifact: subject, now, seed: 's' }, quick);
  return report.checks[0];
}

describe('what becomes of a check', () => {
  test('it passes when it saw enough and nothing was wrong', async () => {
    const outcome = await outcomeOf(async (kit) => {
      kit.equal(await kit.pack.get(key), { entry: null }, 'A missing entry');
      kit.expect(true, 'It holds.');
    });
    expect(outcome).toMatchObject({ result: 'pass', observations: 2 });
  });

  test('it is inconclusive when it saw too little, or says so', async () => {
    const little = await outcomeOf(async (kit) => kit.expect(true, 'It holds.'));
    expect(little).toMatchObject({ result: 'inconclusive', observations: 1, hint: 'Make it hold.' });
    const blind = await outcomeOf(async (kit) => kit.cannotSee('No eye on it.'));
    expect(blind).toMatchObject({ result: 'inconclusive', message: 'No eye on it.' });
    expect(new Inconclusive('x').name).toBe('Inconclusive');
  });

  test('it fails on an expectation that does not hold, with clause and hint', async () => {
    const outcome = await outcomeOf(async (kit) => kit.equal(await kit.pack.get(key), { entry: 1 }, 'The entry'));
    const message = 'The entry is {"entry":null}, not {"entry":1}.';
    expect(outcome).toMatchObject({ result: 'fail', message, clause: 'It has to hold.', hint: 'Make it hold.' });
  });

  test('it fails when the pack gives an error that nobody expected', async () => {
    const outcome = await outcomeOf(async (kit) => void (await kit.pack.get(key)), pack('throw new Error("broken")'));
    expect(outcome).toMatchObject({ result: 'fail', message: expect.stringContaining('pack/failed') });
  });

  test('it fails when the pack does not load, dies, or breaks its contract', async () => {
    const get = async (kit: Kit<'state'>) => void (await kit.pack.get(key));
    expect(await outcomeOf(get, artifactOf('state', 'not a module'))).toMatchObject({ result: 'fail' });
    expect(await outcomeOf(get, pack('for (;;) {}'))).toMatchObject({ result: 'fail' });
    expect(await outcomeOf(get, pack('return { entry: 1 }'))).toMatchObject({
      result: 'fail',
      message: expect.stringContaining('pack/result-invalid'),
    });
  });

  test('it fails when the pack hangs, and is an error when the kit hangs', async () => {
    const hung = pack('await new Promise(() => {})');
    expect(await outcomeOf(async (kit) => void (await kit.pack.get(key)), hung)).toMatchObject({
      result: 'fail',
      message: 'The pack did not answer get within 1500 ms.',
    });
    expect(await outcomeOf(() => new Promise(() => {}))).toMatchObject({ result: 'error' });
  });

  test('a check that answers slowly has not hung, and one that never ends is given up as an error', async () => {
    const endless = check('STA-90', async (kit) => {
      for (;;) await kit.pack.get(key);
    });
    const pace = { idleMs: 5000, totalMs: 1500, atOnce: 1 };
    const { checks } = await runChecks([endless], { artifact, now, seed: 's' }, pace);
    expect(checks[0]).toMatchObject({ result: 'error', message: 'The check was not done after 1500 ms.' });
  });

  test('it is an error when the kit is at fault', async () => {
    const wrong: ((kit: Kit<'state'>) => Promise<unknown>)[] = [
      async () => Promise.reject(new TypeError('a bug')),
      (kit) => kit.pack.get({ tenant: 'Not A Tenant', key: 'k' }),
      (kit) => kit.life.kill(),
      async () => Promise.reject(new GreenticError('pack/failed', 'thrown by the kit itself')),
    ];
    for (const run of wrong) {
      const outcome = await outcomeOf(async (kit) => void (await run(kit)));
      expect(outcome).toMatchObject({ result: 'error', message: expect.stringContaining('The kit failed') });
    }
  });

  test('a refusal with another code is a failure that names both', async () => {
    const outcome = await outcomeOf(async (kit) => {
      await kit.pack.put({ ...key, value: 'v' });
      await kit.refused(kit.pack.put({ ...key, value: 'w', ifRevision: 0 }), 'kv/quota', 'The write');
    });
    expect(outcome).toMatchObject({ result: 'fail', message: expect.stringMatching(/state\/conflict .* kv\/quota/) });
  });

  test('no refusal where one was expected is a failure', async () => {
    const outcome = await outcomeOf(
      async (kit) => void (await kit.refused(kit.pack.get(key), 'state/conflict', 'A get')),
    );
    expect(outcome).toMatchObject({ result: 'fail', message: expect.stringContaining('was not refused') });
  });

  test('what does not come about in time is a failure', async () => {
    const outcome = await outcomeOf(async (kit) => {
      await kit.eventually('That pigs fly', async () => false as const, 50);
    });
    expect(outcome).toMatchObject({ result: 'fail', message: 'That pigs fly did not come about within 50 ms.' });
  });

  test('it is unsupported when the pack does not declare its feature, and then not run', async () => {
    const run = async () => Promise.reject(new Error('It ran.'));
    expect(await outcomeOf(run, artifact, { feature: 'watch' })).toMatchObject({ result: 'unsupported' });
  });
});

describe('a run of the kit', () => {
  const pass = async (kit: Kit<'state'>) => {
    for (let i = 0; i < 2; i++) kit.expect((await kit.pack.put({ ...key, value: 'v' })).revision > 0, 'It is written.');
  };

  test('gives every check an environment of its own', async () => {
    const alone = async (kit: Kit<'state'>) => {
      kit.equal(await kit.pack.get(key), { entry: null }, 'An entry nobody wrote');
      await pass(kit);
    };
    const list = ['STA-90', 'STA-91', 'STA-92'].map((id) => check(id, alone));
    const report = await runChecks(list, { artifact, now, seed: 's' });
    expect(report.checks.map(({ result }) => result)).toEqual(['pass', 'pass', 'pass']);
    expect(report.result).toBe('conformant');
  });

  test('goes on after a failure, and gives the outcomes in the order of the list', async () => {
    const fail = async (kit: Kit<'state'>) => kit.expect(false, 'No.');
    const list = [check('STA-90', fail), check('STA-91', pass), check('STA-92', fail)];
    const report = await runChecks(list, { artifact, now, seed: 's' });
    expect(report.checks.map(({ id, result }) => [id, result])).toEqual([
      ['STA-90', 'fail'],
      ['STA-91', 'pass'],
      ['STA-92', 'fail'],
    ]);
    expect(report.result).toBe('failed');
  });

  test('tries nothing twice', async () => {
    let attempts = 0;
    const list = [check('STA-90', async (kit) => kit.expect(++attempts > 1, 'The first attempt fails.'))];
    expect((await runChecks(list, { artifact, now, seed: 's' })).result).toBe('failed');
    expect(attempts).toBe(1);
  });

  const endings: [string, (kit: Kit<'state'>) => Promise<void>][] = [
    ['passes', pass],
    ['fails', async (kit) => kit.expect(false, 'No.')],
    ['breaks', () => Promise.reject(new Error('a bug'))],
    ['hangs', () => new Promise(() => {})],
  ];
  test.each(endings)('leaves no folder and no process behind when a check %s', async (_how, ending) => {
    const pids: (number | undefined)[] = [];
    const files: string[] = [];
    const list = [
      check('STA-90', async (kit) => {
        const lives = [kit.life, kit.open()];
        for (const life of lives) await life.pack.get(key);
        pids.push(...lives.map((life) => life.pid));
        files.push(...kit.storage.files.map(({ file }) => file));
        await ending(kit);
      }),
    ];
    await runChecks(list, { artifact, now, seed: 's' }, { idleMs: 4000, totalMs: 20_000, atOnce: 1 });
    expect(pids.filter((pid) => pid !== undefined)).toHaveLength(2);
    expect(files.length).toBeGreaterThan(0);
    await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([]);
    expect(files.filter((file) => existsSync(path.resolve(file, '../../..')))).toEqual([]);
  });

  test('tells its events what it finds, check by check', async () => {
    const told: string[] = [];
    const events: KitRun['events'] = {
      started: ({ id }) => told.push(`${id} started`),
      ended: ({ id }, { result }) => told.push(`${id} ${result}`),
    };
    await runChecks([check('STA-90', pass)], { artifact, now, seed: 's', events });
    expect(told).toEqual(['STA-90 started', 'STA-90 pass']);
  });

  test('gives a report that its own schema accepts, about exactly these bytes', async () => {
    const report = await runChecks([check('STA-90', pass)], { artifact, now, seed: 's' });
    expect(ConformanceReport.parse(report)).toEqual(report);
    expect(report).toMatchObject({ pack: { digest: artifact.digest, name: artifact.name }, seed: 's' });
    expect(report.startedAt).toBe('2031-05-01T12:00:00.000Z');
  });

  test('draws the same random values for the same seed, and others for another', async () => {
    const drawn: string[] = [];
    const list = [check('STA-90', async (kit) => void drawn.push(kit.random.canary()))];
    for (const seed of ['a', 'a', 'b']) await runChecks(list, { artifact, now, seed });
    expect(drawn[0]).toBe(drawn[1]);
    expect(drawn[2]).not.toBe(drawn[0]);
    const { seed } = await runChecks(list, { artifact, now });
    expect(seed).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('the kit as it is offered', () => {
  test('skips what was not asked for, and is then incomplete', async () => {
    const report = await runConformance({ artifact, only: ['STA-01'], now });
    const others = report.checks.filter(({ id }) => id !== 'STA-01');
    expect(new Set(others.map(({ result }) => result))).toEqual(new Set(['skipped']));
    expect(report.checks.find(({ id }) => id === 'STA-01')?.result).toBe('pass');
    expect(report.result).toBe('incomplete');
  });

  test('refuses ids it does not know, and those of another slot', async () => {
    for (const id of ['STA-99', 'SEC-01']) {
      await expect(runConformance({ artifact, only: [id], now })).rejects.toThrow(code('conformance/check-unknown'));
    }
  });

  test('refuses answers that do not fit before any check', async () => {
    const answers = { mutation: 'unheard-of' };
    await expect(runConformance({ artifact, answers, now })).rejects.toThrow(code('input/invalid'));
  });

  test('refuses a pack of another contract, and a bundle', async () => {
    const other = { ...artifact, manifest: { ...artifact.manifest, contract: 9 } } as VerifiedArtifact;
    await expect(runConformance({ artifact: other, now })).rejects.toThrow(code('pack/contract-unsupported'));
    const bundle = { ...artifact, manifest: { schema: 'greentic.bundle/1' } } as unknown as VerifiedArtifact;
    await expect(runConformance({ artifact: bundle, now })).rejects.toThrow(code('pack/slot-mismatch'));
  });

  test.each(['state', 'sessions'] satisfies SlotName[])(
    'fails a %s pack that declares what there is not',
    async (slot) => {
      const boasting = (await mutantPack(slot))({ features: ['time-travel'] });
      const report = await runConformance({ artifact: boasting, only: ['PCK-02'], now });
      expect(report.checks.find(({ id }) => id === 'PCK-02')).toMatchObject({
        result: 'fail',
        message: expect.stringContaining('time-travel'),
      });
    },
  );

  test('lets a pack without a feature go without its checks', async () => {
    const modest = (await mutantPack('sessions'))({ features: [] });
    const report = await runConformance({ artifact: modest, only: ['SES-03'], now });
    expect(report.checks.find(({ id }) => id === 'SES-03')?.result).toBe('unsupported');
  });
});

describe('what the kit cannot see', () => {
  const all = 'Sends the records: that is what it is for.';

  test('a telemetry pack that sends over HTTP is seen at a collector of the kit', async () => {
    const artifact = (await mutantPack('telemetry', 'over-http'))({
      permissions: [
        { kind: 'http', binding: 'collector', originFrom: 'url', methods: ['POST'], paths: ['/**'], reason: all },
      ],
      questions: [{ id: 'url', type: 'string', title: 'Where records go', required: true }],
    });
    const report = await runConformance({ artifact, now });
    expect(report.checks.filter(({ result }) => result !== 'pass')).toEqual([]);
  });

  test('a telemetry pack that sends nowhere the kit may stand is not judged', async () => {
    const artifact = (await mutantPack('telemetry'))({ permissions: [] });
    const subject = { ...artifact, module: telemetry('accepted: records.length') };
    const report = await runConformance({ artifact: subject, only: ['TEL-01', 'TEL-05'], now });
    const outcomes = report.checks.filter(({ result }) => result !== 'skipped');
    expect(outcomes.map(({ result }) => result)).toEqual(['inconclusive', 'inconclusive']);
    expect(report.result).toBe('incomplete');
  });

  test('a deployer without the host’s workers is not judged', async () => {
    const artifact = (await mutantPack('deployer'))({ permissions: [] });
    const report = await runConformance({ artifact, answers: { mutation: 'noop' }, only: ['DEP-01', 'DEP-02'], now });
    const outcomes = report.checks.filter(({ result }) => result !== 'skipped');
    expect(outcomes.map(({ result }) => result)).toEqual(['inconclusive', 'inconclusive']);
  });

  test('a secrets pack that keeps nothing here is not judged by what lies here', async () => {
    const artifact = (await mutantPack('secrets'))({ permissions: [] });
    const only = ['SEC-05', 'SEC-16'];
    const subject = { ...artifact, module: REMOTE_SECRETS };
    const report = await runConformance({ artifact: subject, only, now });
    const outcomes = report.checks.filter(({ result }) => result !== 'skipped');
    expect(outcomes.map(({ result }) => result)).toEqual(['inconclusive', 'inconclusive']);
  });
});

/** A telemetry pack that answers like this, and sends nothing. */
function telemetry(answer: string): string {
  return `export default { slot: 'telemetry', open: () => ({ export: async ({ records }) => ({ ${answer} }), flush: async () => ({}) }) };`;
}

/** Keeps secrets outside the environment: in its own memory, for want of another place. */
const REMOTE_SECRETS = `
const values = new Map();
export default { slot: 'secrets', open: () => ({
  get: async ({ tenant, name }) => values.get(tenant + '/' + name),
  put: async ({ tenant, name, value }) => { values.set(tenant + '/' + name, { value, version: 1 }); return { version: 1 }; },
  delete: async () => ({ deleted: true }),
  list: async () => ({ names: [], next: null }),
}) };`;

function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}
