import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ended, gtc, run, spawnGtc } from '../testing/gtc.ts';

let dir: string;
const file = (name: string) => path.join(dir, name);
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'push-'));
  await gtc(['pack', 'keygen', file('owner.key')]);
  for (const folder of ['registry', 'served'])
    await gtc(['registry', 'init', file(folder), '--key', file('owner.key')]);
});
afterEach(() => rm(dir, { recursive: true }));

/** A registry that is served for an account whose token is in a `config.json` here. */
async function serving() {
  const { token } = await gtc<{ token: string }>(['registry', 'account', 'add', file('served'), 'ann', '--admin']);
  const child = spawnGtc(['registry', 'serve', file('served'), '--listen', '127.0.0.1:0']);
  const exited = new Promise((resolve) => child.once('close', resolve));
  const url = await new Promise<string>((resolve, reject) => {
    child.once('close', () => reject(new Error('It ended before it served.')));
    createInterface(child.stdout).on('line', (line) => {
      const event = JSON.parse(line) as { event: string; url: string };
      if (event.event === 'serving') resolve(event.url);
    });
  });
  const { host } = new URL(url);
  const auth = Buffer.from(`ann:${token}`).toString('base64');
  await writeFile(file('config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  return { location: `oci://${host}/acme/registry`, token, stop };
}

const push = (location: string, folder = '.') =>
  ended(spawnGtc(['registry', 'push', file('registry'), location, '--json'], { DOCKER_CONFIG: file(folder) }));

describe('gtc registry push', () => {
  test('brings a registry where docker’s config.json lets in, and says what it did; again it brings nothing', async () => {
    const { location, token, stop } = await serving();
    const first = await push(location);
    expect(first).toMatchObject({ exit: 0, result: { location, versions: { pushed: 0, present: 0 } } });
    expect((first.result as { blobs: { pushed: number } }).blobs.pushed).toBeGreaterThan(3);
    expect(await push(location)).toMatchObject({ exit: 0, result: { blobs: { pushed: 0, bytes: 0 } } });
    const refused = await push(location, 'nowhere');
    expect(refused).toMatchObject({ exit: 3, error: { code: 'registry/access-denied' } });
    expect(refused.error?.hint).toContain('docker login');
    expect(first.stdout + first.stderr + refused.stderr).not.toContain(token);
    await stop();
  });

  test.each([
    ['oci://127.0.0.1:1/acme/registry', 7, 'registry/unreachable'],
    ['oci://ada:secret@127.0.0.1:1/acme', 2, 'input/invalid'],
    ['https://127.0.0.1/acme', 2, 'input/invalid'],
  ])('%s ends with %d and %s', async (location, exit, code) => {
    expect(await push(location)).toMatchObject({ exit, error: { code } });
  });
});

describe('gtc registry trust --location', () => {
  const trust = (location: string) =>
    run([
      ...['registry', 'trust', file('registry'), '--publisher', `acme=${file('owner.key.pub')}`],
      ...['--conformance', file('owner.key.pub'), '--location', location, '--out', file('trust.json')],
    ]);

  test('names the repository that the registry was pushed to', async () => {
    expect(await trust('oci://registry.example/acme/registry')).toMatchObject({ exit: 0 });
    const { registries } = JSON.parse(await readFile(file('trust.json'), 'utf8'));
    expect(registries).toMatchObject([{ location: 'oci://registry.example/acme/registry' }]);
  });

  test('that names no repository is refused with input/invalid', async () => {
    expect(await trust('oci://registry.example')).toMatchObject({ exit: 2, error: { code: 'input/invalid' } });
  });
});
