import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dockerCredentials } from './credential.ts';

const HOST = 'registry.example:5000';
const ADA = { username: 'ada', password: 'secret' };
const base64 = (text: string) => Buffer.from(text).toString('base64');

let home = '';
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'credential-'));
});
afterAll(() => rm(home, { recursive: true }));

/** What is found for a host, by a configuration. */
async function find(config: unknown, host = HOST, processEnv: NodeJS.ProcessEnv = {}, deadline?: () => AbortSignal) {
  await writeFile(join(home, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
  return dockerCredentials({ DOCKER_CONFIG: home, ...processEnv }, deadline)(host);
}

describe('docker’s config.json', () => {
  test.each([
    [{ [HOST]: { auth: base64('ada:secret') } }],
    [{ [`https://${HOST}`]: { auth: base64('ada:secret') } }],
    [{ [HOST]: { auth: base64('ada:secret'), email: 'ada@example' } }],
  ])('with %j lets in to exactly this host', async (auths) => {
    expect(await find({ auths })).toEqual(ADA);
  });

  test('knows a password with colons in it, and one that is empty', async () => {
    expect(await find({ auths: { [HOST]: { auth: base64('ada:a:b:') } } })).toEqual({
      username: 'ada',
      password: 'a:b:',
    });
    expect(await find({ auths: { [HOST]: { auth: base64('ada:') } } })).toEqual({ username: 'ada', password: '' });
  });

  test.each([
    'registry.example',
    'registry.example:500',
    'registry.example:50000',
    'aregistry.example:5000',
    'registry.example:5000/v2/',
    'http://registry.example:5000',
    'example:5000',
    '*',
    '',
  ])('with an entry for %j has none for another host', async (entry) => {
    expect(await find({ auths: { [entry]: { auth: base64('ada:secret') } } })).toBeUndefined();
  });

  test.each([
    {},
    { auths: {} },
    { auths: { [HOST]: {} } },
    { auths: { [HOST]: { auth: '' } } },
    { auths: { [HOST]: { identitytoken: 'x' } } },
  ])('with %j lets nobody in', async (config) => {
    expect(await find(config)).toBeUndefined();
  });

  test('that is not there lets nobody in', async () => {
    expect(await dockerCredentials({ DOCKER_CONFIG: join(home, 'nowhere') })(HOST)).toBeUndefined();
  });

  test.each(['constructor', '__proto__', 'tostring'])('has no entry for a host named %s', async (host) => {
    expect(await find({ auths: {} }, host)).toBeUndefined();
  });

  test.each([
    ['is no JSON', '{'],
    ['is a list', '[]'],
    ['has entries that are a list', { auths: ['x'] }],
    ['has an entry that is no object', { auths: { [HOST]: 'x' } }],
    ['has an entry without a colon', { auths: { [HOST]: { auth: base64('adasecret') } } }],
    ['has an entry without a name', { auths: { [HOST]: { auth: base64(':secret') } } }],
    ['has an entry that would end a header', { auths: { [HOST]: { auth: base64('ada:secret\r\nX: 1') } } }],
    ['has a key that would be a prototype', '{"__proto__":{}}'],
    ['has a helper that is no name', { credHelpers: { [HOST]: 1 } }],
    ['is larger than a megabyte', ' '.repeat(2 ** 20 + 1)],
  ])('that %s is refused, without a word of the password', async (_, config) => {
    const refusal = await find(config).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'registry/access-denied' });
    expect(`${refusal}`).not.toContain('secret');
  });
});

describe('a credential helper', () => {
  /** Puts a helper on the path, and gives a path to it alone; what it is asked goes to a file. */
  async function helper(script: string, name = 'fake'): Promise<NodeJS.ProcessEnv> {
    const program = join(home, `docker-credential-${name}`);
    await writeFile(program, `#!/bin/sh\ncd ${home}; echo "$@" > args; cat > stdin\n${script}\n`, { mode: 0o755 });
    return { PATH: `${home}:/usr/bin:/bin`, GREETING: 'from outside' };
  }
  const answer = (value: unknown) => `echo '${JSON.stringify(value)}'`;
  const found = answer({ ServerURL: HOST, Username: 'ada', Secret: 'secret' });
  const uses = { credHelpers: { [HOST]: 'fake' } };

  test('is asked to get exactly this host, and what it answers lets in', async () => {
    expect(await find(uses, HOST, await helper(found))).toEqual(ADA);
    expect(await readFile(join(home, 'args'), 'utf8')).toBe('get\n');
    expect(await readFile(join(home, 'stdin'), 'utf8')).toBe(HOST);
  });

  test('for this host goes before its entry, its entry before the helper for all', async () => {
    const processEnv = await helper(found);
    const auths = { [HOST]: { auth: base64('bob:other') } };
    expect(await find({ ...uses, auths }, HOST, processEnv)).toEqual(ADA);
    expect(await find({ credsStore: 'fake', auths }, HOST, processEnv)).toMatchObject({ username: 'bob' });
    expect(await find({ credsStore: 'fake', auths: { [HOST]: {} } }, HOST, processEnv)).toEqual(ADA);
  });

  test('for another host is not asked', async () => {
    expect(await find({ credHelpers: { 'registry.example': 'fake' } }, HOST, await helper('exit 1'))).toBeUndefined();
  });

  test.each([
    ['keeps nothing', 'echo "credentials not found in native keychain"; exit 1'],
    ['keeps an identity token', answer({ ServerURL: HOST, Username: '<token>', Secret: 'secret' })],
    ['answers for another host', answer({ ServerURL: 'elsewhere.example', Username: 'ada', Secret: 'secret' })],
    ['answers for a longer host', answer({ ServerURL: `${HOST}0`, Username: 'ada', Secret: 'secret' })],
    ['answers for a host in the clear', answer({ ServerURL: `http://${HOST}`, Username: 'ada', Secret: 'secret' })],
  ])('that %s lets nobody in', async (_, script) => {
    expect(await find(uses, HOST, await helper(script))).toBeUndefined();
  });

  test.each([HOST, `https://${HOST}`, `https://${HOST}/v2/`])('may answer for %s', async (server) => {
    const script = answer({ ServerURL: server, Username: 'ada', Secret: 'secret' });
    expect(await find(uses, HOST, await helper(script))).toEqual(ADA);
  });

  test.each([
    ['fails', 'echo secret; exit 3'],
    ['is killed', 'kill -9 $$'],
    ['answers nothing', ''],
    ['answers in words', 'echo the secret is secret'],
    ['answers without a name', answer({ Username: '', Secret: 'secret' })],
    ['answers without a secret', answer({ Username: 'ada' })],
    ['answers with a name that would be cut', answer({ Username: 'ada:secret', Secret: 'secret' })],
    ['answers with a secret that would end a header', answer({ Username: 'ada', Secret: 'secret\r\nX: 1' })],
    ['answers with a key that would be a prototype', `echo '{"__proto__":{"Username":"secret"}}'`],
    ['answers without an end', 'while :; do echo secretsecretsecretsecretsecretsecret; done'],
  ])('that %s is refused, without a word of what it wrote', async (_, script) => {
    const refusal = await find(uses, HOST, await helper(script)).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'registry/access-denied' });
    expect(`${refusal} ${JSON.stringify(refusal)}`).not.toContain('secret');
  });

  test('that does not answer in time is ended, though what it started goes on', async () => {
    const late = new AbortController();
    const processEnv = await helper('sleep 600 & echo $$ $! > started; mv started pids; wait');
    const outcome = find(uses, HOST, processEnv, () => late.signal).catch((error: unknown) => error);
    while (!existsSync(join(home, 'pids'))) await setImmediate();
    const [helperPid, sleeper] = (await readFile(join(home, 'pids'), 'utf8')).split(' ').map(Number) as [
      number,
      number,
    ];
    late.abort();
    expect(await outcome).toMatchObject({ code: 'registry/access-denied' });
    while (existsSync(`/proc/${helperPid}`)) await setImmediate();
    process.kill(sleeper, 'SIGKILL');
  });

  test('that is not on the path is refused, and says which', async () => {
    await expect(find({ credsStore: 'missing' }, HOST, { PATH: home })).rejects.toMatchObject({
      code: 'registry/access-denied',
      message: 'docker-credential-missing cannot be run: ENOENT.',
    });
  });

  test.each(['../fake', 'fake; touch hit', 'Fake', 'fake.exe', '', '$(touch hit)', 'fake\n', 'x'.repeat(65)])(
    'named %j is never run',
    async (name) => {
      const processEnv = await helper('touch hit', name.replaceAll('/', ''));
      await expect(find({ credHelpers: { [HOST]: name } }, HOST, processEnv)).rejects.toMatchObject({
        code: 'registry/access-denied',
      });
      await expect(readFile(join(home, 'hit'))).rejects.toMatchObject({ code: 'ENOENT' });
    },
  );
});
