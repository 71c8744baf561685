import { type ArtifactName, type Digest, statementAbout, type Version } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { APPROVAL_PREDICATE, approvalStatement } from './approval-predicate.ts';
import { readAttestation } from './attestation.ts';
import { CONFORMANCE_PREDICATE, conformanceStatement } from './conformance-predicate.ts';
import { PROVENANCE_PREDICATE } from './provenance-predicate.ts';
import { PUBLISH_PREDICATE, publishStatement } from './publish-predicate.ts';
import { SBOM_PREDICATE } from './sbom-predicate.ts';

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
const approved = approvalStatement({ name, version: '1.2.3' as Version, digest, reason: 'Read it all.' });
const built = statementAbout({ name, digest }, PROVENANCE_PREDICATE, {
  buildDefinition: { buildType: 'https://example.com/build', externalParameters: {}, internalParameters: {} },
  runDetails: { builder: { id: 'https://example.com/builder', builderDependencies: [] }, byproducts: [] },
});
const listed = statementAbout({ name, digest }, SBOM_PREDICATE, {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  metadata: { component: { type: 'application', name, version: '1.2.3', author: 'me' }, tools: {} },
  vulnerabilities: [],
});
const code = (value: string) => expect.objectContaining({ code: value });

describe('reading a statement', () => {
  test.each([
    [PUBLISH_PREDICATE, published],
    [CONFORMANCE_PREDICATE, reported],
    [APPROVAL_PREDICATE, approved],
    [`${PROVENANCE_PREDICATE} with fields of another builder`, built],
    [`${SBOM_PREDICATE} with fields of another tool`, listed],
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

  test.each([
    ['an approval without a reason', { ...approved, predicate: { name, version: '1.2.3', reason: '' } }],
    ['an approval with control characters', { ...approved, predicate: { ...approved.predicate, reason: '\u001b[2J' } }],
    ['an approval with an unknown field', { ...approved, predicate: { ...approved.predicate, until: 'then' } }],
    ['provenance without a builder', { ...built, predicate: { ...built.predicate, runDetails: {} } }],
    ['provenance without a build type', { ...built, predicate: { ...built.predicate, buildDefinition: {} } }],
    ['a list of another format', { ...listed, predicate: { ...listed.predicate, bomFormat: 'SPDX' } }],
    ['a list of a version nobody knows', { ...listed, predicate: { ...listed.predicate, specVersion: '9.9' } }],
    ['a list of nothing', { ...listed, predicate: { ...listed.predicate, metadata: {} } }],
    ['a list whose components are none', { ...listed, predicate: { ...listed.predicate, components: [1] } }],
  ])('%s is refused', (_, statement) => {
    expect(() => readAttestation(statement)).toThrow(code('trust/envelope-invalid'));
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
