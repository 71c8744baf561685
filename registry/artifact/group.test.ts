import { digestOf, EVIDENCE_MEDIA_TYPE } from '@greentic/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Descriptor, describeBytes, INLINE_MAX_BYTES, inlineBytes, withInline } from './descriptor.ts';
import { decodeGroup, EVIDENCE_MAX_COUNT, encodeGroup, GROUP_MAX_BYTES } from './group.ts';
import { MEDIA_TYPES } from './media-type.ts';
import { npmPurl } from './npm-purl.ts';

const bytesOf = (size: number, fill: number) => Buffer.alloc(size, fill);
const artifactOf = (size: number): Descriptor => ({
  ...withInline(describeBytes(MEDIA_TYPES.imageManifest, bytesOf(size, 255)), bytesOf(size, 255)),
  artifactType: MEDIA_TYPES.artifact,
});
const evidenceOf = (size: number, fill: number): Descriptor => ({
  ...withInline(describeBytes(MEDIA_TYPES.imageManifest, bytesOf(size, fill)), bytesOf(size, fill)),
  artifactType: EVIDENCE_MEDIA_TYPE,
});

describe('what a descriptor carries', () => {
  test('is the bytes it describes, up to 64 KiB, and nothing above', () => {
    for (const size of [0, 1, INLINE_MAX_BYTES]) {
      const described = withInline(describeBytes('a/b', bytesOf(size, 7)), bytesOf(size, 7));
      expect(inlineBytes(described)).toEqual(bytesOf(size, 7));
    }
    const large = bytesOf(INLINE_MAX_BYTES + 1, 7);
    expect(inlineBytes(withInline(describeBytes('a/b', large), large))).toBeUndefined();
  });

  test('is taken away again where it is too large for its place', () => {
    const small = artifactOf(10);
    expect(withInline(small, bytesOf(10, 255), 9)).not.toHaveProperty('data');
    expect(withInline(small, bytesOf(10, 255), 10)).toEqual(small);
  });
});

describe('a group', () => {
  test('can be read back whatever its members carry, and says the same of each', () => {
    const pieces = fc.array(fc.nat({ max: INLINE_MAX_BYTES }), { maxLength: EVIDENCE_MAX_COUNT });
    fc.assert(
      fc.property(fc.nat({ max: INLINE_MAX_BYTES }), pieces, (size, sizes) => {
        const artifact = artifactOf(size);
        const evidence = sizes.map((each, i) => evidenceOf(each, i));
        const bytes = encodeGroup({ artifact, evidence });
        expect(bytes.byteLength).toBeLessThanOrEqual(GROUP_MAX_BYTES);
        const read = decodeGroup(bytes);
        const bare = ({ data: _, ...rest }: Descriptor) => rest;
        expect(bare(read.artifact)).toEqual(bare(artifact));
        const unique = [...new Map(evidence.map((each) => [each.digest, bare(each)])).values()];
        expect(read.evidence.map(bare)).toEqual(unique.toSorted((a, b) => (a.digest < b.digest ? -1 : 1)));
      }),
      { numRuns: 30 },
    );
  });

  test('that is full carries the artifact before any evidence, and evidence that still has room after a piece that had none', () => {
    const evidence = [1, 2, 3].map((fill) => evidenceOf(50_000, fill));
    const small = evidenceOf(10, 4);
    const read = decodeGroup(encodeGroup({ artifact: artifactOf(INLINE_MAX_BYTES), evidence: [...evidence, small] }));
    expect(read.artifact).toHaveProperty('data');
    expect(read.evidence.filter(({ data }) => data !== undefined).map(({ size }) => size)).toContain(10);
    expect(read.evidence.some(({ data }) => data === undefined)).toBe(true);
  });

  test('keeps the last word on a piece that is named twice', () => {
    const { data: _, ...bare } = evidenceOf(10, 1);
    const read = decodeGroup(encodeGroup({ artifact: artifactOf(1), evidence: [evidenceOf(10, 1), bare] }));
    expect(read.evidence).toEqual([bare]);
  });

  test.each<[what: string, edit: (group: { [name: string]: unknown; manifests: Descriptor[] }) => unknown]>([
    ['of another version', (group) => (group['schemaVersion'] = 1)],
    ['of another media type', (group) => (group['mediaType'] = MEDIA_TYPES.imageManifest)],
    ['of another kind', (group) => (group['artifactType'] = EVIDENCE_MEDIA_TYPE)],
    ['with annotations', (group) => (group['annotations'] = {})],
    ['with a field nobody knows in a member', ({ manifests }) => Object.assign(manifests[0] ?? {}, { platform: {} })],
    ['with a member of no kind', ({ manifests }) => delete (manifests[1] as Partial<Descriptor>).artifactType],
    [
      'with a member that says where to get it',
      ({ manifests }) => Object.assign(manifests[1] ?? {}, { urls: ['http://x'] }),
    ],
    ['with a member that carries no base64', ({ manifests }) => Object.assign(manifests[1] ?? {}, { data: '*' })],
    [
      'with a member that carries too much',
      ({ manifests }) => Object.assign(manifests[1] ?? {}, { data: 'A'.repeat(87_388) }),
    ],
    ['with a member of half a byte', ({ manifests }) => Object.assign(manifests[1] ?? {}, { size: 0.5 })],
  ])('%s is refused with artifact/invalid', (_, edit) => {
    const group = JSON.parse(
      Buffer.from(encodeGroup({ artifact: artifactOf(1), evidence: [evidenceOf(1, 1)] })).toString(),
    );
    const decoding = () => decodeGroup(Buffer.from(JSON.stringify(group)));
    expect(decoding).not.toThrow();
    edit(group);
    expect(decoding).toThrow(expect.objectContaining({ code: 'artifact/invalid' }));
  });

  test('that names a member’s digest twice is refused: the one that was checked may be the other', () => {
    const text = Buffer.from(encodeGroup({ artifact: artifactOf(1), evidence: [] })).toString();
    const twice = text.replace('"digest":', `"digest":"${digestOf('other')}","digest":`);
    expect(() => decodeGroup(Buffer.from(twice))).toThrow(expect.objectContaining({ code: 'artifact/invalid' }));
  });
});

test.each([
  ['zod', '4.0.0', 'pkg:npm/zod@4.0.0'],
  ['@acme/kit', '1.0.0', 'pkg:npm/%40acme/kit@1.0.0'],
  ['a.b_c', '1.0.0-rc.1', 'pkg:npm/a.b_c@1.0.0-rc.1'],
])('the package %s %s is %s for other tools', (name, version, purl) => {
  expect(npmPurl(name, version)).toBe(purl);
});
