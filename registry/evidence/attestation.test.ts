import { type ArtifactName, type Digest, statementAbout, type Version } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { readAttestation } from './attestation.ts';
import { CONFORMANCE_PREDICATE, conformanceStatement } from './conformance-predicate.ts';
import { PUBLISH_PREDICATE, publishStatement } from './publish-predicate.ts';

const name = 'acme.state.redis' as ArtifactName;
const digest = `sha256:${'ab'.repeat(32)}` as Digest;
const published = publishStatement({ name, version: '1.2.3' as Version, kind: 'state', contract: 1, digest });
const reported = conformanceStatement({
  name,
  digest,
  passed: true,
  report: { schema: 'x', checks: [] },
  passedTests: ['STA-01'],
  failedTests: [],
});
const code = (value: string) => expect.objectContaining({ code: value });

describe('reading a statement', () => {
  test.each([
    [PUBLISH_PREDICATE, published],
    [CONFORMANCE_PREDICATE, reported],
  ])('of type %s gives it back whole', (_, statement) => {
    expect(readAttestation(statement)).toEqual(statement);
  });

  test('a conformance statement carries its report by digest and by content', () => {
    const [resource] = reported.predicate['configuration'] as { content: string; digest: { sha256: string } }[];
    expect(JSON.parse(Buffer.from(resource?.content ?? '', 'base64').toString())).toEqual({ schema: 'x', checks: [] });
    expect(resource?.digest.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('a predicate nobody here knows is refused, though its signer is trusted', () => {
    const unknown = statementAbout({ name, digest }, 'https://example.com/opinion/v1', { fine: true });
    expect(() => readAttestation(unknown)).toThrow(code('trust/envelope-invalid'));
  });

  test.each([
    ['an unknown field', { ...published.predicate, note: 'hello' }],
    ['a missing field', { name, version: '1.2.3' }],
    ['a version that is none', { ...published.predicate, version: 'latest' }],
    ['a contract below 1', { ...published.predicate, contract: 0 }],
    ['a slot that is none', { ...published.predicate, kind: 'network' }],
  ])('a publication with %s is refused', (_, predicate) => {
    expect(() => readAttestation({ ...published, predicate })).toThrow(code('trust/envelope-invalid'));
  });

  test('one predicate under the type of another is refused', () => {
    expect(() => readAttestation({ ...published, predicateType: CONFORMANCE_PREDICATE })).toThrow(
      code('trust/envelope-invalid'),
    );
  });

  test('a subject that is no name of an artifact is refused', () => {
    const subject = [{ name: '../etc', digest: { sha256: 'ab'.repeat(32) } }];
    expect(() => readAttestation({ ...published, subject })).toThrow(code('trust/envelope-invalid'));
  });
});
