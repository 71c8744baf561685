import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeNetwork } from '../testing/fake-network.ts';
import { FakeServer, type Intercept } from '../testing/oci-fake.ts';
import { createTlsAuthority, type TlsAuthority } from '../testing/tls-authority.ts';
import { createDispatcher } from './dispatcher.ts';
import { exchange } from './exchange.ts';

const answer: Intercept = (_, response) => {
  response.end();
  return true;
};

let home = '';
let authority: TlsAuthority;
let secure: FakeServer;
let plain: FakeServer;
let network: FakeNetwork;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'dispatcher-'));
  authority = createTlsAuthority(home, 'registry.example', 'localhost');
  const identity = { cert: await readFile(authority.certificate), key: await readFile(authority.key) };
  secure = await FakeServer.start(answer, { name: 'registry.example', ...identity });
  plain = await FakeServer.start(answer);
  network = await FakeNetwork.open({
    'registry.example': secure.port,
    'other.example': secure.port,
    'plain.example': plain.port,
  });
});
afterAll(async () => {
  await network[Symbol.asyncDispose]();
  await secure[Symbol.asyncDispose]();
  await plain[Symbol.asyncDispose]();
  await rm(home, { recursive: true });
});

/** Makes a request by the variables of a process; gives its status, or what it failed with. */
async function ask(url: string, processEnv: NodeJS.ProcessEnv, direct = false): Promise<unknown> {
  network.wanted.length = 0;
  const dispatcher = await createDispatcher(processEnv, direct);
  const request = { method: 'GET', url: new URL(url), headers: {}, maxBytes: 0 } as const;
  const outcome = await exchange(dispatcher, request).catch((error: unknown) => error);
  await dispatcher.destroy();
  return (outcome as { status?: number }).status ?? outcome;
}

const nowhere = 'http://127.0.0.1:1';
const trusting = () => ({ SSL_CERT_FILE: authority.authority });

describe('a proxy', () => {
  test.each<[what: string, variables: (proxy: string) => NodeJS.ProcessEnv]>([
    ['HTTPS_PROXY', (proxy) => ({ HTTPS_PROXY: proxy })],
    ['https_proxy, before HTTPS_PROXY', (proxy) => ({ https_proxy: proxy, HTTPS_PROXY: nowhere })],
    [
      'HTTPS_PROXY, with other hosts in NO_PROXY',
      (proxy) => ({ HTTPS_PROXY: proxy, NO_PROXY: 'localhost,.other.example' }),
    ],
  ])('is taken from %s', async (_, variables) => {
    expect(await ask('https://registry.example/', { ...trusting(), ...variables(network.url) })).toBe(200);
    expect(network.wanted).toEqual(['registry.example:443']);
  });

  test.each([
    ['without a variable', {}],
    ['for what NO_PROXY names', { NO_PROXY: 'localhost' }],
    ['for what no_proxy names, before NO_PROXY', { no_proxy: '*', NO_PROXY: '' }],
    ['that is empty', { HTTPS_PROXY: '' }],
  ])('is not asked %s', async (what, variables) => {
    const proxy = what === 'without a variable' ? {} : { HTTPS_PROXY: network.url };
    expect(await ask(`https://localhost:${secure.port}/`, { ...trusting(), ...proxy, ...variables })).toBe(200);
    expect(network.wanted).toEqual([]);
  });

  test('is never asked for a registry of this machine', async () => {
    const variables = { HTTP_PROXY: network.url, HTTPS_PROXY: network.url };
    expect(await ask(plain.url, variables, true)).toBe(200);
    expect(network.wanted).toEqual([]);
  });

  test('that does not know the host, or is not there, is registry/unreachable', async () => {
    const broken = { code: 'registry/unreachable' };
    expect(await ask('https://unknown.example/', { HTTPS_PROXY: network.url })).toMatchObject(broken);
    expect(await ask('https://registry.example/', { HTTPS_PROXY: nowhere })).toMatchObject({
      name: 'BrokenConnection',
    });
  });

  test('does not stand for the host behind it: that one’s certificate is asked for', async () => {
    const variables = { HTTPS_PROXY: network.url };
    expect(await ask('https://registry.example/', variables)).toMatchObject({ code: 'registry/tls' });
    expect(await ask('https://other.example/', { ...variables, ...trusting() })).toMatchObject({
      code: 'registry/tls',
    });
    expect(await ask('https://plain.example/', { ...variables, ...trusting() })).toMatchObject({
      code: 'registry/tls',
    });
  });
});

describe('SSL_CERT_FILE', () => {
  test('is trusted beside what Node trusts; without it, its authority is not', async () => {
    const url = `https://localhost:${secure.port}/`;
    expect(await ask(url, trusting())).toBe(200);
    expect(await ask(url, {})).toMatchObject({ code: 'registry/tls' });
    expect(await ask(url, { SSL_CERT_FILE: '' })).toMatchObject({ code: 'registry/tls' });
  });

  test('that cannot be read is registry/tls, and says which', async () => {
    const missing = join(home, 'missing.pem');
    await expect(createDispatcher({ SSL_CERT_FILE: missing }, false)).rejects.toMatchObject({
      code: 'registry/tls',
      message: `SSL_CERT_FILE names ${missing}, which cannot be read: ENOENT.`,
    });
  });

  test('that holds no certificate trusts nobody more', async () => {
    const empty = join(home, 'empty.pem');
    await writeFile(empty, '# nothing here\n');
    expect(await ask(`https://localhost:${secure.port}/`, { SSL_CERT_FILE: empty })).toMatchObject({
      code: 'registry/tls',
    });
  });
});
