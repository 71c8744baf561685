import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { addAccount, RegistryServer } from '@greentic/registry/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ran, REPOSITORY, ranOf } from '../testing/gtc.ts';

const PROGRAM = path.join(REPOSITORY, 'cli', 'bin', 'gtc.js');

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'gtc-built-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

/** Runs the program as it is installed, bundled and split, rather than the sources that other tests run. */
async function built(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const options = { cwd: dir, env: { ...process.env, ...env } };
  return await promisify(execFile)(process.execPath, [PROGRAM, ...args, '--json'], options).then(
    ({ stdout, stderr }) => ranOf(0, stdout, stderr),
    ({ code, stdout, stderr }) => ranOf(code, stdout, stderr),
  );
}

describe('the built program', () => {
  test('brings a registry into a served one, and reads it there', async () => {
    await built(['pack', 'keygen', 'owner.key']);
    await built(['registry', 'init', 'registry', '--key', 'owner.key']);
    const folder = path.join(dir, 'served');
    const token = await addAccount(folder, { name: 'ada', role: 'admin', namespaces: [], now: new Date() });
    const server = await RegistryServer.start({
      folder,
      host: '127.0.0.1',
      port: 0,
      publicRead: true,
      now: () => new Date(),
      log: () => undefined,
    });
    try {
      const { host } = new URL(server.url);
      const auths = { [host]: { auth: Buffer.from(`ada:${token}`).toString('base64') } };
      await writeFile(path.join(dir, 'config.json'), JSON.stringify({ auths }));
      const location = `oci://${host}/acme/registry`;
      expect(await built(['registry', 'push', 'registry', location], { DOCKER_CONFIG: dir })).toMatchObject({
        exit: 0,
      });
      const believed = ['--publisher', 'acme=owner.key.pub', '--conformance', 'owner.key.pub', '--out', 'trust.json'];
      await built(['registry', 'trust', 'registry', '--location', location, ...believed]);
      const created = await built([
        'op',
        'env',
        'create',
        'dev',
        '--class',
        'local',
        '--trust',
        'trust.json',
        '--root',
        'envs',
      ]);
      expect(created).toMatchObject({ exit: 0 });
      const added = await built(['op', 'env-packs', 'add', 'dev', 'acme.state.none', '--root', 'envs']);
      // The index was read and verified; it names no such pack.
      expect(added).toMatchObject({ error: { code: 'pack/not-found' } });
    } finally {
      await server.close(0);
    }
  });

  test('says which registry cannot be reached', async () => {
    const { exit, error } = await built(['registry', 'push', 'registry', 'oci://127.0.0.1:1/acme/registry']);
    expect({ exit, code: error?.code }).toEqual({ exit: 7, code: 'registry/unreachable' });
  });

  test.each([
    ['pack build nowhere', 'pack/build-failed'],
    ['pack publish nowhere --registry registry --key none', ''],
    ['conformance run nowhere', ''],
    ['registry catalogue nowhere --out pages', ''],
    ['registry serve nowhere', ''],
    ['registry mirror nowhere to.tar --trust none', 'trust/root-invalid'],
    ['op env create other --trust none', 'trust/root-invalid'],
    ['op deploy none acme.bundle.x --customer zoo', 'env/not-found'],
    ['op traffic show none', 'env/not-found'],
    ['serve none', 'env/not-found'],
  ])('knows every part it loads for gtc %s', async (words, code) => {
    const { exit, error } = await built([...words.split(' '), '--root', path.join(dir, 'environments')]);
    expect(exit).not.toBe(0);
    expect(error?.code).not.toBe('internal/unforeseen');
    if (code !== '') expect(error?.code).toBe(code);
  });
});

test('an older Node is told what the program needs, not shown a stack', async () => {
  const older = path.join(dir, 'older.mjs');
  await writeFile(
    older,
    `Object.defineProperty(process.versions, 'node', { value: '20.1.0' });\nawait import(${JSON.stringify(PROGRAM)});\n`,
  );
  const failed = promisify(execFile)(process.execPath, [older]);
  await expect(failed).rejects.toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^error: gtc needs Node 26/),
  });
});
