import { digestOf } from '@greentic/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeEvidenceImage } from '../artifact/evidence-image.ts';
import { decodeGroup, EVIDENCE_MAX_COUNT } from '../artifact/group.ts';
import {
  KEYS,
  kitEvidence,
  publishEvidence,
  sampleBundle,
  sampleEvidence,
  samplePack,
  T0,
} from '../testing/sample-registry.ts';
import { type Part, partsOfGrowth, partsOfVersion } from './version-parts.ts';

const PACK = samplePack();
const POOL = [
  ...Object.values(KEYS).map((key) => publishEvidence(PACK, key)),
  ...Object.values(KEYS).map((key) => kitEvidence(PACK, key)),
];
const some = fc.uniqueArray(fc.integer({ min: 0, max: POOL.length - 1 }), { maxLength: 12 });
const pick = (indexes: readonly number[]) => indexes.flatMap((index) => POOL[index] ?? []);
const groupOf = ({ parts }: { parts: readonly Part[] }) => decodeGroup(parts.at(-1)?.bytes ?? Buffer.alloc(0));
const digests = (parts: readonly Part[]) => parts.map(({ bytes }) => digestOf(bytes));
const config = { seed: 11, numRuns: 60 };

describe('the parts of a version', () => {
  test('name nothing that does not come before them: whoever stores them in order never has a gap', () => {
    const { parts } = partsOfVersion(PACK, sampleEvidence(PACK), T0);
    const stored = new Set<string>();
    for (const { bytes, manifest } of parts) {
      if (manifest !== undefined) {
        const named = [
          ...Buffer.from(bytes)
            .toString()
            .matchAll(/"digest":"(sha256:[0-9a-f]{64})"/g),
        ].map(([, digest]) => digest);
        expect(named.filter((digest) => digest !== undefined && !stored.has(digest))).toEqual([]);
      }
      stored.add(digestOf(bytes));
    }
  });

  test('end with the group, which the entry pins by digest and size', () => {
    const { parts, entry } = partsOfVersion(PACK, sampleEvidence(PACK), T0);
    const group = parts.at(-1)?.bytes ?? Buffer.alloc(0);
    expect(entry).toMatchObject({ group: digestOf(group), groupSize: group.byteLength, digest: PACK.digest });
    expect(entry).toMatchObject({ kind: 'state', contract: 1, publishedAt: T0.toISOString() });
  });

  test('of a bundle say nothing of a contract, and lack what it has not', () => {
    const { entry, parts } = partsOfVersion(sampleBundle(), [], T0);
    expect(entry).toMatchObject({ kind: 'bundle' });
    expect(entry).not.toHaveProperty('contract');
    // Description, module, image, group: it has neither README nor list of packages, and nothing is said about it.
    expect(parts).toHaveLength(4);
  });

  test('are equal for the same evidence in any order', () => {
    fc.assert(
      fc.property(some, fc.infiniteStream(fc.nat()), (indexes, noise) => {
        const keyed = indexes.map((index) => [noise.next().value, index] as const);
        const shuffled = keyed.toSorted(([a], [b]) => a - b).map(([, index]) => index);
        const [given, other] = [indexes, shuffled].map((each) => partsOfVersion(PACK, pick(each), T0).entry);
        expect(given).toEqual(other);
      }),
      config,
    );
  });

  test('tie each piece of evidence to the artifact', () => {
    const { parts } = partsOfVersion(PACK, sampleEvidence(PACK), T0);
    const images = new Map(parts.map(({ bytes }) => [digestOf(bytes), bytes]));
    for (const { digest } of groupOf({ parts }).evidence) {
      const { subject, evidence } = decodeEvidenceImage(images.get(digest) ?? Buffer.alloc(0));
      expect(subject.digest).toBe(PACK.digest);
      expect(digests(parts)).toContain(evidence.digest);
    }
  });
});

describe('what evidence that comes later makes of a group', () => {
  test('is the same as if all had been there at once, in one step or several', () => {
    fc.assert(
      fc.property(some, some, (first, second) => {
        const whole = partsOfVersion(PACK, pick([...new Set([...first, ...second])]), T0).entry;
        const grown = partsOfGrowth(groupOf(partsOfVersion(PACK, pick(first), T0)), pick(second));
        expect(grown.pin).toEqual({ group: whole.group, groupSize: whole.groupSize });
        const again = partsOfGrowth(groupOf(grown), pick(second));
        expect(again.pin).toEqual(grown.pin);
      }),
      config,
    );
  });

  test('loses nothing that was there, and leaves the artifact what it is', () => {
    fc.assert(
      fc.property(some, some, (first, second) => {
        const before = groupOf(partsOfVersion(PACK, pick(first), T0));
        const after = groupOf(partsOfGrowth(before, pick(second)));
        const kept = new Set(after.evidence.map(({ digest }) => digest));
        expect(before.evidence.every(({ digest }) => kept.has(digest))).toBe(true);
        expect(after.artifact).toEqual(before.artifact);
      }),
      config,
    );
  });

  test('is refused beyond the most pieces that a group may hold', () => {
    const copies = (count: number) => Array.from({ length: count }, (_, n) => (POOL[0] ?? '') + ' '.repeat(n));
    const full = groupOf(partsOfVersion(PACK, copies(EVIDENCE_MAX_COUNT), T0));
    expect(full.evidence).toHaveLength(EVIDENCE_MAX_COUNT);
    expect(() => partsOfGrowth(full, copies(EVIDENCE_MAX_COUNT))).not.toThrow();
    expect(() => partsOfGrowth(full, copies(EVIDENCE_MAX_COUNT + 1))).toThrow(
      expect.objectContaining({ code: 'input/too-large' }),
    );
  });
});
