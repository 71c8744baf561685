import { signStatement } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { approvalStatement } from '../evidence/approval-predicate.ts';
import { openEnvelope } from '../evidence/envelope.ts';
import { provenanceStatement } from '../evidence/provenance-predicate.ts';
import { describeEvidence } from '../inspection/evidence-card.ts';
import {
  KEYS,
  kitEvidence,
  publishEvidence,
  SAMPLE,
  SampleRegistry,
  samplePack,
  T0,
  trusted,
} from '../testing/sample-registry.ts';
import { yank } from './offering.ts';
import { folderDesk, readPublished } from './published-version.ts';
import { reSign } from './re-signing.ts';

const PACK = samplePack();
const { name, version, digest } = PACK;
const NEXT = KEYS.acmeSecond;
const former = trusted(KEYS.acme);
const build = { ...PACK, source: 'memory', materials: [], sbom: Buffer.from('') };
const provenance = signStatement(
  provenanceStatement(build, { id: 'https://ci.example', version: {} }),
  KEYS.acme.secretKey,
);
const approval = signStatement(approvalStatement({ name, version, digest, reason: 'Mine.' }), KEYS.acme.secretKey);
const ALL = [publishEvidence(PACK), provenance, approval, kitEvidence(PACK, KEYS.acme), kitEvidence(PACK)];

async function published(evidence = ALL) {
  const registry = await SampleRegistry.create();
  await registry.publish(PACK, evidence);
  const read = () => readPublished(folderDesk(registry.folder), { name: SAMPLE, which: { version }, now: T0 });
  return { registry, read, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() };
}
const statementIn = (bundle: string) => Buffer.from(openEnvelope(bundle).payload).toString();

describe('signing a version again', () => {
  test('says with the next key what the former one said as its publisher, to the byte, and nothing else', async () => {
    await using site = await published();
    const signed = reSign(await site.read(), { former, next: NEXT });
    expect(signed.map(statementIn).toSorted()).toEqual([publishEvidence(PACK), provenance].map(statementIn).toSorted());
    const cards = signed.map((bundle) => describeEvidence(Buffer.from(bundle), { keys: [trusted(NEXT)] }));
    expect(cards.every(({ signature, signer }) => signature === 'holds' && signer === NEXT.keyId)).toBe(true);
  });

  test('is refused for a key that did not publish it, whatever else that signed', async () => {
    await using site = await published();
    const present = await site.read();
    for (const key of [KEYS.stranger, KEYS.kit])
      expect(() => reSign(present, { former: trusted(key), next: NEXT })).toThrow(
        expect.objectContaining({ code: 'trust/threshold' }),
      );
  });

  test('takes no statement that only bears the former key’s name', async () => {
    const bundle = JSON.parse(publishEvidence(PACK, KEYS.stranger));
    bundle.verificationMaterial = { publicKey: { hint: former.keyId } };
    bundle.dsseEnvelope.signatures = [{ ...bundle.dsseEnvelope.signatures[0], keyid: former.keyId }];
    await using site = await published([JSON.stringify(bundle), provenance]);
    const version = await site.read();
    expect(() => reSign(version, { former, next: NEXT })).toThrow(expect.objectContaining({ code: 'trust/threshold' }));
  });

  test('is refused for other bytes than are meant, and for a version that was taken back', async () => {
    await using site = await published();
    const meant = samplePack('6.6.6').digest;
    const present = await site.read();
    expect(() => reSign(present, { former, next: NEXT, digest: meant })).toThrow(
      expect.objectContaining({ code: 'trust/statement-mismatch' }),
    );
    await yank(site.registry.folder, { name, version, reason: 'Stolen key.', ...site.registry.keys });
    const taken = await site.read();
    expect(() => reSign(taken, { former, next: NEXT })).toThrow(expect.objectContaining({ code: 'pack/yanked' }));
  });
});
