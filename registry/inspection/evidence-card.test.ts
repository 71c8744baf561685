import { type Statement, signStatement } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { approvalStatement } from '../evidence/approval-predicate.ts';
import { provenanceStatement } from '../evidence/provenance-predicate.ts';
import { SBOM_PREDICATE } from '../evidence/sbom-predicate.ts';
import { KEYS, kitEvidence, publishEvidence, samplePack, trusted } from '../testing/sample-registry.ts';
import { describeEvidence } from './evidence-card.ts';

const PACK = samplePack();
const { name, version, digest } = PACK;
const ACME = { keys: [trusted(KEYS.acme)] };
const signed = (statement: Statement) => signStatement(statement, KEYS.acme.secretKey);
const card = (evidence: string, believed?: typeof ACME) => describeEvidence(Buffer.from(evidence), believed);
const build = { ...PACK, source: 'memory', materials: [], sbom: Buffer.from('') };
const component = { type: 'application', name, version };
const approval = approvalStatement({ name, version, digest, reason: 'Reviewed.' });
const sbom = { bomFormat: 'CycloneDX', specVersion: '1.6', metadata: { component }, components: [component] };

describe('a piece of evidence', () => {
  test.each([
    ['publish', publishEvidence(PACK), `${name}@1.0.0`],
    ['conformance', kitEvidence(PACK, KEYS.acme), 'conformant'],
    [
      'provenance',
      signed(provenanceStatement(build, { id: 'https://ci.example', version: {} })),
      'built by https://ci.example',
    ],
    ['sbom', signed({ ...approval, predicateType: SBOM_PREDICATE, predicate: sbom }), '1 packages'],
    ['approval', signed(approval), 'Reviewed.'],
  ])('of the kind %s is told with who signed it and what it says', (kind, evidence, says) => {
    expect(card(evidence)).toMatchObject({
      kind,
      says,
      signer: KEYS.acme.keyId,
      subject: { name, digest },
      signature: 'not checked',
      size: Buffer.byteLength(evidence),
    });
  });

  test('that says a pack is not conformant is told as such', () => {
    const { payload, ...envelope } = JSON.parse(kitEvidence(PACK)).dsseEnvelope as { payload: string };
    const statement = JSON.parse(Buffer.from(payload, 'base64').toString()) as Statement;
    const failed = { ...statement, predicate: { ...statement.predicate, result: 'FAILED' } };
    expect(envelope).toBeDefined();
    expect(card(signed(failed)).says).toBe('not conformant');
  });

  test('has a signature that holds only for who is believed; of anybody else it is a stranger’s', () => {
    expect(card(publishEvidence(PACK), ACME)).toMatchObject({ signature: 'holds', signer: KEYS.acme.keyId });
    expect(card(publishEvidence(PACK, KEYS.stranger), ACME)).toMatchObject({
      signature: 'stranger',
      signer: KEYS.stranger.keyId,
    });
  });

  test('that bears a believed name and does not verify is broken, with the code', () => {
    const bundle = JSON.parse(publishEvidence(PACK));
    const [signature] = bundle.dsseEnvelope.signatures as [{ sig: string }];
    const bytes = Buffer.from(signature.sig, 'base64');
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    signature.sig = bytes.toString('base64');
    expect(card(JSON.stringify(bundle), ACME)).toMatchObject({ signature: 'broken', code: 'trust/signature-invalid' });
  });

  test('that no registry would take is refused', () => {
    for (const evidence of ['', '{}', signed({ ...approval, predicateType: 'https://example.com/v1' })])
      expect(() => card(evidence)).toThrow(expect.objectContaining({ code: 'trust/envelope-invalid' }));
  });
});
