import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Version } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { closeChannel, deprecate, releaseTo, yank } from '../publish/offering.ts';
import { readPublished, remoteDesk } from '../publish/published-version.ts';
import { oneKey } from '../publish/registry-key.ts';
import { attachRemote, publishRemote } from '../publish/remote-publication.ts';
import { RemoteRegistry, type RemoteStore } from '../publish/remote-registry.ts';
import type { Submission } from '../publish/submission.ts';
import {
  KEYS,
  kitEvidence,
  publishEvidence,
  SAMPLE,
  SampleRegistry,
  sampleEvidence,
  samplePack,
  T0,
} from '../testing/sample-registry.ts';
import { channelOf } from '../tuf/channel.ts';
import { encodeMetadata, isSignedBy } from '../tuf/metadata.ts';
import type { TargetsRole } from '../tuf/signed.ts';
import { ServedRegistry } from './testing/served-registry.ts';

const online = oneKey(KEYS.registry.secretKey);

async function site() {
  const stack = new AsyncDisposableStack();
  const registry = stack.use(await SampleRegistry.create());
  const served = stack.use(await ServedRegistry.start({ folder: registry.folder, now: () => T0, onlineKeys: online }));
  const remote = (account: 'acme' | 'guest' = 'acme', token = served.tokens[account]) =>
    new RemoteRegistry({ url: served.url, account, token });
  return { registry, served, remote, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function answering(listener: RequestListener): Promise<{ server: Server; url: string }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function publication(version = '1.0.0', key = KEYS.acme) {
  const artifact = samplePack(version);
  return { artifact, evidence: sampleEvidence(artifact), namespaceKeys: [key.secretKey], now: T0 };
}

describe('publishing through a server', () => {
  test('takes no key of the registry, and installs', async () => {
    await using place = await site();
    const { entry } = await publishRemote(place.remote(), publication());
    const installed = await place.registry.install();
    expect([installed.artifact.version, entry.digest]).toEqual(['1.0.0', installed.artifact.digest]);
  });

  test('adds one version after another, and shares what is there already', async () => {
    await using place = await site();
    for (const version of ['1.0.0', '1.1.0']) await publishRemote(place.remote(), publication(version));
    expect((await place.registry.install()).artifact.version).toBe('1.1.0');
    const posted = place.served.log.filter(({ method }) => method === 'POST' || method === 'PUT');
    // Of the second version the README and the empty configuration are there.
    expect(posted.filter(({ status }) => status === 201)).toHaveLength(10 + 8);
  });

  test('a version that exists is refused before anything is sent', async () => {
    await using place = await site();
    await publishRemote(place.remote(), publication());
    const before = place.served.log.length;
    await expect(publishRemote(place.remote(), publication())).rejects.toMatchObject({ code: 'pack/version-exists' });
    expect(place.served.log.slice(before).every(({ method }) => method === 'GET')).toBe(true);
  });

  test('a key that may not publish there is told by the registry', async () => {
    await using place = await site();
    await expect(publishRemote(place.remote(), publication('1.0.0', KEYS.stranger))).rejects.toMatchObject({
      code: 'index/invalid',
    });
  });

  test('a wrong token and a reader are told that they may not', async () => {
    await using place = await site();
    for (const store of [place.remote('acme', 'wrong'), place.remote('guest')])
      await expect(publishRemote(store, publication())).rejects.toMatchObject({ code: 'registry/access-denied' });
  });
});

describe('evidence that comes later, through a server', () => {
  const PACK = samplePack();
  const attachment = (evidence: string[], key = KEYS.acme) => {
    return { name: SAMPLE, version: PACK.version, evidence, namespaceKeys: [key.secretKey], now: T0 };
  };
  async function unproven() {
    const place = await site();
    await publishRemote(place.remote(), { ...publication(), evidence: [publishEvidence(PACK)] });
    return place;
  }

  test('admits the version, whose identity stays', async () => {
    await using place = await unproven();
    await expect(place.registry.install()).rejects.toMatchObject({ code: 'trust/conformance-missing' });
    const { entry } = await attachRemote(place.remote(), attachment([kitEvidence(PACK)]));
    const { artifact } = await place.registry.install();
    expect([artifact.digest, entry.digest]).toEqual([PACK.digest, PACK.digest]);
  });

  test('is read back with what was there before, every byte checked', async () => {
    await using place = await unproven();
    await attachRemote(place.remote(), attachment([kitEvidence(PACK)]));
    const which = { version: PACK.version };
    const read = () => readPublished(remoteDesk(place.remote('guest')), { name: SAMPLE, which, now: T0 });
    const { artifact, evidence } = await read();
    expect(artifact.manifest).toMatchObject({ title: 'Memory state' });
    expect(evidence.map((bytes) => Buffer.from(bytes).toString()).toSorted()).toEqual(sampleEvidence(PACK).toSorted());
  });

  test('about other bytes, for a version that is not there, or by somebody else is refused', async () => {
    await using place = await unproven();
    const before = place.served.log.length;
    const attach = (changes: object) =>
      attachRemote(place.remote(), { ...attachment([kitEvidence(PACK)]), ...changes });
    const other = samplePack('1.1.0');
    await expect(attach({ evidence: [kitEvidence(other)] })).rejects.toMatchObject({
      code: 'trust/statement-mismatch',
    });
    await expect(attach({ version: other.version })).rejects.toMatchObject({ code: 'pack/version-not-found' });
    const stranger = { namespaceKeys: [KEYS.stranger.secretKey] };
    await expect(attach(stranger)).rejects.toMatchObject({ code: 'registry/namespace-denied' });
    expect(place.served.log.slice(before).every(({ method }) => method === 'GET')).toBe(true);
  });

  test('is not put beside what a lying server gives out for the rest of it', async () => {
    await using place = await unproven();
    const honest = place.remote();
    const lying: RemoteStore = {
      metadata: (file, maxBytes) => honest.metadata(file, maxBytes),
      push: (repository, part) => honest.push(repository, part),
      submit: (namespace, submission) => honest.submit(namespace, submission),
      pull: async (repository, pin, maxBytes) =>
        Buffer.from(
          Buffer.from(await honest.pull(repository, pin, maxBytes))
            .toString()
            .replace('sha256', 'sha512'),
        ),
    };
    await expect(attachRemote(lying, attachment([kitEvidence(PACK)]))).rejects.toMatchObject({
      code: 'blob/digest-mismatch',
    });
  });

  test('a blob that the server lacks is registry/incomplete, and one that is too large is not read to its end', async () => {
    await using place = await unproven();
    const pull = (digest: typeof PACK.digest, maxBytes: number) =>
      place.remote().pull('acme/state/memory', { digest, kind: 'manifests' }, maxBytes);
    await expect(pull(samplePack('9.9.9').digest, 1000)).rejects.toMatchObject({ code: 'registry/incomplete' });
    await expect(pull(PACK.digest, 10)).rejects.toMatchObject({ code: 'registry/unreachable' });
  });
});

describe('a registry that lies to publishers', () => {
  test('cannot have them sign a role that they did not make', async () => {
    await using place = await site();
    await publishRemote(place.remote(), publication());
    const honest = place.remote();
    const submitted: Submission[] = [];
    const lying: RemoteStore = {
      pull: (repository, pin, maxBytes) => honest.pull(repository, pin, maxBytes),
      push: (repository, part) => honest.push(repository, part),
      metadata: (file, maxBytes) => honest.metadata(file, maxBytes),
      submit: async (_, submission) => {
        submitted.push(submission);
        return { timestamp: 1, snapshot: 1 };
      },
    };
    const other = { ...publication('1.1.0'), namespaceKeys: [KEYS.acmeSecond.secretKey] };
    await expect(publishRemote(lying, other)).rejects.toMatchObject({ code: 'registry/namespace-denied' });
    expect(submitted).toEqual([]);
  });

  test('gets no signature over other documents than the ones signed before', async () => {
    await using place = await site();
    await publishRemote(place.remote(), publication());
    const honest = place.remote();
    let submitted: Submission | undefined;
    const lying: RemoteStore = {
      pull: (repository, pin, maxBytes) => honest.pull(repository, pin, maxBytes),
      push: (repository, part) => honest.push(repository, part),
      submit: async (_, submission) => {
        submitted = submission;
        return { timestamp: 1, snapshot: 1 };
      },
      metadata: async (file, maxBytes) => {
        const bytes = await honest.metadata(file, maxBytes);
        return bytes && file.startsWith('targets/')
          ? Buffer.from(Buffer.from(bytes).toString().replace('1.0.0', '6.6.6'))
          : bytes;
      },
    };
    await expect(publishRemote(lying, publication('1.1.0'))).rejects.toMatchObject({ code: 'index/invalid' });
    expect(submitted).toBeUndefined();
  });

  test('cannot send the token elsewhere by a redirect', async () => {
    const heard: (string | undefined)[] = [];
    const elsewhere = await answering((request, response) => {
      heard.push(request.headers.authorization);
      response.end();
    });
    const lying = await answering((_, response) => response.writeHead(307, { Location: elsewhere.url }).end());
    const store = new RemoteRegistry({ url: lying.url, account: 'acme', token: 'x' });
    await expect(publishRemote(store, publication())).rejects.toMatchObject({ code: 'registry/unreachable' });
    expect(heard).toEqual([]);
    for (const { server } of [lying, elsewhere]) server.close();
  });

  test('cannot fill the memory with an answer that does not end', async () => {
    const lying = await answering((request, response) => {
      const more = () => {
        while (response.write('x'.repeat(65_536)));
        response.once('drain', more);
      };
      more();
      request.once('close', () => response.destroy());
    });
    const store = new RemoteRegistry({ url: lying.url, account: 'acme', token: 'x' });
    await expect(publishRemote(store, publication())).rejects.toMatchObject({ code: 'registry/unreachable' });
    lying.server.closeAllConnections();
    lying.server.close();
  });
});

test.each([
  'http://registry.example',
  'https://user:pass@registry.example',
  'https://:pass@registry.example',
  'https://registry.example/path',
  'https://registry.example/?a',
  'ftp://127.0.0.1',
  'registry.example',
])('%s is no address to send a token to', (url) => {
  expect(() => new RemoteRegistry({ url, account: 'a', token: 'b' })).toThrow(
    expect.objectContaining({ code: 'input/invalid' }),
  );
});

test.each(['https://registry.example', 'https://registry.example:8443/', 'http://127.0.0.1:5000', 'http://[::1]:5000'])(
  '%s is one',
  (url) => expect(() => new RemoteRegistry({ url, account: 'a', token: 'b' })).not.toThrow(),
);

test('a metadata file is known by the key that signed it', () => {
  const role: TargetsRole = {
    _type: 'targets',
    spec_version: '1.0.31',
    version: 1,
    expires: '2031-08-01T00:00:00Z',
    targets: {},
  };
  const file = encodeMetadata(role, [KEYS.acme.secretKey, KEYS.acmeSecond.secretKey]);
  expect(isSignedBy(file, [KEYS.acmeSecond.secretKey])).toBe(true);
  expect(isSignedBy(file, [KEYS.stranger.secretKey])).toBe(false);
  const changed = Buffer.from(Buffer.from(file).toString().replace('"version":1', '"version":2'));
  expect(isSignedBy(changed, [KEYS.acme.secretKey])).toBe(false);
});

describe('changing offers through a server', () => {
  const signing = (key = KEYS.acme) => ({ namespaceKeys: [key.secretKey], now: T0 });
  const stable = channelOf('stable');
  const order = { name: SAMPLE, version: '1.0.0' as Version };

  async function withTwo() {
    const place = await site();
    for (const version of ['1.0.0', '1.1.0']) await publishRemote(place.remote(), publication(version));
    return place;
  }
  const installed = async ({ registry }: Awaited<ReturnType<typeof site>>, range: string) =>
    (await registry.install({ range })).artifact.version;

  test('points a channel at a version, closes it, and takes no key of the registry', async () => {
    await using place = await withTwo();
    await releaseTo(place.remote(), { ...order, channel: stable, ...signing() });
    expect(await installed(place, 'stable')).toBe('1.0.0');
    await closeChannel(place.remote(), { name: SAMPLE, channel: stable, ...signing() });
    await expect(installed(place, 'stable')).rejects.toMatchObject({ code: 'pack/channel-closed' });
  });

  test('takes a version back, and offers it again', async () => {
    await using place = await withTwo();
    const yankIt = (reason?: string) =>
      yank(place.remote(), { name: SAMPLE, version: '1.1.0' as Version, reason, ...signing() });
    await yankIt('loses writes');
    expect(await installed(place, '*')).toBe('1.0.0');
    await yankIt();
    expect(await installed(place, '*')).toBe('1.1.0');
  });

  test('advises against a name', async () => {
    await using place = await withTwo();
    await deprecate(place.remote(), { name: SAMPLE, deprecation: { reason: 'Old.' }, ...signing() });
    const { decision } = await place.registry.install();
    expect(JSON.stringify(decision)).toContain('Old.');
  });

  test('is refused to a stranger, to an account that only reads, and for what is not there', async () => {
    await using place = await withTwo();
    const release = { ...order, channel: stable };
    await expect(releaseTo(place.remote(), { ...release, ...signing(KEYS.stranger) })).rejects.toMatchObject({
      code: 'registry/namespace-denied',
    });
    await expect(releaseTo(place.remote('guest'), { ...release, ...signing() })).rejects.toMatchObject({
      code: 'registry/access-denied',
    });
    const missing = { ...release, version: '9.9.9' as Version, ...signing() };
    await expect(releaseTo(place.remote(), missing)).rejects.toMatchObject({ code: 'pack/version-not-found' });
    await expect(installed(place, 'stable')).rejects.toMatchObject({ code: 'pack/channel-closed' });
  });

  test('of a folder without the registry’s key is refused', async () => {
    await using place = await withTwo();
    const change = releaseTo(place.registry.folder, { ...order, channel: stable, ...signing() });
    await expect(change).rejects.toMatchObject({ code: 'input/invalid' });
  });
});
