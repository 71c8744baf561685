import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gtc, run } from '../testing/gtc.ts';
import { serve } from '../testing/serving.ts';
import { Site } from '../testing/site.ts';

let site: Site;

beforeAll(async () => {
  site = await Site.create();
}, 60_000);

afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

interface Built {
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly bytes: number;
}

const folder = (name: string) => path.join(site.registry.dir, 'authors', name);

async function init(slot: string): Promise<string> {
  const dir = folder(slot);
  await mkdir(path.dirname(dir), { recursive: true });
  await gtc(['pack', 'init', `example.${slot}.mine`, '--slot', slot, '--dir', dir]);
  return dir;
}

const publish = (dir: string, ...evidence: string[]) => {
  const { registry } = site;
  const keys = ['--key', registry.keyFile('publisher'), '--registry-key', registry.keyFile('registry')];
  const reports = evidence.flatMap((file) => ['--evidence', file]);
  return run(['pack', 'publish', dir, '--registry', registry.folder, ...keys, ...reports]);
};

describe.each(['secrets', 'deployer'])('a %s pack from the template', (slot) => {
  const report = () => folder(`${slot}.report.json`);
  const name = `example.${slot}.mine`;

  test('builds as it is, twice to the same identity', async () => {
    const dir = await init(slot);
    const built = await gtc<Built>(['pack', 'build', dir]);
    expect(built).toMatchObject({ name, digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
    expect(await gtc<Built>(['pack', 'build', dir])).toEqual(built);
    expect(await readdir(dir)).not.toContain('node_modules');
  });

  test('passes its kit untouched', { timeout: 90_000 }, async () => {
    const dir = folder(slot);
    const key = ['--key', site.registry.keyFile('kit'), '--out', report()];
    const ran = await run(['conformance', 'run', dir, ...key]);
    expect(ran).toMatchObject({ exit: 0, stderr: '', result: { result: 'conformant', pack: { name, slot } } });
    const { checks } = ran.result as { checks: { result: string }[] };
    expect(checks.filter(({ result }) => result === 'pass').length).toBeGreaterThanOrEqual(10);
  });

  test('is published with its signed report, and an environment that trusts both binds it by name', async () => {
    const published = await publish(folder(slot), report());
    expect(published).toMatchObject({ exit: 0, result: { name } });
    const bound = await site.op(['env-packs', 'add', 'local', name, '--grant', 'all', '--replace']);
    expect(bound).toMatchObject({
      exit: 0,
      result: { slot, verdict: 'admitted', digest: (published.result as Built).digest },
    });
  });

  test('is not published twice under one version', async () => {
    expect(await publish(folder(slot), report())).toMatchObject({
      exit: 5,
      stdout: '',
      error: { code: 'pack/version-exists' },
    });
  });
});

test('a secrets pack from the template does its work in the environment', async () => {
  await site.gtc(['secrets', 'put', 'local', 'api-key'], 'a value');
  expect(await site.gtc(['secrets', 'get', 'local', 'api-key', '--reveal'])).toMatchObject({
    value: Buffer.from('a value').toString('base64'),
  });
});

test('a bundle from the template builds, is published, and is deployed by name', async () => {
  const dir = await init('bundle');
  expect(await gtc<Built>(['pack', 'build', dir])).toMatchObject({ name: 'example.bundle.mine', version: '1.0.0' });
  expect(await publish(dir)).toMatchObject({ exit: 0, result: { name: 'example.bundle.mine' } });
  await using serving = await serve(site.root);
  // The deployer is the author's own pack by now.
  expect(await site.gtc(['deploy', 'local', 'example.bundle.mine', '--customer', 'acme'])).toMatchObject({
    revision: 'mine.acme.1',
    weightBps: 10_000,
  });
  const response = await fetch(serving.url);
  expect([response.status, response.headers.get('x-greentic-revision')]).toEqual([200, 'mine.acme.1']);
});

describe('the kit on a name', () => {
  const NAME = 'greentic.telemetry.stdout@1.0.0';

  test('runs on what the environment would install; a run of some checks is incomplete, which is no pass', async () => {
    const ran = await run(['conformance', 'run', NAME, '--env', 'local', '--root', site.root, '--only', 'TEL-01']);
    expect(ran).toMatchObject({
      exit: 8,
      error: { code: 'conformance/incomplete' },
      result: { result: 'incomplete', pack: { name: 'greentic.telemetry.stdout' } },
    });
  });

  test('says that a name needs an environment whose trust applies', async () => {
    expect(await run(['conformance', 'run', NAME])).toMatchObject({
      exit: 2,
      stdout: '',
      error: { code: 'input/invalid', hint: expect.stringContaining('--env') },
    });
  });
});

describe('what an author does wrong', () => {
  test('a folder that is not empty is not written into', async () => {
    const dir = folder('taken');
    await mkdir(dir, { recursive: true });
    await writeFile(path.join(dir, 'mine.txt'), 'mine');
    const refused = await run(['pack', 'init', 'example.secrets.mine', '--slot', 'secrets', '--dir', dir]);
    expect(refused).toMatchObject({ exit: 2, stdout: '', error: { code: 'input/invalid' } });
    expect(await readdir(dir)).toEqual(['mine.txt']);
  });

  test('a name made for another slot is refused', async () => {
    const dir = folder('other-slot');
    expect(await run(['pack', 'init', 'example.state.mine', '--slot', 'secrets', '--dir', dir])).toMatchObject({
      exit: 3,
      error: { code: 'pack/slot-mismatch' },
    });
  });

  test('code that does not compile is refused with the place', async () => {
    const dir = folder('secrets');
    const file = path.join(dir, 'index.ts');
    const source = await readFile(file, 'utf8');
    await writeFile(file, `${source}\nconst broken = ;\n`);
    const refused = await run(['pack', 'build', dir]);
    await writeFile(file, source);
    expect(refused).toMatchObject({ exit: 2, stdout: '', error: { code: 'pack/build-failed' } });
    expect(refused.error?.message).toContain('index.ts');
  });

  test('a key that may not publish in the namespace is refused before anything is written', async () => {
    const { registry } = site;
    const keys = ['--key', registry.keyFile('stranger'), '--registry-key', registry.keyFile('registry')];
    const before = await readFile(path.join(registry.folder, 'tuf', 'timestamp.json'), 'utf8');
    const refused = await run(['pack', 'publish', folder('bundle'), '--registry', registry.folder, ...keys]);
    expect(refused).toMatchObject({ exit: 3, stdout: '', error: { code: 'registry/namespace-denied' } });
    expect(await readFile(path.join(registry.folder, 'tuf', 'timestamp.json'), 'utf8')).toBe(before);
  });
});
