import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactName } from '@greentic/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { blobPath } from '../layout/image-layout.ts';
import { mirrorRegistry } from '../mirror/mirror.ts';
import { oneKey } from '../publish/registry-key.ts';
import { publishRemote } from '../publish/remote-publication.ts';
import { RemoteRegistry } from '../publish/remote-registry.ts';
import { parseServedLocation, ServedSource } from '../source/served-source.ts';
import { KEYS, SampleRegistry, sampleEvidence, samplePack, T0 } from '../testing/sample-registry.ts';
import { flipByte } from '../testing/tamper.ts';
import { ServedRegistry } from './testing/served-registry.ts';

let registry: SampleRegistry;
let served: ServedRegistry;

async function serve(publicRead: boolean): Promise<void> {
  const onlineKeys = oneKey(KEYS.registry.secretKey);
  served = await ServedRegistry.start({ folder: registry.folder, now: () => T0, onlineKeys, publicRead });
}

beforeEach(async () => {
  registry = await SampleRegistry.create();
  await registry.publish(samplePack('1.0.0'));
});
afterEach(async () => {
  await served.close(0);
  await registry[Symbol.asyncDispose]();
});

type Who = 'acme' | 'guest' | 'nobody' | 'wrong';

/** Reads the server as an account does. */
function sourceAs(who: Who): ServedSource {
  const [main] = registry.trustRoot.registries;
  if (main === undefined) throw new Error('sample');
  const password = who === 'wrong' || who === 'nobody' ? 'gtc_wrong' : served.tokens[who];
  const credentials = async () => (who === 'nobody' ? undefined : { username: who, password });
  const options = { registry: { ...main, location: served.url }, cache: registry.cache, now: () => T0 };
  return new ServedSource(served.url, options, { credentials, backoff: { attempts: 1 } });
}
const install = (who: Who, range = '*') => registry.install({ range, openSource: () => sourceAs(who) });

describe('a registry that is served', () => {
  test('is read by its address alone, when anybody may', async () => {
    await serve(true);
    const [main] = registry.trustRoot.registries;
    if (main === undefined) throw new Error('sample');
    registry.trustRoot = { ...registry.trustRoot, registries: [{ ...main, location: served.url }] };
    const { artifact, decision } = await registry.install();
    expect([artifact.digest, decision.verdict]).toEqual([samplePack('1.0.0').digest, 'admitted']);
  });

  test('locks what an installation from its folder locks, byte for byte', async () => {
    await serve(true);
    const there = await install('nobody');
    const here = await registry.install();
    expect(there.lockEntry).toEqual(here.lockEntry);
  });

  test('shows at once what a publisher brought through it', async () => {
    await serve(true);
    const artifact = samplePack('1.1.0');
    const remote = new RemoteRegistry({ url: served.url, account: 'acme', token: served.tokens.acme });
    const keys = { namespaceKeys: [KEYS.acme.secretKey], now: T0 };
    await publishRemote(remote, { artifact, evidence: sampleEvidence(artifact), ...keys });
    expect((await install('nobody')).artifact.version).toBe('1.1.0');
  });

  test.each<Who>(['guest', 'acme'])('is read by the account %s when only accounts may', async (who) => {
    await serve(false);
    expect((await install(who)).artifact.version).toBe('1.0.0');
  });

  test.each<Who>(['nobody', 'wrong'])('is not read by %s when only accounts may', async (who) => {
    await serve(false);
    await expect(install(who)).rejects.toMatchObject({ code: 'registry/access-denied' });
  });

  test('is mirrored into a tar that installs alone', async () => {
    await serve(true);
    const [main] = registry.trustRoot.registries;
    if (main === undefined) throw new Error('sample');
    const target = join(registry.home, 'mirror.tar');
    await mirrorRegistry({ source: sourceAs('nobody'), root: main.root, target, now: T0 });
    registry.trustRoot = { ...registry.trustRoot, registries: [{ ...main, location: target }] };
    expect((await registry.install()).artifact.digest).toBe(samplePack('1.0.0').digest);
  });

  test('with a changed byte breaks off what it sends, and nothing is installed', async () => {
    await serve(true);
    const { lockEntry } = await registry.install();
    await flipByte(blobPath(registry.folder, lockEntry.module.digest));
    await expect(install('nobody')).rejects.toMatchObject({ code: 'registry/unreachable' });
  });

  test('that shows a changed index is refused', async () => {
    await serve(true);
    await flipByte(join(registry.folder, 'tuf', '2.targets.json'));
    await expect(install('nobody')).rejects.toMatchObject({ code: 'index/invalid' });
  });

  test('that shows an older index than was seen is refused', async () => {
    await serve(true);
    const timestamp = join(registry.folder, 'tuf', 'timestamp.json');
    const former = await readFile(timestamp);
    await registry.publish(samplePack('1.1.0'));
    await install('nobody');
    await writeFile(timestamp, former);
    await expect(install('nobody')).rejects.toMatchObject({ code: 'index/rollback' });
  });

  test('that lacks a part says which name it is of', async () => {
    await serve(true);
    const { lockEntry } = await registry.install();
    await rm(blobPath(registry.folder, lockEntry.module.digest));
    await expect(install('nobody')).rejects.toMatchObject({
      code: 'registry/incomplete',
      message: expect.stringContaining('acme.state.memory'),
    });
  });

  test('that holds no index says so', async () => {
    await serve(true);
    await rm(join(registry.folder, 'tuf'), { recursive: true });
    await expect(install('nobody')).rejects.toMatchObject({ code: 'registry/unreachable' });
  });

  test('knows no name that nobody published', async () => {
    await serve(true);
    const asked = registry.install({ name: 'acme.state.none' as ArtifactName, openSource: () => sourceAs('nobody') });
    await expect(asked).rejects.toMatchObject({ code: 'pack/not-found' });
  });
});

describe('the address of a served registry', () => {
  beforeEach(() => serve(true));

  test.each(['https://packs.example', 'https://packs.example/', 'https://packs.example:5000', 'http://127.0.0.1:5000'])(
    '%s is one',
    (location) => {
      expect(parseServedLocation(location).origin).toBe(location.replace(/\/$/, ''));
    },
  );

  test.each([
    'http://packs.example',
    'http://localhost:5000',
    'https://127.0.0.1:5000',
    'https://packs.example/path',
    'https://packs.example/?a',
    'https://packs.example/#a',
    'https://ada:secret@packs.example',
    'https://PACKS.example',
    'ftp://packs.example',
    'packs.example',
    '',
  ])('%j is none', (location) => {
    expect(() => parseServedLocation(location)).toThrow(expect.objectContaining({ code: 'input/invalid' }));
  });
});
