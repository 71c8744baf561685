import { afterAll, beforeAll, expect, test } from 'vitest';
import { Desk } from '../testing/desk.ts';
import { eventually } from '../testing/eventually.ts';
import { ended, spawnGtc } from '../testing/gtc.ts';
import { descendantsOf, isSandbox, isWorker, type Seen, stillRunning } from '../testing/process-tree.ts';
import { BUNDLE } from '../testing/published-registry.ts';
import { type Serving, serve } from '../testing/serving.ts';
import { DEPLOYMENT, Site } from '../testing/site.ts';

const SECRET = 'a key for signing webhooks';
const SPLIT = [
  { revision: `${DEPLOYMENT}.1`, weightBps: 7500 },
  { revision: `${DEPLOYMENT}.2`, weightBps: 2500 },
];

interface Status {
  readonly environment: { readonly revisions: { readonly id: string; readonly endpoint?: string }[] };
  readonly running: { readonly workers: { readonly phase: string }[] } | null;
}

let site: Site;
let serving: Serving;

beforeAll(async () => {
  site = await Site.create();
  await site.gtc(['secrets', 'put', 'local', 'webhook-key', '--customer', 'acme'], SECRET);
  serving = await serve(site.root);
  await site.deploy(2);
  await site.gtc(['traffic', 'set', 'local', DEPLOYMENT, '1=75%', '2=25%']);
}, 120_000);

afterAll(async () => {
  await serving?.stop();
  await site?.[Symbol.asyncDispose]();
});

const status = () => site.gtc<Status>(['env', 'show', 'local']);
const works = async (use: () => Promise<unknown>) =>
  await use().then(
    () => true,
    () => false,
  );

async function below(is: (seen: Seen) => boolean): Promise<Seen[]> {
  return (await descendantsOf(serving.pid)).filter(is);
}

test('every slot is used before anything is killed', async () => {
  const desk = new Desk(serving.url);
  // A sandbox that starts may take longer than the router waits for a pin.
  await eventually(() => works(() => desk.useAll(SECRET)));
  expect(await below(isWorker)).toHaveLength(2);
  expect((await below(isSandbox)).length).toBeGreaterThanOrEqual(4);
});

test('a killed worker is started anew and answers at the same endpoint', async () => {
  const before = (await status()).environment.revisions.map(({ id, endpoint }) => [id, endpoint]);
  const killed = await below(isWorker);
  for (const worker of killed) process.kill(worker.pid, 'SIGKILL');
  const desk = new Desk(serving.url);
  for (let n = 0; n < 4; n++) await eventually(() => works(() => desk.useAll(SECRET)));
  expect(await stillRunning(killed)).toEqual([]);
  const after = await status();
  expect(after.environment.revisions.map(({ id, endpoint }) => [id, endpoint])).toEqual(before);
  expect(after.running?.workers.map(({ phase }) => phase)).toEqual(['running', 'running']);
});

test('a pack whose sandbox was killed is started anew by a later call', async () => {
  const desk = new Desk(serving.url);
  const sandboxes = await below(isSandbox);
  expect(sandboxes.length).toBeGreaterThanOrEqual(4);
  for (const sandbox of sandboxes) {
    process.kill(sandbox.pid, 'SIGKILL');
    await eventually(() => works(() => desk.useAll(SECRET)));
    expect(await stillRunning([sandbox])).toEqual([]);
  }
});

test('a deployer whose sandbox was killed half-way is opened anew by the next command', async () => {
  const command = spawnGtc(['op', 'deploy', 'local', `${BUNDLE}@2.0.0`, '--customer', 'acme', '--root', site.root]);
  const result = ended(command);
  const sandbox = await eventually(async () => (await descendantsOf(command.pid ?? 0)).find(isSandbox));
  process.kill(sandbox.pid, 'SIGKILL');
  // Killed before or after its last call: either the command says what happened, or it was done.
  expect([0, 7]).toContain((await result).exit);
  await expect(site.gtc(['deploy', 'local', `${BUNDLE}@2.0.0`, '--customer', 'acme'])).resolves.toMatchObject({
    weightBps: 0,
  });
});

test('a killed serve leaves no process behind, and the next one starts at once with everything that was acknowledged', async () => {
  const subjects = Array.from({ length: 20 }, (_, n) => `before the kill ${n}`);
  const desk = new Desk(serving.url);
  const numbers: number[] = [];
  for (const subject of subjects) numbers.push(await desk.file(subject));
  const children = await descendantsOf(serving.pid);
  expect(children.filter(isWorker).length).toBeGreaterThanOrEqual(2);
  expect(children.filter(isSandbox).length).toBeGreaterThanOrEqual(4);

  await serving.kill();
  await eventually(async () => (await stillRunning(children)).length === 0);
  expect((await status()).running).toBeNull();

  serving = await serve(site.root);
  const again = new Desk(serving.url);
  // No second try: who says that it serves has to answer the first request.
  const kept: string[] = [];
  for (const number of numbers) kept.push(await again.subjectOf(number));
  expect(kept).toEqual(subjects);
  const [dial] = await site.gtc<{ entries: unknown[] }[]>(['traffic', 'show', 'local']);
  expect(dial?.entries).toEqual(SPLIT);
  const served = new Set<string>();
  for (let n = 0; n < 8; n++) {
    const response = await fetch(serving.url);
    expect(response.status).toBe(200);
    served.add(response.headers.get('x-greentic-revision') ?? '');
  }
  expect([...served].toSorted()).toEqual(SPLIT.map(({ revision }) => revision));
});

test('a second serve of a served environment is refused, and the first goes on', async () => {
  const refused = await ended(spawnGtc(['serve', 'local', '--root', site.root, '--json']));
  expect(refused).toMatchObject({ exit: 5, error: { code: 'runtime/already-running' } });
  expect((await fetch(serving.url)).status).toBe(200);
});
