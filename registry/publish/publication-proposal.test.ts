import { canonicalize, type Statement, signStatement } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { EVIDENCE_TOTAL_MAX_BYTES } from '../artifact/evidence-image.ts';
import { approvalStatement } from '../evidence/approval-predicate.ts';
import { provenanceStatement } from '../evidence/provenance-predicate.ts';
import { publishStatement } from '../evidence/publish-predicate.ts';
import { KEYS, kitEvidence, publishEvidence, SampleRegistry, samplePack, trusted } from '../testing/sample-registry.ts';
import {
  decodePublication,
  evidenceOf,
  type ProposedPublication,
  type PublicationProposal,
  proposePublication,
  signPublication,
  withFurther,
} from './publication-proposal.ts';

const PACK = samplePack();
const OTHER = samplePack('6.6.6');
const { name, version, digest } = PACK;
const publication = publishStatement({ name, version, digest, kind: 'state', contract: 1 });
const build = { ...PACK, source: 'memory', materials: [], sbom: Buffer.from('') };
const provenance = provenanceStatement(build, { id: 'https://ci.example', version: {} });
const propose = (statements: Statement[] = [publication, provenance], evidence = [kitEvidence(PACK)]) =>
  proposePublication(PACK, { statements, evidence });
const signedBy = (...keys: { secretKey: string }[]) =>
  keys.reduce((proposed, { secretKey }) => signPublication(proposed, secretKey), propose());
/** What the next holder reads of it, on another machine. */
const sent = ({ proposal }: ProposedPublication) => decodePublication(Buffer.from(canonicalize(proposal)));
const changed = (change: (proposal: PublicationProposal) => object) => () => {
  const { proposal } = signedBy(KEYS.acme);
  return decodePublication(Buffer.from(JSON.stringify({ ...proposal, ...change(structuredClone(proposal)) })));
};
const refused = (code: string) => expect.objectContaining({ code });

describe('a proposed publication', () => {
  test('arrives with exactly the bytes that were built, and with everything that was signed', () => {
    const proposed = signedBy(KEYS.acme);
    const arrived = sent(proposed);
    expect(arrived.artifact).toEqual(PACK);
    expect(evidenceOf(arrived.proposal)).toEqual(evidenceOf(proposed.proposal));
    expect(evidenceOf(arrived.proposal)).toHaveLength(3);
  });

  test('is signed by one after the other, each saying the same, and by each once', () => {
    const second = signPublication(sent(signedBy(KEYS.acme)), KEYS.acmeSecond.secretKey);
    const again = signPublication(sent(second), KEYS.acme.secretKey);
    const signers = (all: ProposedPublication) => all.proposal.signatures.map(({ key }) => key.keyId).toSorted();
    expect(signers(again)).toEqual([KEYS.acme.keyId, KEYS.acmeSecond.keyId].toSorted());
    expect(evidenceOf(again.proposal).toSorted()).toEqual(evidenceOf(second.proposal).toSorted());
  });

  test('admits where two keys of a publisher have to sign, and not before both did', async () => {
    await using registry = await SampleRegistry.create();
    const keys = [trusted(KEYS.acme), trusted(KEYS.acmeSecond)];
    const trustRoot = { ...registry.trustRoot, publishers: [{ namespace: 'acme' as never, keys, threshold: 2 }] };
    const early = { version: '1.1.0', artifact: samplePack('1.1.0') };
    await registry.publish(early.artifact, [publishEvidence(early.artifact), kitEvidence(early.artifact)]);
    await expect(registry.install({ trustRoot, range: '1.1.0' })).rejects.toMatchObject({ code: 'trust/threshold' });
    const { artifact, proposal } = sent(signedBy(KEYS.acme, KEYS.acmeSecond));
    await registry.publish(artifact, evidenceOf(proposal));
    expect((await registry.install({ trustRoot, range: '1.0.0' })).artifact.digest).toBe(PACK.digest);
  });

  test('takes evidence of others on its way, about these bytes only', () => {
    const more = withFurther(propose(), [kitEvidence(PACK, KEYS.kitSecond)]);
    expect(evidenceOf(more.proposal)).toHaveLength(2);
    expect(() => withFurther(propose(), [kitEvidence(OTHER)])).toThrow(refused('trust/statement-mismatch'));
  });

  test.each<[string, Statement[]]>([
    ['nothing of what it is', [provenance]],
    ['twice what it is', [publication, publication]],
    [
      'that it is another version',
      [publishStatement({ name, version: OTHER.version, digest, kind: 'state', contract: 1 })],
    ],
    [
      'that other bytes are it',
      [publishStatement({ name, version, digest: OTHER.digest, kind: 'state', contract: 1 })],
    ],
    ['that it fills another slot', [publishStatement({ name, version, digest, kind: 'secrets', contract: 1 })]],
    ['that it speaks another contract', [publishStatement({ name, version, digest, kind: 'state', contract: 2 })]],
    ['what is an approver’s to say', [publication, approvalStatement({ name, version, digest, reason: 'Mine.' })]],
  ])('is not made when it says %s', (_, statements) => {
    expect(() => propose(statements)).toThrow(refused('trust/statement-mismatch'));
  });

  test.each<[string, string, (proposal: PublicationProposal) => object]>([
    ['other code', 'trust/statement-mismatch', ({ artifact }) => ({ artifact: { ...artifact, module: 'AAAA' } })],
    ['another README', 'trust/statement-mismatch', ({ artifact }) => ({ artifact: { ...artifact, readme: 'AAAA' } })],
    ['another description', 'pack/manifest-invalid', ({ artifact }) => ({ artifact: { ...artifact, config: 'AAAA' } })],
    ['a statement less', 'trust/statement-mismatch', ({ statements }) => ({ statements: statements.slice(0, 1) })],
    [
      'its statements in another order',
      'trust/statement-mismatch',
      ({ statements }) => ({ statements: statements.toReversed() }),
    ],
    [
      'a signature less',
      'trust/statement-mismatch',
      ({ signatures }) => ({ signatures: signatures.map((each) => ({ ...each, bundles: each.bundles.slice(1) })) }),
    ],
    [
      'the signature of another key under this one’s name',
      'trust/threshold',
      ({ signatures }) => ({ signatures: signatures.map((each) => ({ ...each, key: trusted(KEYS.acmeSecond) })) }),
    ],
    [
      'a signature that was tampered with',
      'trust/signature-invalid',
      ({ signatures }) => ({
        signatures: signatures.map((each) => ({ ...each, bundles: each.bundles.map((bundle) => tampered(bundle)) })),
      }),
    ],
    [
      'signatures of something else the key said',
      'trust/statement-mismatch',
      ({ signatures }) => ({
        signatures: signatures.map(({ key, bundles }) => {
          const approval = approvalStatement({ name, version, digest, reason: 'Fine.' });
          return { key, bundles: [...bundles.slice(1), signStatement(approval, KEYS.acme.secretKey)] };
        }),
      }),
    ],
    ['a report about other bytes', 'trust/statement-mismatch', () => ({ evidence: [kitEvidence(OTHER)] })],
    ['evidence that is none', 'trust/envelope-invalid', () => ({ evidence: ['{}'] })],
    [
      'more evidence than readers take',
      'input/too-large',
      () => ({
        evidence: [1, 2, 3].map((n) => kitEvidence(PACK) + ' '.repeat(Math.ceil(EVIDENCE_TOTAL_MAX_BYTES / 3) + n)),
      }),
    ],
    ['a field that nobody covers', 'input/invalid', () => ({ channels: ['latest/stable'] })],
    ['no statement', 'input/invalid', () => ({ statements: [] })],
    ['another schema', 'input/invalid', () => ({ schema: 'greentic.publication-proposal/2' })],
    ['bytes that are no base64', 'input/invalid', ({ artifact }) => ({ artifact: { ...artifact, module: '?' } })],
  ])('is not taken with %s', (_, code, change) => {
    expect(changed(change)).toThrow(refused(code));
  });

  test('is taken as it was sent, and refused when it is no JSON', () => {
    expect(changed(() => ({}))).not.toThrow();
    expect(() => decodePublication(Buffer.from('x'))).toThrow(refused('input/invalid'));
  });
});

function tampered(bundle: string): string {
  const value = JSON.parse(bundle) as { dsseEnvelope: { signatures: { sig: string }[] } };
  for (const signature of value.dsseEnvelope.signatures)
    signature.sig = Buffer.from(Buffer.from(signature.sig, 'base64').map((byte) => byte ^ 1)).toString('base64');
  return JSON.stringify(value);
}
