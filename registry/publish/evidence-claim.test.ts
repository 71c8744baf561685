import { type Statement, signStatement } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { approvalStatement } from '../evidence/approval-predicate.ts';
import { KEYS, kitEvidence, publishEvidence, samplePack } from '../testing/sample-registry.ts';
import { assertAbout } from './evidence-claim.ts';

const PACK = samplePack();
const OTHER = samplePack('2.0.0');
const signed = (statement: Statement) => signStatement(statement, KEYS.stranger.secretKey);
const approval = (changes: object = {}) =>
  approvalStatement({ ...PACK, reason: 'Reviewed.', ...pick(PACK), ...changes });
const pick = ({ name, version, digest }: typeof PACK) => ({ name, version, digest });

describe('evidence about an artifact', () => {
  test.each([
    ['a publication', publishEvidence(PACK)],
    ['a report', kitEvidence(PACK)],
    ['an approval', signed(approvalStatement({ ...pick(PACK), reason: 'Reviewed.' }))],
    ['a publication of a key that nobody here knows', publishEvidence(PACK, KEYS.stranger)],
  ])('may be %s', (_, evidence) => {
    expect(() => assertAbout(evidence, PACK)).not.toThrow();
  });

  test.each([
    ['other bytes', publishEvidence(OTHER)],
    ['the same bytes under another version', publishEvidence(PACK, KEYS.acme, { version: '2.0.0' })],
    [
      'the same bytes under another version, approved',
      signed(approvalStatement({ ...pick(PACK), ...{ version: OTHER.version }, reason: 'Reviewed.' })),
    ],
    ['other bytes under its version', publishEvidence(PACK, KEYS.acme, { digest: OTHER.digest })],
    ['other bytes, conformant', kitEvidence(OTHER)],
  ])('is not about %s', (_, evidence) => {
    expect(() => assertAbout(evidence, PACK)).toThrow(expect.objectContaining({ code: 'trust/statement-mismatch' }));
  });

  const bundle = JSON.parse(publishEvidence(PACK)) as { dsseEnvelope: { signatures: object[] } };
  const { dsseEnvelope } = bundle;
  test.each([
    ['no JSON', 'x'],
    ['a bundle without an envelope', JSON.stringify({ ...bundle, dsseEnvelope: undefined })],
    ['a bundle of another form', JSON.stringify({ ...bundle, mediaType: 'application/json' })],
    [
      'an envelope that two signed',
      JSON.stringify({
        ...bundle,
        dsseEnvelope: { ...dsseEnvelope, signatures: [...dsseEnvelope.signatures, ...dsseEnvelope.signatures] },
      }),
    ],
    [
      'an envelope of something else',
      JSON.stringify({ ...bundle, dsseEnvelope: { ...dsseEnvelope, payloadType: 'text/plain' } }),
    ],
    ['a statement of a kind nobody here reads', signed({ ...approval(), predicateType: 'https://example.com/v1' })],
    ['an approval without a reason', signed({ ...approval(), predicate: pick(PACK) })],
  ])('is not %s', (_, evidence) => {
    expect(() => assertAbout(evidence, PACK)).toThrow(expect.objectContaining({ code: 'trust/envelope-invalid' }));
  });
});
