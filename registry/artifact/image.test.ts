import { canonicalize, digestOf } from '@greentic/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { samplePack } from '../testing/sample-registry.ts';
import { assertPinned, type Descriptor, describeBytes, pinOf } from './descriptor.ts';
import { decodeEvidenceImage, encodeEvidenceImage } from './evidence-image.ts';
import { decodeGroup, EVIDENCE_MAX_COUNT, encodeGroup } from './group.ts';
import { MEDIA_TYPES } from './media-type.ts';
import { decodePackImage, MODULE_MAX_BYTES } from './pack-image.ts';
import { verifyArtifact } from './verified-artifact.ts';

const pack = samplePack();
const EVIDENCE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const descriptor: Descriptor = {
  mediaType: MEDIA_TYPES.imageManifest,
  digest: digestOf('x'),
  size: 1,
  artifactType: MEDIA_TYPES.artifact,
};
const evidenceOf = (text: string): Descriptor => ({
  ...descriptor,
  digest: digestOf(text),
  artifactType: EVIDENCE_TYPE,
});

/** The canonical JSON of a document with some of it replaced. */
function edited(bytes: Uint8Array, changes: Record<string, unknown>): Uint8Array {
  return Buffer.from(canonicalize({ ...JSON.parse(Buffer.from(bytes).toString()), ...changes }));
}

describe('a pin', () => {
  test('holds for the bytes it was taken of and no others', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 64 }), (bytes, other) => {
        const pin = pinOf(bytes);
        expect(assertPinned(bytes, pin, 'It')).toBe(bytes);
        if (Buffer.compare(bytes, other) === 0) return;
        const code = bytes.byteLength === other.byteLength ? 'blob/digest-mismatch' : 'blob/size-mismatch';
        expect(() => assertPinned(other, pin, 'It')).toThrow(expect.objectContaining({ code }));
      }),
    );
  });
});

describe('an image manifest', () => {
  test.each([
    ['no layers', { layers: [] }],
    ['a first layer that is no module', { layers: [describeBytes(MEDIA_TYPES.readme, pack.module)] }],
    ['a config of another kind', { config: describeBytes(MEDIA_TYPES.empty, pack.config) }],
    ['another artifact type', { artifactType: 'application/x' }],
    ['a field nobody knows', { subject: descriptor }],
    [
      'a module that is too large',
      { layers: [{ mediaType: MEDIA_TYPES.module, digest: digestOf(''), size: MODULE_MAX_BYTES + 1 }] },
    ],
    [
      'a digest in another algorithm',
      { config: { ...describeBytes(MEDIA_TYPES.packConfig, pack.config), digest: 'md5:00' } },
    ],
    ['a negative size', { config: { ...describeBytes(MEDIA_TYPES.packConfig, pack.config), size: -1 } }],
  ])('with %s is refused with artifact/invalid', (_, changes) => {
    expect(() => decodePackImage(edited(pack.image, changes))).toThrow(
      expect.objectContaining({ code: 'artifact/invalid' }),
    );
  });
});

describe('an artifact', () => {
  const { name, version, digest, image, config, module } = pack;
  const claim = { name, version, digest, kind: 'state', contract: 1 } as const;

  test('verifies when every byte is the one its identity names', () => {
    expect(verifyArtifact(claim, { image, config, module })).toMatchObject({ name, version, digest });
  });

  test.each(['image', 'config', 'module'] as const)('with another %s is refused', (part) => {
    const bytes = { image, config, module, [part]: Buffer.concat([pack[part]]) };
    bytes[part][3] = (bytes[part][3] ?? 0) ^ 1;
    expect(() => verifyArtifact(claim, bytes)).toThrow(expect.objectContaining({ code: 'blob/digest-mismatch' }));
  });

  test.each([
    { name: 'acme.state.other' as typeof name },
    { version: '2.0.0' as typeof version },
    { kind: 'secrets' as const },
    { contract: 2 },
    { contract: undefined },
  ])('that is claimed to be something else, %o, is refused with artifact/invalid', (changes) => {
    expect(() => verifyArtifact({ ...claim, ...changes }, { image, config, module })).toThrow(
      expect.objectContaining({ code: 'artifact/invalid' }),
    );
  });

  test('whose description is of another media type, or whose module is not UTF-8, is refused with artifact/invalid', () => {
    const bundle = edited(image, { config: describeBytes(MEDIA_TYPES.bundleConfig, config) });
    const latin = Buffer.from([0xff, 0xfe]);
    const binary = edited(image, { layers: [describeBytes(MEDIA_TYPES.module, latin)] });
    const attempts = [
      { image: bundle, config, module },
      { image: binary, config, module: latin },
    ];
    for (const bytes of attempts) {
      expect(() => verifyArtifact({ ...claim, digest: digestOf(bytes.image) }, bytes)).toThrow(
        expect.objectContaining({ code: 'artifact/invalid' }),
      );
    }
  });
});

describe('a group', () => {
  test('has one digest, in whatever order its evidence comes and however often', () => {
    const all = ['a', 'b', 'c'].map(evidenceOf);
    const bytes = encodeGroup({ artifact: descriptor, evidence: all });
    expect(encodeGroup({ artifact: descriptor, evidence: [...all.toReversed(), ...all] })).toEqual(bytes);
    expect(decodeGroup(bytes).artifact).toEqual(descriptor);
    expect(decodeGroup(bytes).evidence).toHaveLength(3);
  });

  test('with members that are no evidence, or none at all, is refused with artifact/invalid', () => {
    const bytes = encodeGroup({ artifact: descriptor, evidence: [] });
    for (const manifests of [[], [descriptor, { ...descriptor, artifactType: 'application/x' }]]) {
      expect(() => decodeGroup(edited(bytes, { manifests }))).toThrow(
        expect.objectContaining({ code: 'artifact/invalid' }),
      );
    }
  });

  test('with too much evidence is refused with input/too-large, and by readers with artifact/invalid', () => {
    const evidence = Array.from({ length: EVIDENCE_MAX_COUNT + 1 }, (_, i) => evidenceOf(`${i}`));
    expect(() => encodeGroup({ artifact: descriptor, evidence })).toThrow(
      expect.objectContaining({ code: 'input/too-large' }),
    );
    const bytes = encodeGroup({ artifact: descriptor, evidence: [] });
    expect(() => decodeGroup(edited(bytes, { manifests: [descriptor, ...evidence] }))).toThrow(
      expect.objectContaining({ code: 'artifact/invalid' }),
    );
  });
});

describe('an evidence manifest', () => {
  test('leads to the evidence and to what it is about', () => {
    const bytes = Buffer.from('{"bundle":1}');
    expect(decodeEvidenceImage(encodeEvidenceImage(bytes, descriptor))).toMatchObject({
      evidence: pinOf(bytes),
      subject: descriptor,
    });
  });

  test.each([
    ['no subject', { subject: undefined }],
    ['two layers', { layers: [descriptor, descriptor] }],
    ['evidence that is too large', { layers: [{ ...descriptor, size: 2 ** 30 }] }],
    ['another artifact type', { artifactType: 'application/x' }],
  ])('with %s is refused with artifact/invalid', (_, changes) => {
    const bytes = encodeEvidenceImage(Buffer.from('{}'), descriptor);
    expect(() => decodeEvidenceImage(edited(bytes, changes))).toThrow(
      expect.objectContaining({ code: 'artifact/invalid' }),
    );
  });

  test('hostile JSON is refused with artifact/invalid by every reader', () => {
    const hostile = [
      '',
      '[',
      'null',
      '[]',
      '{"__proto__":{}}',
      `${'['.repeat(100)}${']'.repeat(100)}`,
      '\u{fffd}'.repeat(200_000),
    ];
    for (const read of [decodePackImage, decodeGroup, decodeEvidenceImage]) {
      for (const text of hostile)
        expect(() => read(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'artifact/invalid' }));
    }
  });
});
