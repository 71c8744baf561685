import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeTrustRoot, type ErrorCode, type TrustRoot } from '@greentic/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifyEvidence } from './evidence/verified-statement.ts';
import { installArtifact } from './install/install.ts';
import { decodeLock } from './install/lock-file.ts';
import { openLocked } from './install/open-locked.ts';
import { PackCache } from './install/pack-cache.ts';
import { SAMPLE, T0 } from './testing/sample-registry.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const sound = (file: string) => readFile(join(FIXTURES, 'sound', file));
const refusedFiles = (await readdir(join(FIXTURES, 'refused'))).toSorted();

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'fixtures-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** The trust root that was kept, believing the registry in this file. */
async function believing(location: string): Promise<TrustRoot> {
  const root = decodeTrustRoot(await sound('trust-root.json'));
  return { ...root, registries: root.registries.map((registry) => ({ ...registry, location })) };
}

async function install(tar: string): ReturnType<typeof installArtifact> {
  const file = join(home, 'registry.tar');
  await copyFile(tar, file);
  const cache = join(home, 'cache');
  return installArtifact({
    name: SAMPLE,
    range: '*',
    kind: 'state',
    trustRoot: await believing(file),
    cache,
    now: () => T0,
  });
}

const keysOf = ({ publishers, conformance }: TrustRoot) => [
  ...publishers.flatMap(({ keys }) => keys),
  ...conformance.keys,
];

describe('what was kept of an earlier version', () => {
  test('is installed still: the same bytes, on the same evidence', async () => {
    const { lockEntry } = await install(join(FIXTURES, 'sound', 'registry.tar'));
    const [kept] = decodeLock(await sound('env.lock.json')).entries;
    const { digest, config, module, evidence } = lockEntry;
    expect(kept).toMatchObject({ digest, config, module, evidence });
  });

  test('opens still from its lock', async () => {
    const { artifact } = await install(join(FIXTURES, 'sound', 'registry.tar'));
    const [entry] = decodeLock(await sound('env.lock.json')).entries;
    if (entry === undefined) throw new Error('sample');
    const trustRoot = decodeTrustRoot(await sound('trust-root.json'));
    const opened = await openLocked({ entry, trustRoot, cache: new PackCache(join(home, 'cache')), now: T0 });
    expect(opened.artifact.digest).toBe(artifact.digest);
  });

  test('verifies still', async () => {
    const trustRoot = decodeTrustRoot(await sound('trust-root.json'));
    expect(verifyEvidence(await sound('evidence.json'), { keys: keysOf(trustRoot) }).statement.subject).toHaveLength(1);
  });
});

/** How each kind of file is read. */
const READERS: Readonly<Record<string, (file: string) => Promise<unknown>>> = {
  'evidence.json': async (file) =>
    verifyEvidence(await readFile(file), { keys: keysOf(decodeTrustRoot(await sound('trust-root.json'))) }),
  'lock.json': async (file) => decodeLock(await readFile(file)),
  'trust-root.json': async (file) => decodeTrustRoot(await readFile(file)),
  'registry.tar': install,
};

describe('what was tampered with', () => {
  test.each(refusedFiles)('%s is refused with the code in its name', async (file) => {
    const [name = '', , ...kind] = file.split('.');
    const read = READERS[kind.join('.')];
    if (read === undefined) throw new Error(`${file} is of no known kind.`);
    const code = name.replace('--', '/') as ErrorCode;
    await expect(read(join(FIXTURES, 'refused', file))).rejects.toMatchObject({ code });
  });

  test('is of every kind', () => {
    for (const kind of Object.keys(READERS)) expect(refusedFiles.some((file) => file.endsWith(kind))).toBe(true);
  });
});
