import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { type Serving, serve } from '../testing/serving.ts';
import { DEPLOYMENT, Site } from '../testing/site.ts';
import { Visitors } from '../testing/visitors.ts';

const SET = ['traffic', 'set', 'local', DEPLOYMENT];
const ROLLBACK = ['traffic', 'rollback', 'local', DEPLOYMENT];
const [FIRST, SECOND] = [`${DEPLOYMENT}.1`, `${DEPLOYMENT}.2`];

interface Shown {
  readonly generation: number;
  readonly entries: readonly { readonly revision: string; readonly weightBps: number }[];
  readonly served: {
    readonly splitGeneration: number;
    readonly revisions: Record<string, { weight: number; cookie: number; pin: number; header: number; failed: number }>;
  } | null;
}

let site: Site;
let serving: Serving;

beforeAll(async () => {
  site = await Site.create();
  serving = await serve(site.root);
  await site.deploy(2);
}, 120_000);

afterAll(async () => {
  await serving?.stop();
  await site?.[Symbol.asyncDispose]();
});

async function shown(): Promise<Shown> {
  const [dial] = await site.gtc<Shown[]>(['traffic', 'show', 'local', DEPLOYMENT]);
  if (dial === undefined) throw new Error('The deployment has no dial.');
  return dial;
}

const sequence = async () => (await site.audit()).at(-1)?.sequence ?? 0;
const weights = async () => (await shown()).entries.map(({ weightBps }) => weightBps);

describe('two operators at the same dial', () => {
  test('of two that looked at the same generation one wins, and the other is told that it is stale', async () => {
    const [generation, last] = [await site.generation(), await sequence()];
    const guard = ['--if-generation', `${generation}`];
    const ran = await Promise.all([
      site.op([...SET, '1=90%', '2=10%', ...guard]),
      site.op([...SET, '1=80%', '2=20%', ...guard]),
    ]);
    expect(ran.map(({ exit }) => exit).toSorted()).toEqual([0, 5]);
    expect(ran.find(({ exit }) => exit === 5)).toMatchObject({ stdout: '', error: { code: 'env/stale' } });
    const winner = ran.find(({ exit }) => exit === 0)?.result as Shown;
    expect(winner.entries).toEqual((await shown()).entries);
    expect(await site.generation()).toBe(generation + 1);
    expect((await site.audit(last)).map(({ outcome }) => outcome).toSorted()).toEqual(['committed', 'refused']);
  });

  test('without the flag nobody overwrites what was committed since their command began', async () => {
    const last = await sequence();
    const shares = [10, 20, 30, 40].map((first) => [`1=${first}%`, `2=${100 - first}%`]);
    const ran = await Promise.all(shares.map((share) => site.op([...SET, ...share])));
    const winners = ran.filter(({ exit }) => exit === 0);
    const losers = ran.filter(({ exit }) => exit !== 0);
    expect(winners.length).toBeGreaterThanOrEqual(1);
    expect(losers).toEqual(losers.map(() => expect.objectContaining({ exit: 5 })));
    expect(losers.map(({ error }) => error?.code)).toEqual(losers.map(() => 'env/stale'));
    const events = await site.audit(last);
    const committed = events.filter(({ outcome }) => outcome === 'committed');
    expect(committed).toHaveLength(winners.length);
    expect(events.filter(({ code }) => code === 'env/stale')).toHaveLength(losers.length);
    // Each winner's split is in force or in the history: a rollback finds every one of them.
    const said = winners.map(({ result }) => JSON.stringify((result as Shown).entries)).toSorted();
    expect(committed.map(({ result }) => JSON.stringify((result as Shown | undefined)?.entries)).toSorted()).toEqual(
      said,
    );
  });

  test('a request repeated with its idempotency key is done once', async () => {
    const order = [...SET, '1=60%', '2=40%', '--idempotency-key', 'evening-shift'];
    expect(await site.op(order)).toMatchObject({ exit: 0 });
    const generation = await site.generation();
    expect(await site.op(order)).toMatchObject({ exit: 0 });
    expect(await site.generation()).toBe(generation);
    expect(await site.op([...SET, '1=50%', '2=50%', '--idempotency-key', 'evening-shift'])).toMatchObject({
      exit: 5,
      error: { code: 'env/idempotency-conflict' },
    });
  });

  test('the audit chain verifies after all that', async () => {
    expect(await site.op(['audit', 'verify', 'local'])).toMatchObject({ exit: 0 });
  });
});

describe('undo', () => {
  test('works while the deployer cannot be opened; moving on does not', async () => {
    await site.gtc([...SET, '1=100%', '2=0%']);
    await site.gtc([...SET, '1=50%', '2=50%']);
    const entry = (await site.lock()).entries.find(({ slot }) => slot === 'deployer');
    const file = site.file('cache', 'blobs', 'sha256', entry?.module.digest.replace('sha256:', '') ?? '');
    const module = await readFile(file);
    await writeFile(file, 'no deployer');
    try {
      const before = await site.files();
      expect(await site.op([...SET, '1=30%', '2=70%'])).toMatchObject({ exit: 3, stdout: '' });
      expect(await site.files()).toEqual(before);
      expect(await site.op(ROLLBACK)).toMatchObject({ exit: 0 });
      expect(await weights()).toEqual([10_000, 0]);
    } finally {
      await writeFile(file, module);
    }
    expect(await site.op([...SET, '1=30%', '2=70%'])).toMatchObject({ exit: 0 });
  });
});

describe('the split that is served', () => {
  test('of 1,000 requests and at every look in between, each revision is off by less than one request', async () => {
    await site.gtc([...SET, '1=90%', '2=10%']);
    const { generation } = await shown();
    await using visitors = new Visitors(serving.url);
    const totals: number[] = [];
    do {
      const { served } = await shown();
      if (served === null || served.splitGeneration !== generation) continue;
      const counts = [FIRST, SECOND].map((revision) => served.revisions[revision]?.weight ?? 0);
      const total = counts.reduce((sum, count) => sum + count, 0);
      expect(Math.abs((counts[0] ?? 0) - 0.9 * total)).toBeLessThan(1);
      expect(Math.abs((counts[1] ?? 0) - 0.1 * total)).toBeLessThan(1);
      totals.push(total);
    } while ((totals.at(-1) ?? 0) < 1000 || totals.length < 3);
    await visitors.leave();
    expect(visitors.lost).toEqual([]);
  });

  test('no request is lost over ten moves of the dial and a rollback under load', async () => {
    await using visitors = new Visitors(serving.url);
    for (let move = 1; move <= 10; move++) {
      await site.gtc([...SET, `1=${move * 10}%`, `2=${100 - move * 10}%`]);
      const answered = visitors.answered;
      await eventually(async () => visitors.answered > answered + 20);
    }
    await site.gtc(ROLLBACK);
    await visitors.leave();
    expect(await weights()).toEqual([9000, 1000]);
    expect(visitors.lost).toEqual([]);
    expect([...visitors.served.keys()].toSorted()).toEqual([FIRST, SECOND]);
  });

  test('what is rolled back from is not served to anybody new', async () => {
    await site.gtc([...SET, '1=100%', '2=0%']);
    await site.gtc([...SET, '1=0%', '2=100%']);
    await site.gtc(ROLLBACK);
    await using visitors = new Visitors(serving.url);
    await eventually(async () => visitors.answered > 50);
    await visitors.leave();
    expect([...visitors.served.keys()]).toEqual([FIRST]);
  });
});

describe('while nothing serves the environment', () => {
  test.each([
    ['set', [...SET, '1=10%', '2=90%']],
    ['rollback', ROLLBACK],
    ['clear', ['traffic', 'clear', 'local', DEPLOYMENT]],
    ['warm', ['revisions', 'warm', 'local', SECOND]],
    ['drain', ['revisions', 'drain', 'local', SECOND]],
  ])('%s is refused with runtime/unreachable, and nothing changes', async (_, command) => {
    expect(await serving.stop().catch(() => 0)).toBe(0);
    const [before, last] = [await site.files(), await sequence()];
    expect(await site.op(command)).toMatchObject({ exit: 7, stdout: '', error: { code: 'runtime/unreachable' } });
    expect(await site.files()).toEqual(before);
    expect(await sequence()).toBe(last);
  });

  test('a server that is started again answers its first request, and ends with exit code 0 when told to', async () => {
    await using another = await serve(site.root);
    expect((await fetch(another.url)).status).toBe(200);
    expect(await another.stop()).toBe(0);
    await expect(fetch(another.url)).rejects.toThrow();
  });
});
