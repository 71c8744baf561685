import { afterAll, beforeAll, expect, test } from 'vitest';
import { descendantsOf, isWorker } from '../testing/process-tree.ts';
import { type Serving, serve } from '../testing/serving.ts';
import { DEPLOYMENT, Site } from '../testing/site.ts';

const [FIRST, SECOND] = [`${DEPLOYMENT}.1`, `${DEPLOYMENT}.2`];

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

const revisions = (...args: string[]) => site.op(['revisions', ...args]);
const workers = async () => (await descendantsOf(serving.pid)).filter(isWorker).length;

async function stateOf(id: string): Promise<string | undefined> {
  const all = await site.gtc<{ id: string; state: string }[]>(['revisions', 'list', 'local']);
  return all.find((revision) => revision.id === id)?.state;
}

test.each(['drain', 'archive'])('a revision that receives traffic cannot be told to %s', async (verb) => {
  const before = await site.files();
  const refused = await revisions(verb, 'local', FIRST);
  expect(refused).toMatchObject({ exit: 5, stdout: '', error: { code: 'revision/in-use' } });
  expect(refused.error?.message).toContain('10000');
  expect(await site.files()).toEqual(before);
  expect((await fetch(serving.url)).status).toBe(200);
});

test('a deployment with traffic and revisions cannot be removed', async () => {
  expect(await site.op(['bundles', 'remove', 'local', DEPLOYMENT])).toMatchObject({
    exit: 5,
    error: { code: 'bundle/in-use' },
  });
});

test('once the dial has moved away it drains: its worker ends, it is inactive, and the other one serves', async () => {
  expect(await workers()).toBe(2);
  await site.gtc(['traffic', 'set', 'local', DEPLOYMENT, '1=0%', '2=100%']);
  expect(await revisions('drain', 'local', FIRST)).toMatchObject({ exit: 0, result: { state: 'inactive' } });
  expect(await stateOf(FIRST)).toBe('inactive');
  expect(await workers()).toBe(1);
  const response = await fetch(serving.url);
  expect([response.status, response.headers.get('x-greentic-revision')]).toEqual([200, SECOND]);
});

test('an inactive revision gets no traffic, not even by a rollback', async () => {
  const refusal = { exit: 5, error: { code: 'traffic/not-ready' } };
  const before = await site.files();
  expect(await site.op(['traffic', 'set', 'local', DEPLOYMENT, '1=10%', '2=90%'])).toMatchObject(refusal);
  expect(await site.op(['traffic', 'rollback', 'local', DEPLOYMENT])).toMatchObject(refusal);
  expect(await site.files()).toEqual(before);
});

test('it is archived for good', async () => {
  expect(await revisions('archive', 'local', FIRST)).toMatchObject({ exit: 0, result: { state: 'archived' } });
  expect(await revisions('warm', 'local', FIRST)).toMatchObject({ exit: 5, error: { code: 'revision/transition' } });
  expect(await site.op(['traffic', 'rollback', 'local', DEPLOYMENT])).toMatchObject({
    exit: 5,
    error: { code: 'traffic/no-history' },
  });
});

test('without a dial a ready revision is archived in one step, its worker ends, and the deployment answers nobody', async () => {
  await site.gtc(['traffic', 'clear', 'local', DEPLOYMENT]);
  expect((await fetch(serving.url)).status).toBe(503);
  expect(await revisions('archive', 'local', SECOND)).toMatchObject({ exit: 0, result: { state: 'archived' } });
  expect(await workers()).toBe(0);
});

test('then the deployment is removed, and deploying it again never reuses a revision’s name', async () => {
  await site.gtc(['bundles', 'remove', 'local', DEPLOYMENT]);
  expect(await site.gtc(['bundles', 'list', 'local'])).toEqual([]);
  await site.deploy();
  const all = await site.gtc<{ id: string }[]>(['revisions', 'list', 'local']);
  const ids = all.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect((await fetch(serving.url)).headers.get('x-greentic-revision')).toBe(`${DEPLOYMENT}.3`);
  expect(await site.op(['audit', 'verify', 'local'])).toMatchObject({ exit: 0 });
});
