import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FakeNetwork } from '../testing/fake-network.ts';
import { FakeServer } from '../testing/oci-fake.ts';
import { createTlsAuthority } from '../testing/tls-authority.ts';
import { RemoteRegistry } from './remote-registry.ts';

/** An error with a code in our own words. */
const saying = (code: string) => (response: ServerResponse) =>
  response.writeHead(409).end(JSON.stringify({ errors: [{ detail: { code, message: 'm', hint: 'h' } }] }));

describe('a registry in the network', () => {
  test('is published to as others are read from: through a proxy, by authorities of one’s own', async () => {
    const home = await mkdtemp(join(tmpdir(), 'remote-'));
    const tls = createTlsAuthority(home, 'registry.example');
    const identity = { name: 'registry.example', cert: await readFile(tls.certificate), key: await readFile(tls.key) };
    await using server = await FakeServer.start((_, response) => {
      response.end('{}');
      return true;
    }, identity);
    await using network = await FakeNetwork.open({ 'registry.example': server.port });
    const access = { url: 'https://registry.example', account: 'acme', token: 'x' };
    const read = (processEnv: NodeJS.ProcessEnv) =>
      new RemoteRegistry(access, { HTTPS_PROXY: network.url, ...processEnv }).metadata('timestamp.json', 2);
    expect(await read({ SSL_CERT_FILE: tls.authority })).toEqual(Buffer.from('{}'));
    expect(server.asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from('acme:x').toString('base64')}`);
    await expect(read({})).rejects.toMatchObject({ code: 'registry/tls' });
    expect(server.asked).toHaveLength(1);
    await rm(home, { recursive: true });
  });

  test.each<[what: string, code: string, answer: (response: ServerResponse) => unknown]>([
    [
      'answers in an encoding nobody asked for',
      'registry/protocol',
      (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(),
    ],
    ['leads elsewhere', 'registry/unreachable', (response) => response.writeHead(307, { location: '/' }).end()],
    ['cuts each answer', 'registry/unreachable', (response) => response.destroy()],
    ['answers with more than there may be', 'registry/unreachable', (response) => response.end('x'.repeat(11))],
    ['fails in no words', 'registry/unreachable', (response) => response.writeHead(500).end()],
    ['lets nobody in, in no words', 'registry/access-denied', (response) => response.writeHead(403).end('<html>')],
    ['names an error that there is not', 'registry/unreachable', saying('a/b')],
    ['names an error of ours', 'pack/version-exists', saying('pack/version-exists')],
  ])('that %s is %s', async (_, code, answer) => {
    await using server = await FakeServer.start((_, response) => {
      answer(response);
      return true;
    });
    const store = new RemoteRegistry({ url: server.url, account: 'acme', token: 'x' });
    await expect(store.metadata('timestamp.json', 10)).rejects.toMatchObject({ code });
    expect(server.asked).toHaveLength(1);
  });
});
