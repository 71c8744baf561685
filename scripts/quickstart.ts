import { createHmac } from 'node:crypto';
import { cp, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { styleText } from 'node:util';
import { gtc, run, type Serving, serve } from './quickstart/gtc.ts';
import { Load } from './quickstart/load.ts';

// The main job, end to end, as its users do it: every step is a command of gtc, every figure is measured.

const PACKS = ['secrets/file', 'state/sqlite', 'sessions/memory', 'telemetry/stdout', 'deployer/local-process'];
const SAMPLE = 2000;
const SPLIT = [9000, 1000] as const;
const BUNDLE = 'example.bundle.support-desk';
const DEPLOYMENT = 'support-desk.acme';
const repository = path.join(import.meta.dirname, '..');
const started = performance.now();

function step(text: string): void {
  process.stderr.write(`${styleText('dim', seconds().toFixed(1).padStart(5))}  ${text}\n`);
}

function seconds(): number {
  return (performance.now() - started) / 1000;
}

function assert(condition: boolean, claim: string): void {
  if (!condition) throw new Error(`This is not so: ${claim}.`);
}

interface Place {
  readonly dir: string;
  readonly registry: string;
  readonly root: string;
  file(name: string): string;
}

async function makeRegistry({ registry, file }: Place): Promise<void> {
  for (const name of ['registry.key', 'publisher.key', 'kit.key']) await gtc(['pack', 'keygen', file(name)]);
  await gtc(['registry', 'init', registry, '--key', file('registry.key')]);
  for (const namespace of ['greentic', 'example']) {
    const publisher = ['--namespace', namespace, '--publisher', file('publisher.key.pub')];
    await gtc(['registry', 'delegate', registry, ...publisher, '--key', file('registry.key')]);
  }
}

/** Builds a pack, runs the kit on it and signs the report; what the kit says is printed as it says it. */
async function prove(place: Place, pack: string): Promise<string> {
  const report = place.file(`${pack.replace('/', '-')}.evidence.json`);
  const folder = path.join(repository, 'envpacks', pack);
  const { pack: subject, checks } = await gtc<{ pack: { name: string }; checks: unknown[] }>([
    ...['conformance', 'run', folder, '--key', place.file('kit.key'), '--out', report],
  ]);
  step(`${subject.name} conforms: ${checks.length} checks`);
  return report;
}

async function publish(
  place: Place,
  folder: string,
  evidence: string[] = [],
): Promise<{ name: string; version: string }> {
  const keys = ['--key', place.file('publisher.key'), '--registry-key', place.file('registry.key')];
  return await gtc([
    'pack',
    'publish',
    folder,
    '--registry',
    place.registry,
    ...keys,
    ...evidence.flatMap((file) => ['--evidence', file]),
  ]);
}

async function publishPacks(place: Place): Promise<void> {
  // Two at a time: the kit keeps a core busy.
  const reports = new Map<string, string>();
  const queue = [...PACKS];
  const worker = async () => {
    for (let pack = queue.shift(); pack !== undefined; pack = queue.shift())
      reports.set(pack, await prove(place, pack));
  };
  await Promise.all([worker(), worker()]);
  for (const [pack, report] of reports) await publish(place, path.join(repository, 'envpacks', pack), [report]);
  step(`published ${reports.size} packs, each with its publisher’s signature and its signed report`);
}

/** The second version of the bundle: its own version number, and a desk that says so. */
async function publishBundles(place: Place): Promise<void> {
  const template = path.join(repository, 'templates', 'bundle');
  await publish(place, template);
  const next = place.file('support-desk-2');
  await cp(template, next, { recursive: true, filter: (source) => !source.includes('node_modules') });
  const manifest = await readFile(path.join(next, 'bundle.json'), 'utf8');
  await writeFile(path.join(next, 'bundle.json'), manifest.replace('"version": "1.0.0"', '"version": "2.0.0"'));
  const source = await readFile(path.join(next, 'index.ts'), 'utf8');
  await writeFile(path.join(next, 'index.ts'), source.replace("desk: 'support'", "desk: 'support', edition: 2"));
  await publish(place, next);
}

async function makeEnvironment({ registry, root, file }: Place, webhookKey: string): Promise<string[]> {
  const named = ['greentic', 'example'].flatMap((namespace) => [
    '--publisher',
    `${namespace}=${file('publisher.key.pub')}`,
  ]);
  await gtc([
    'registry',
    'trust',
    registry,
    ...named,
    '--conformance',
    file('kit.key.pub'),
    '--out',
    file('trust.json'),
  ]);
  const { packs } = await gtc<{ packs: string[] }>([
    'op',
    'env',
    'create',
    'local',
    '--trust',
    file('trust.json'),
    '--port',
    '0',
    '--root',
    root,
  ]);
  await gtc(['op', 'secrets', 'put', 'local', 'webhook-key', '--customer', 'acme', '--root', root], webhookKey);
  return packs;
}

async function useDesk(url: string, webhookKey: string): Promise<void> {
  const post = (body: object, headers = {}) =>
    fetch(`${url}/tickets`, { method: 'POST', headers, body: JSON.stringify(body) });
  const first = await post({ from: 'Ada', subject: 'It hums' });
  const ticket = (await first.json()) as { number: number };
  assert(first.status === 201 && ticket.number === 1, 'the first ticket is filed');
  const cookie = first.headers.getSetCookie().map((each) => each.split(';')[0]);
  const second = await post({ subject: 'Still' }, { cookie: cookie.join('; ') });
  const remembered = (await second.json()) as { from: string };
  assert(second.status === 201 && remembered.from === 'Ada', 'the session remembers who asks');
  const message = await fetch(`${url}/tickets/1/webhook`);
  const expected = createHmac('sha256', webhookKey)
    .update(await message.text())
    .digest('hex');
  assert(message.headers.get('x-desk-signature') === expected, 'the webhook message carries a right signature');
}

interface Rollout {
  readonly served: number[];
  readonly requests: number;
  readonly rollbackMs: number;
  readonly lost: number;
}

async function rollOut(place: Place, url: string): Promise<Rollout> {
  const root = ['--root', place.root];
  await gtc(['op', 'revisions', 'stage', 'local', DEPLOYMENT, `${BUNDLE}@2.0.0`, ...root]);
  await gtc(['op', 'revisions', 'warm', 'local', `${DEPLOYMENT}.2`, ...root]);
  step('support-desk 2.0.0 is ready; nobody has seen it yet');
  const load = new Load(`${url}/`);
  try {
    const generationOf = async () =>
      (await gtc<{ environment: { generation: number } }>(['op', 'env', 'show', 'local', ...root])).environment
        .generation;
    await gtc(['op', 'traffic', 'set', 'local', DEPLOYMENT, '1=90%', '2=10%', ...root]);
    const dialed = await generationOf();
    while (load.answered(dialed) < SAMPLE) await new Promise((resolve) => setTimeout(resolve, 20));
    const rollback = await run(['op', 'traffic', 'rollback', 'local', DEPLOYMENT, ...root]);
    assert(rollback.exit === 0, 'the rollback is done');
    const undone = await generationOf();
    while (load.answered(undone) < SAMPLE / 4) await new Promise((resolve) => setTimeout(resolve, 20));
    await load.stop();
    const { byGeneration, lost } = load.counts;
    const counts = byGeneration.get(dialed) ?? new Map<string, number>();
    assert(!byGeneration.get(undone)?.has(`${DEPLOYMENT}.2`), 'after the rollback nobody gets 2.0.0');
    const served = [1, 2].map((n) => counts.get(`${DEPLOYMENT}.${n}`) ?? 0);
    return { served, requests: load.answered(dialed), rollbackMs: Math.round(rollback.ms), lost };
  } finally {
    await load.stop();
  }
}

/** Flips one byte of a published module, tries to install it, and puts the byte back. */
async function tamper({ registry, root }: Place): Promise<string> {
  const lock = JSON.parse(await readFile(path.join(root, 'local', 'env.lock.json'), 'utf8')) as {
    entries: { slot: string; name: string; module: { digest: string } }[];
  };
  const { name = '', module } = lock.entries.find((entry) => entry.slot === 'telemetry') ?? {};
  const blob = path.join(registry, 'blobs', 'sha256', module?.digest.slice('sha256:'.length) ?? '');
  const before = await readFile(path.join(root, 'local', 'environment.json'));
  await flip(blob);
  const { exit, error } = await run([
    'op',
    'env-packs',
    'add',
    'local',
    name,
    '--grant',
    'all',
    '--replace',
    '--root',
    root,
  ]);
  await flip(blob);
  assert(exit === 3, 'a tampered pack is refused with exit 3');
  assert(
    before.equals(await readFile(path.join(root, 'local', 'environment.json'))),
    'the refusal left the environment as it was',
  );
  return error?.code ?? '';
}

async function flip(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, 100);
    byte[0] = (byte[0] ?? 0) ^ 1;
    await handle.write(byte, 0, 1, 100);
  } finally {
    await handle.close();
  }
}

function show({ served, requests, rollbackMs, lost }: Rollout): void {
  const rows = served.map((count, i) => {
    const bar = '█'.repeat(Math.round((40 * count) / requests)) || '▏';
    const asked = `${(SPLIT[i] ?? 0) / 100} %`.padStart(6);
    return `       ${i + 1}.0.0  ${asked} asked  ${((100 * count) / requests).toFixed(2).padStart(6)} % served  ${styleText('cyan', bar)}`;
  });
  process.stderr.write(`${rows.join('\n')}\n`);
  step(`undone in ${rollbackMs} ms; ${lost} of all requests were lost`);
}

async function main(place: Place): Promise<void> {
  const webhookKey = 'a key for signing webhooks';
  let serving: Serving | undefined;
  try {
    await makeRegistry(place);
    step('made a registry in a folder, and keys for its owner, a publisher and the kit');
    await publishPacks(place);
    await publishBundles(place);
    const packs = await makeEnvironment(place, webhookKey);
    step(`made the environment "local" with ${packs.length} packs, each installed by name`);
    serving = await serve(['local', '--root', place.root]);
    await gtc(['op', 'deploy', 'local', `${BUNDLE}@1.0.0`, '--customer', 'acme', '--root', place.root]);
    step(`support-desk 1.0.0 answers on ${serving.url}`);
    await useDesk(serving.url, webhookKey);
    step('filed tickets: state, session, secret and telemetry went through the packs');
    const rollout = await rollOut(place, serving.url);
    show(rollout);
    const tampered = await tamper(place);
    step(`a pack with one flipped bit was refused: ${tampered}`);
    await gtc(['op', 'audit', 'verify', 'local', '--root', place.root]);
    step('the audit chain verifies');
    await serving.stop();
    serving = undefined;
    const { served, requests, rollbackMs, lost } = rollout;
    const split = { asked: SPLIT, served, requests };
    const report = {
      ok: true,
      packs: packs.length,
      split,
      rollbackMs,
      tampered,
      lostRequests: lost,
      seconds: Number(seconds().toFixed(1)),
    };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  } finally {
    await serving?.stop();
  }
}

const dir = await mkdtemp(path.join(tmpdir(), 'greentic-'));
const place: Place = {
  dir,
  registry: path.join(dir, 'registry'),
  root: path.join(dir, 'environments'),
  file: (name) => path.join(dir, name),
};
process.once('SIGINT', () => process.exit(130));
try {
  await mkdir(place.root);
  await main(place);
} catch (error) {
  process.stderr.write(`${styleText('red', 'failed')}: ${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  await rm(dir, { recursive: true, force: true });
}
