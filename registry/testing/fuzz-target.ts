import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalize, decodeManifest, decodeTrustRoot, encodeTrustRoot, isGreenticError } from '@greentic/core';
import { decodeEvidenceImage, encodeEvidenceImage } from '../artifact/evidence-image.ts';
import { decodeGroup } from '../artifact/group.ts';
import { decodePackImage } from '../artifact/pack-image.ts';
import { verifyEvidence } from '../evidence/verified-statement.ts';
import { decodeLock, encodeLock, type LockFile } from '../install/lock-file.ts';
import { decodeRevocations, encodeRevocations } from '../tuf/revocations-document.ts';
import { TrustedIndex } from '../tuf/trusted-index.ts';
import { mutate, type Pick } from './mutation.ts';
import {
  KEYS,
  kitEvidence,
  publishEvidence,
  SAMPLE,
  type SampleRegistry,
  samplePack,
  T0,
  trusted,
} from './sample-registry.ts';

/** A parser of bytes that strangers send, and samples of what it takes. */
export interface FuzzTarget {
  readonly name: string;
  readonly samples: readonly Uint8Array[];
  /** Takes bytes. Throws what it refuses with; gives what it read of them. */
  take(bytes: Uint8Array, sample: number): unknown;
  /** Whether something was signed: then nothing may be read but what was. */
  readonly signed?: boolean;
}

/** What a mutation did that nothing may do. */
export interface FuzzFailure {
  readonly target: string;
  readonly problem: string;
  /** The bytes, base64. */
  readonly input: string;
}

/** Gives a target one mutated sample; a failure is an error without a code, or a signed thing that was read as another. */
export async function fuzzOnce(target: FuzzTarget, pick: Pick): Promise<FuzzFailure | undefined> {
  const sample = pick(target.samples.length);
  const original = target.samples[sample] ?? new Uint8Array();
  const input = mutate(original, pick);
  const failed = (problem: string) => ({ target: target.name, problem, input: input.toString('base64') });
  try {
    const read = await target.take(input, sample);
    if (target.signed !== true) return undefined;
    const meant = await target.take(original, sample);
    return canonicalize(read) === canonicalize(meant) ? undefined : failed('read something nobody signed');
  } catch (error) {
    return isGreenticError(error) && error.code !== 'internal/unforeseen' ? undefined : failed(String(error));
  }
}

/** Every target, over a registry with one version of the sample pack, published and installed. */
export async function fuzzTargets(registry: SampleRegistry): Promise<FuzzTarget[]> {
  const pack = samplePack();
  const { entry } = await registry.publish(pack);
  const { lockEntry } = await registry.install();
  const lock: LockFile = {
    schema: 'greentic.lock/1',
    environment: registry.trustRoot.environment,
    entries: [lockEntry],
  };
  const blob = (digest: string) => readFile(join(registry.folder, 'blobs', 'sha256', digest.slice('sha256:'.length)));
  const descriptor = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: pack.digest, size: entry.size };
  const keys = [trusted(KEYS.acme), trusted(KEYS.kit)];
  return [
    { name: 'manifest', samples: [pack.config], take: (bytes) => decodeManifest(bytes) },
    { name: 'image', samples: [pack.image], take: decodePackImage },
    { name: 'group', samples: [await blob(entry.group)], take: decodeGroup },
    {
      name: 'evidence image',
      samples: [encodeEvidenceImage(Buffer.from(publishEvidence(pack)), descriptor)],
      take: decodeEvidenceImage,
    },
    {
      name: 'evidence',
      samples: [publishEvidence(pack), kitEvidence(pack)].map((text) => Buffer.from(text)),
      take: (bytes) => verifyEvidence(bytes, { keys }),
      signed: true,
    },
    {
      name: 'lock',
      samples: [Buffer.from(encodeLock(lock).text)],
      // One lock has one text: what is read must be written as it was read.
      take: (bytes) => assertSame(bytes, encodeLock(decodeLock(bytes)).text),
    },
    {
      name: 'trust root',
      samples: [Buffer.from(encodeTrustRoot(registry.trustRoot).text)],
      take: (bytes) => assertSame(bytes, encodeTrustRoot(decodeTrustRoot(bytes)).text),
    },
    {
      name: 'revocations',
      samples: [encodeRevocations([])],
      take: decodeRevocations,
    },
    await indexTarget(registry),
  ];
}

/** The whole index, with one of its files mutated. */
async function indexTarget(registry: SampleRegistry): Promise<FuzzTarget> {
  const folder = join(registry.folder, 'tuf');
  const entries = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((each) => each.isFile());
  const paths = entries.map((each) => join(each.parentPath, each.name));
  const samples = await Promise.all(paths.map((path) => readFile(path)));
  const [main] = registry.trustRoot.registries;
  const root = Buffer.from(canonicalize(main?.root));
  return {
    name: 'index',
    samples,
    signed: true,
    take: async (bytes, sample) => {
      const read = async (file: string, maxBytes: number) => {
        const at = paths.indexOf(join(folder, file));
        const content = at === sample ? bytes : samples[at];
        return content === undefined || content.byteLength > maxBytes ? undefined : content;
      };
      const index = await TrustedIndex.open({ root, read, now: T0 });
      return (await index.versionsOf(SAMPLE)).document;
    },
  };
}

function assertSame(bytes: Uint8Array, text: string): string {
  if (Buffer.from(bytes).toString() === text) return text;
  throw new Error('was read, and is written otherwise');
}
