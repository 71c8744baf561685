import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestOf, type ErrorCode } from '@greentic/core';
import type { LockEntry } from '../install/lock-file.ts';
import { blobPath } from '../layout/image-layout.ts';
import type { AttackCase } from '../testing/attack.ts';
import { KEYS, kitEvidence, publishEvidence, type SampleRegistry, samplePack } from '../testing/sample-registry.ts';
import { flipByte } from '../testing/tamper.ts';

/** An environment that has installed two versions of a pack, and whose registry is gone. */
export interface SwapGround {
  readonly registry: SampleRegistry;
  /** What is locked. */
  readonly entry: LockEntry;
  /** What was locked before: everything of it is in the cache, signed and sound. */
  readonly former: LockEntry;
}

/** What somebody does who may write in the cache, and perhaps in the lock: a changed entry is what is opened then. */
export interface CacheSwap extends AttackCase {
  attack(ground: SwapGround): Promise<LockEntry | undefined>;
}

type Part = (entry: LockEntry) => Digest;

const evidenceOf = (at: number) => (entry: LockEntry) => entry.evidence.at(at)?.digest ?? digestOf('');

const PARTS: Readonly<Record<string, Part>> = {
  'the image manifest': (entry) => entry.digest,
  'the description': (entry) => entry.config.digest,
  'the module': (entry) => entry.module.digest,
  'the first piece of evidence': evidenceOf(0),
  'the last piece of evidence': evidenceOf(-1),
};

/** What is done to one copy: its path, and the path of the former version’s same part. */
const DEEDS: readonly [what: string, code: ErrorCode, deed: (path: string, other: string) => Promise<unknown>][] = [
  ['with one bit changed', 'blob/digest-mismatch', (path) => flipByte(path)],
  ['cut short', 'blob/digest-mismatch', (path) => truncate(path, 10)],
  ['emptied', 'blob/digest-mismatch', (path) => truncate(path, 0)],
  ['with a byte behind its end', 'blob/size-mismatch', async (path) => writeFile(path, `${await readFile(path)} `)],
  ['of an endless size', 'blob/size-mismatch', (path) => truncate(path, 2 ** 40)],
  ['replaced by the former version’s', 'blob/digest-mismatch', (path, other) => copyFile(other, path)],
  [
    'that is a link to the former version’s',
    'blob/digest-mismatch',
    async (path, other) => {
      await rm(path);
      await symlink(other, path);
    },
  ],
  [
    'that is a folder',
    'registry/unreachable',
    async (path) => {
      await rm(path);
      await mkdir(path);
    },
  ],
  [
    'that is a pipe nobody writes to',
    'registry/unreachable',
    async (path) => {
      await rm(path);
      execFileSync('mkfifo', [path]);
    },
  ],
  [
    'that is a link to a device without an end',
    'registry/unreachable',
    async (path) => {
      await rm(path);
      await symlink('/dev/zero', path);
    },
  ],
  ['taken away', 'lock/uncached', (path) => rm(path)],
  ['under another name', 'lock/uncached', (path) => rename(path, `${path}0`)],
];

const onCopies: readonly CacheSwap[] = Object.entries(PARTS).flatMap(([name, part]) =>
  DEEDS.map(
    ([what, code, deed]): CacheSwap => ({
      name: `the copy of ${name} ${what}`,
      code,
      attack: async ({ registry, entry, former }) => {
        await deed(blobPath(registry.cache, part(entry)), blobPath(registry.cache, part(former)));
        return undefined;
      },
    }),
  ),
);

/** Keeps evidence that nobody published in the cache; gives its pin. */
async function plant({ registry }: SwapGround, text: string): Promise<LockEntry['module']> {
  const bytes = Buffer.from(text);
  await writeFile(blobPath(registry.cache, digestOf(bytes)), bytes);
  return { digest: digestOf(bytes), size: bytes.byteLength };
}

const editing = (
  name: string,
  code: ErrorCode,
  edit: (ground: SwapGround) => Partial<LockEntry> | Promise<Partial<LockEntry>>,
): CacheSwap => ({
  name,
  code,
  attack: async (ground) => ({ ...ground.entry, ...(await edit(ground)) }),
});

const pack = samplePack('2.0.0');
const [published, reported] = [publishEvidence(pack), kitEvidence(pack)].map((text) => digestOf(text));

/** The pieces of evidence but one. */
const without = ({ evidence }: LockEntry, digest: Digest | undefined) =>
  evidence.filter((pin) => pin.digest !== digest);

const onLock: readonly CacheSwap[] = [
  editing('an entry that names the former module', 'lock/invalid', ({ former: { module } }) => ({ module })),
  editing('an entry that names the former description', 'lock/invalid', ({ former: { config } }) => ({ config })),
  editing('an entry whose parts are in each other’s place', 'lock/invalid', ({ entry: { config, module } }) => ({
    config: module,
    module: config,
  })),
  editing(
    'an entry that names the former bytes under the new version',
    'artifact/invalid',
    ({ former: { digest, size, config, module } }) => ({ digest, size, config, module }),
  ),
  editing('an entry that names the former version for the new bytes', 'artifact/invalid', ({ former }) => ({
    version: former.version,
  })),
  editing('an entry with the former version’s evidence', 'trust/statement-mismatch', ({ former: { evidence } }) => ({
    evidence,
  })),
  editing('an entry without evidence', 'trust/threshold', () => ({ evidence: [] })),
  editing('an entry without the publisher’s evidence', 'trust/threshold', ({ entry }) => ({
    evidence: without(entry, published),
  })),
  editing('an entry without the report', 'trust/conformance-missing', ({ entry }) => ({
    evidence: without(entry, reported),
  })),
  editing('an entry with the publisher’s evidence twice', 'trust/conformance-missing', ({ entry }) => ({
    evidence: without(entry, reported).flatMap((pin) => [pin, pin]),
  })),
  editing('an entry with a stranger’s evidence', 'trust/threshold', async (ground) => ({
    evidence: [await plant(ground, publishEvidence(pack, KEYS.stranger)), ...without(ground.entry, published)],
  })),
  editing('an entry with a stranger’s report', 'trust/conformance-missing', async (ground) => ({
    evidence: [...without(ground.entry, reported), await plant(ground, kitEvidence(pack, KEYS.stranger))],
  })),
  editing('an entry with a report by the publisher', 'trust/conformance-missing', async (ground) => ({
    evidence: [...without(ground.entry, reported), await plant(ground, kitEvidence(pack, KEYS.acme))],
  })),
  editing('an entry that names another slot', 'artifact/invalid', () => ({ slot: 'secrets' })),
  editing('an entry that makes a bundle of a pack', 'artifact/invalid', () => ({ slot: 'bundle' })),
  editing('an entry that names another contract', 'artifact/invalid', () => ({ contract: 2 })),
  editing('an entry that names another pack', 'artifact/invalid', () => ({
    name: 'acme.state.other' as LockEntry['name'],
  })),
  editing('an entry that names a digest nobody has', 'lock/uncached', () => ({ digest: digestOf('nobody has it') })),
  editing('an entry that names a larger size than there is', 'blob/size-mismatch', ({ entry }) => ({
    size: entry.size + 1,
  })),
  editing('an entry that names a smaller size than there is', 'blob/size-mismatch', ({ entry }) => ({
    size: entry.size - 1,
  })),
];

/** The index kept in the cache. */
async function keptIndex({ registry }: SwapGround): Promise<string> {
  const folder = join(registry.cache, 'index');
  const file = (await readdir(folder)).find((name) => name.endsWith('.json'));
  if (file === undefined) throw new Error('No index was kept.');
  return join(folder, file);
}

/** Copies on disk, and what a lock says of them, changed by somebody who can write there but has nobody’s keys. */
export const CACHE_SWAPS: readonly CacheSwap[] = [...onCopies, ...onLock];

/** What becomes of the index that was kept as the newest one seen, and what the next install says of it. */
export const KEPT_INDEX_SWAPS: readonly (AttackCase & { attack(ground: SwapGround): Promise<unknown> })[] = (
  [
    ['cut short', (path) => truncate(path, 40)],
    ['emptied', (path) => truncate(path, 0)],
    ['that is a list', (path) => writeFile(path, '[]')],
    ['with a field nobody knows', (path) => edited(path, (kept) => ({ ...kept, more: 1 }))],
    ['without its timestamp', (path) => edited(path, ({ timestamp: _, ...kept }) => kept)],
    ['that names no root', (path) => edited(path, (kept) => ({ ...kept, root: 0 }))],
    ['whose timestamp is another text', (path) => edited(path, (kept) => ({ ...kept, timestamp: '{}' }))],
    ['whose snapshot is its timestamp', (path) => edited(path, (kept) => ({ ...kept, snapshot: kept['timestamp'] }))],
    ['of an endless size', (path) => truncate(path, 2 ** 40)],
  ] satisfies [string, (path: string) => Promise<unknown>][]
).map(([what, deed]) => ({
  name: `the kept index ${what}`,
  code: 'index/invalid' as const,
  attack: async (ground) => deed(await keptIndex(ground)),
}));

async function edited(
  path: string,
  edit: (kept: Record<string, unknown>) => Record<string, unknown>,
): Promise<unknown> {
  return writeFile(path, JSON.stringify(edit(JSON.parse(await readFile(path, 'utf8')))));
}
