import { signStatement, type TrustedIdentity, type TrustRoot } from '@greentic/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { approvalStatement } from '../evidence/approval-predicate.ts';
import { publishStatement } from '../evidence/publish-predicate.ts';
import { sampleCase } from '../testing/sample-case.ts';
import { KEYS, kitEvidence, publishEvidence, samplePack, trusted } from '../testing/sample-registry.ts';
import { type KeylessOptions, SigstoreSample } from '../testing/sigstore-sample.ts';
import { admit } from './admission.ts';

const pack = samplePack();
const { name, version, digest } = pack;
const statement = publishStatement({ name, version, digest, kind: 'state', contract: 1 });
const approval = approvalStatement({ name, version, digest, reason: 'We looked at it.' });
const WORKFLOW = '1.3.6.1.4.1.57264.1.9';
const ci: TrustedIdentity = {
  issuer: 'https://issuer.example',
  subjectAlternativeName: 'https://ci.example/acme/packs',
  trustedRoot: 'sample',
};

let sigstore: SigstoreSample;
beforeAll(async () => {
  sigstore = await SigstoreSample.create();
});

const keyless = async (options: KeylessOptions = {}) => JSON.stringify(await sigstore.sign(statement, options));

/** Rules that refuse the sample pack, with these publishers and this evidence beside the lab's report. */
function refusals(
  publisher: Partial<TrustRoot['publishers'][number]>,
  evidence: string[],
  trust: Partial<TrustRoot> = {},
) {
  const publishers = [{ namespace: 'acme', keys: [], threshold: 1, ...publisher }];
  const { rules } = admit(
    sampleCase({
      evidence: [...evidence, kitEvidence(pack)],
      trust: { publishers, trustedRoots: [sigstore.trustedRoot()], ...trust },
    }),
  );
  return rules.flatMap((rule) => (rule.verdict === 'refuse' ? [`${rule.id} ${rule.code}`] : []));
}

describe('an identity among the publishers', () => {
  test('admits what it signed', async () => {
    expect(refusals({ identities: [ci] }, [await keyless()])).toEqual([]);
  });

  test('counts beside a key, and once however often it signs', async () => {
    const both = { keys: [trusted(KEYS.acme)], identities: [ci], threshold: 2 };
    expect(refusals(both, [await keyless(), publishEvidence(pack)])).toEqual([]);
    expect(refusals(both, [await keyless(), await keyless()])).toEqual(['publisher/threshold trust/threshold']);
  });

  test('is a stranger under any other name, and a broken witness when its certificate does not hold', async () => {
    const other = await keyless({ subjectAlternativeName: 'https://ci.example/acme/packs2' });
    expect(refusals({ identities: [ci] }, [other])).toEqual(['publisher/threshold trust/threshold']);
    const late = await keyless({ minutesLater: 60 });
    expect(refusals({ identities: [ci] }, [await keyless(), late])).toEqual([
      'evidence/sound trust/certificate-invalid',
    ]);
  });

  test('is not a publisher because a lab trusts the same person with fewer conditions', async () => {
    const strict = { ...ci, extensions: { [WORKFLOW]: 'https://ci.example/acme/packs/release' } };
    const conformance = { keys: [trusted(KEYS.kit)], identities: [ci], threshold: 1 };
    expect(refusals({ identities: [strict] }, [await keyless()], { conformance })).toEqual([
      'publisher/threshold trust/threshold',
    ]);
    const extensions = [{ oid: WORKFLOW, value: 'https://ci.example/acme/packs/release' }];
    expect(refusals({ identities: [strict] }, [await keyless({ extensions })], { conformance })).toEqual([]);
  });

  test('does not approve what it published itself', async () => {
    const approvals = { requiredEvidence: { approval: 1 } };
    const approvers = { keys: [], identities: [ci], threshold: 1 };
    const approved = JSON.stringify(await sigstore.sign(approval));
    const trust = { approvers, policy: approvals };
    expect(refusals({ identities: [ci] }, [await keyless(), approved], trust)).toEqual([
      'approval/threshold trust/approval-missing',
    ]);
    expect(refusals({ keys: [trusted(KEYS.acme)] }, [publishEvidence(pack), approved], trust)).toEqual([]);
  });

  test('signs nothing a key has to sign', () => {
    expect(refusals({ identities: [ci] }, [signStatement(statement, KEYS.acme.secretKey)])).toEqual([
      'publisher/threshold trust/threshold',
    ]);
  });
});
