import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactName } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { pinOf } from '../artifact/descriptor.ts';
import { decodeGroup } from '../artifact/group.ts';
import { ImageLayout } from '../layout/image-layout.ts';
import {
  daysLater,
  KEYS,
  kitEvidence,
  publishEvidence,
  SAMPLE,
  SampleRegistry,
  sampleEvidence,
  samplePack,
  T0,
} from '../testing/sample-registry.ts';
import { encodeMetadata, expiryAfter } from '../tuf/metadata.ts';
import type { TargetsRole } from '../tuf/signed.ts';
import { encodeVersions, type VersionEntry, type VersionsDocument } from '../tuf/versions-document.ts';
import { oneKey } from './registry-key.ts';
import { acceptSubmission, decodeSubmission, encodeSubmission, type Submission } from './submission.ts';
import { type Part, partsOfGrowth, partsOfVersion } from './version-parts.ts';

const PATH = `acme/${SAMPLE}.json`;
const keys = oneKey(KEYS.registry.secretKey);

async function store(registry: SampleRegistry, parts: readonly Part[]): Promise<void> {
  for (const { bytes } of parts) await new ImageLayout(registry.folder).write(bytes);
}

function documentOf(versions: readonly VersionEntry[], changes: Partial<VersionsDocument> = {}): VersionsDocument {
  return { schema: 'greentic.versions/1', name: SAMPLE, versions: [...versions], ...changes };
}

interface Signing {
  readonly version?: number;
  readonly key?: string;
  readonly role?: Partial<TargetsRole>;
  readonly path?: string;
}

/** What a holder of the namespace's key sends for a document. */
function sign(
  document: VersionsDocument,
  { version = 1, key = KEYS.acme.secretKey, role = {}, path = PATH }: Signing = {},
): Submission {
  const bytes = encodeVersions(document);
  const { digest, size } = pinOf(bytes);
  const signed = {
    _type: 'targets',
    spec_version: '1.0.31',
    version,
    expires: expiryAfter(T0, 90),
    targets: { [path]: { length: size, hashes: { sha256: digest.slice(7) } } },
    ...role,
  } as TargetsRole;
  return { role: encodeMetadata(signed, [key]), documents: new Map([[document.name, bytes]]) };
}

const accept = (registry: SampleRegistry, submission: Submission, namespace = 'acme') =>
  acceptSubmission(registry.folder, { namespace, submission, keys, now: T0 });

const timestampOf = async (registry: SampleRegistry) =>
  (
    JSON.parse(await readFile(join(registry.folder, 'tuf', 'timestamp.json'), 'utf8')) as {
      signed: { version: number };
    }
  ).signed.version;

async function refuses(
  registry: SampleRegistry,
  submission: Submission,
  code: string,
  namespace = 'acme',
): Promise<void> {
  const before = await timestampOf(registry);
  await expect(accept(registry, submission, namespace)).rejects.toMatchObject({ code });
  expect(await timestampOf(registry)).toBe(before);
}

/** A version whose parts are in the store. */
async function stored(
  registry: SampleRegistry,
  version = '1.0.0',
  changes: Record<string, unknown> = {},
): Promise<VersionEntry> {
  const artifact = samplePack(version, changes);
  const { parts, entry } = partsOfVersion(artifact, sampleEvidence(artifact), T0);
  await store(registry, parts);
  return entry;
}

describe('a submission', () => {
  test('with the online keys alone makes a version that installs', async () => {
    await using registry = await SampleRegistry.create();
    const online = { snapshot: keys.snapshot, timestamp: keys.timestamp };
    const submission = decodeSubmission(Buffer.from(encodeSubmission(sign(documentOf([await stored(registry)])))));
    await acceptSubmission(registry.folder, { namespace: 'acme', submission, keys: online, now: T0 });
    expect((await registry.install()).artifact.version).toBe('1.0.0');
  });

  test.each([
    ['an hour back', new Date(T0.getTime() - 3_600_000).toISOString()],
    ['just beyond what clocks may be apart', new Date(T0.getTime() - 300_001).toISOString()],
    ['ahead', daysLater(1).toISOString()],
    ['nowhere', undefined],
  ])('with a new version that is dated %s is refused: its age would be what its publisher likes', async (_, at) => {
    await using registry = await SampleRegistry.create();
    const { publishedAt: _now, ...entry } = await stored(registry);
    const dated = at === undefined ? entry : { ...entry, publishedAt: at };
    await refuses(registry, sign(documentOf([dated])), 'trust/clock-skew');
  });

  test('adds a version to those that are there', async () => {
    await using registry = await SampleRegistry.create();
    const first = await stored(registry);
    await accept(registry, sign(documentOf([first])));
    await accept(registry, sign(documentOf([first, await stored(registry, '1.1.0')]), { version: 2 }));
    expect((await registry.install()).artifact.version).toBe('1.1.0');
  });

  test('may add evidence, take a version back and move a channel', async () => {
    await using registry = await SampleRegistry.create();
    const artifact = samplePack();
    const { parts, entry } = partsOfVersion(artifact, [publishEvidence(artifact)], T0);
    await store(registry, parts);
    await accept(registry, sign(documentOf([entry])));
    const group = decodeGroup(parts.at(-1)?.bytes ?? new Uint8Array());
    const grown = partsOfGrowth(group, [kitEvidence(artifact)]);
    await store(registry, grown.parts);
    const next: VersionEntry = { ...entry, ...grown.pin };
    await accept(registry, sign(documentOf([next]), { version: 2 }));
    expect((await registry.install()).artifact.version).toBe('1.0.0');
    const yanked: VersionEntry = { ...next, yanked: { at: T0.toISOString(), reason: 'It leaks.' } };
    await accept(registry, sign(documentOf([yanked]), { version: 3 }));
    await refuses(
      registry,
      sign(documentOf([{ ...yanked, group: entry.group, groupSize: entry.groupSize }]), { version: 4 }),
      'pack/version-exists',
    );
  });

  test('of a key that the namespace is not delegated to is refused', async () => {
    await using registry = await SampleRegistry.create();
    const document = documentOf([await stored(registry)]);
    await refuses(registry, sign(document, { key: KEYS.stranger.secretKey }), 'index/invalid');
    await refuses(registry, sign(document, { key: KEYS.registry.secretKey }), 'index/invalid');
  });

  test('for a namespace that nobody was given is refused', async () => {
    await using registry = await SampleRegistry.create();
    await refuses(registry, sign(documentOf([await stored(registry)])), 'registry/namespace-denied', 'other');
  });

  test('for a path outside the namespace is refused', async () => {
    await using registry = await SampleRegistry.create();
    const document = documentOf([await stored(registry)]);
    for (const path of [
      `other/${SAMPLE}.json`,
      'acme/other.state.memory.json',
      'acme/x.json',
      `acme/sub/${SAMPLE}.json`,
    ])
      await refuses(registry, sign(document, { path }), 'index/invalid');
  });

  test('is the next version of its role, neither an older nor one far ahead', async () => {
    await using registry = await SampleRegistry.create();
    const first = await stored(registry);
    await refuses(registry, sign(documentOf([first]), { version: 2 }), 'registry/busy');
    await accept(registry, sign(documentOf([first])));
    const second = documentOf([first, await stored(registry, '1.1.0')]);
    for (const version of [1, 3, 2 ** 31 - 1]) await refuses(registry, sign(second, { version }), 'registry/busy');
  });

  test('that has expired or holds for ever is refused', async () => {
    await using registry = await SampleRegistry.create();
    const document = documentOf([await stored(registry)]);
    const until = (days: number) => ({ role: { expires: expiryAfter(daysLater(days), 0.001) } });
    await refuses(registry, sign(document, until(-1)), 'index/expired');
    await refuses(registry, sign(document, until(367)), 'index/invalid');
  });

  test('that delegates further is refused', async () => {
    await using registry = await SampleRegistry.create();
    const role = { delegations: { keys: {}, roles: [] } };
    await refuses(registry, sign(documentOf([await stored(registry)]), { role }), 'index/invalid');
  });

  test('that changes or drops a published version is refused', async () => {
    await using registry = await SampleRegistry.create();
    const first = await stored(registry);
    const other = await stored(registry, '1.0.0', { title: 'Another pack' });
    await accept(registry, sign(documentOf([first])));
    const again = (versions: VersionEntry[]) => sign(documentOf(versions), { version: 2 });
    await refuses(registry, again([other]), 'pack/version-exists');
    await refuses(registry, again([await stored(registry, '1.1.0')]), 'pack/version-exists');
    await refuses(registry, again([{ ...first, publishedAt: daysLater(1).toISOString() }]), 'pack/version-exists');
    await refuses(registry, sign(documentOf([first]), { version: 2, role: { targets: {} } }), 'pack/version-exists');
  });

  test('that names what the store lacks is refused', async () => {
    await using registry = await SampleRegistry.create();
    const artifact = samplePack();
    const { parts, entry } = partsOfVersion(artifact, sampleEvidence(artifact), T0);
    for (const missing of parts) {
      await using fresh = await SampleRegistry.create();
      await store(
        fresh,
        parts.filter(({ bytes }) => pinOf(bytes).digest !== pinOf(missing.bytes).digest),
      );
      await refuses(fresh, sign(documentOf([entry])), 'registry/incomplete');
    }
    await store(registry, parts);
    await accept(registry, sign(documentOf([entry])));
  });

  test('with evidence about something else is refused', async () => {
    await using registry = await SampleRegistry.create();
    const { parts, entry } = partsOfVersion(samplePack(), [publishEvidence(samplePack('2.0.0'))], T0);
    await store(registry, parts);
    await refuses(registry, sign(documentOf([entry])), 'trust/statement-mismatch');
  });

  test('with another document than the role names, without one or with one too many is refused', async () => {
    await using registry = await SampleRegistry.create();
    const { role, documents } = sign(documentOf([await stored(registry)]));
    const other = encodeVersions(documentOf([await stored(registry, '1.1.0')]));
    await refuses(registry, { role, documents: new Map([[SAMPLE, other]]) }, 'index/invalid');
    await refuses(registry, { role, documents: new Map() }, 'input/invalid');
    const stray = 'acme.state.stray' as ArtifactName;
    await refuses(registry, { role, documents: new Map([...documents, [stray, other]]) }, 'input/invalid');
  });

  test('of a registry whose online keys these are not is refused', async () => {
    await using registry = await SampleRegistry.create();
    const submission = sign(documentOf([await stored(registry)]));
    const strange = acceptSubmission(registry.folder, {
      namespace: 'acme',
      submission,
      keys: oneKey(KEYS.stranger.secretKey),
      now: T0,
    });
    await expect(strange).rejects.toMatchObject({ code: 'trust/threshold' });
  });

  test.each([
    ['no JSON', 'x'],
    ['another schema', '{"schema":"greentic.submission/2","role":"","documents":{}}'],
    ['an unknown key', '{"schema":"greentic.submission/1","role":"","documents":{},"more":1}'],
    ['a name that is none', '{"schema":"greentic.submission/1","role":"","documents":{"../x":""}}'],
    ['what is no base64', '{"schema":"greentic.submission/1","role":"?","documents":{}}'],
  ])('with %s is refused', (_, text) => {
    expect(() => decodeSubmission(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'input/invalid' }));
  });

  test('of two at once, one is taken and the other told', async () => {
    await using registry = await SampleRegistry.create();
    const entries = [await stored(registry), await stored(registry, '1.1.0')];
    const both = await Promise.allSettled(entries.map((entry) => accept(registry, sign(documentOf([entry])))));
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });
});
