import type { Digest, Version } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { APPROVAL_PREDICATE } from '../evidence/approval-predicate.ts';
import { verifyEvidence } from '../evidence/verified-statement.ts';
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
import { approve } from './approval.ts';
import { yank } from './offering.ts';
import { attachEvidence } from './publication.ts';
import { folderDesk, type PublishedVersion, readPublished } from './published-version.ts';
import { delegateRevocations, revoke } from './revocation.ts';

const PACK = samplePack();
const ADA = KEYS.acmeSecond;
const order = { name: SAMPLE, version: PACK.version };

async function published(evidence?: readonly string[]) {
  const registry = await SampleRegistry.create();
  await registry.publish(PACK, evidence && [...evidence]);
  return registry;
}
const read = (registry: SampleRegistry, version = PACK.version): Promise<PublishedVersion> =>
  readPublished(folderDesk(registry.folder), { name: SAMPLE, which: { version }, now: T0 });
const approvedBy = async (registry: SampleRegistry, key = ADA, changes: object = {}) =>
  approve(await read(registry), { key, reason: 'Reviewed.', ...changes });

/** An environment that asks for approvals of Ada and Bob. */
function asking(registry: SampleRegistry, approval: number) {
  const approvers = { keys: [trusted(ADA), trusted(KEYS.kitSecond)], threshold: 1 };
  return { trustRoot: { ...registry.trustRoot, approvers, policy: { requiredEvidence: { approval } } } };
}

describe('an approval', () => {
  test('is about exactly the bytes that are published, and says why', async () => {
    await using registry = await published();
    const { statement } = verifyEvidence(await approvedBy(registry), { keys: [trusted(ADA)] });
    expect(statement).toMatchObject({
      subject: [{ name: SAMPLE, digest: { sha256: PACK.digest.slice('sha256:'.length) } }],
      predicateType: APPROVAL_PREDICATE,
      predicate: { ...order, reason: 'Reviewed.' },
    });
  });

  test('admits where a policy asks for it, and each approver counts once', async () => {
    await using registry = await published();
    const attach = (evidence: string) =>
      attachEvidence(registry.folder, { ...order, evidence: [evidence], ...registry.keys });
    await expect(registry.install(asking(registry, 1))).rejects.toMatchObject({ code: 'trust/approval-missing' });
    await attach(await approvedBy(registry));
    expect((await registry.install(asking(registry, 1))).artifact.digest).toBe(PACK.digest);
    await attach(await approvedBy(registry, ADA, { reason: 'Reviewed again.' }));
    await expect(registry.install(asking(registry, 2))).rejects.toMatchObject({ code: 'trust/approval-missing' });
    await attach(await approvedBy(registry, KEYS.kitSecond));
    expect((await registry.install(asking(registry, 2))).artifact.digest).toBe(PACK.digest);
  });

  test('of a digest that was looked at is refused for any other', async () => {
    await using registry = await published();
    await expect(approvedBy(registry, ADA, { digest: PACK.digest })).resolves.toContain('dsseEnvelope');
    const digest = samplePack('1.0.1').digest as Digest;
    await expect(approvedBy(registry, ADA, { digest })).rejects.toMatchObject({ code: 'trust/statement-mismatch' });
  });

  test('of a version that was taken back is refused, until it is offered again', async () => {
    await using registry = await published();
    await yank(registry.folder, { ...order, reason: 'Wrong build.', ...registry.keys });
    await expect(approvedBy(registry)).rejects.toMatchObject({ code: 'pack/yanked' });
    await yank(registry.folder, { ...order, reason: undefined, ...registry.keys });
    await expect(approvedBy(registry)).resolves.toContain('dsseEnvelope');
  });

  test('of bytes that the registry revoked is refused', async () => {
    await using registry = await published();
    const { registryKeys, folder } = registry;
    const signing = { revokerKeys: [KEYS.stranger.secretKey], registryKeys, now: T0 };
    await delegateRevocations(folder, { threshold: 1, ...signing });
    await revoke(folder, { revocation: { ...order, severity: 'high', reason: 'Leaks.' }, ...signing });
    await expect(approvedBy(registry)).rejects.toMatchObject({ code: 'pack/revoked' });
  });

  test('is refused to every key that published the version', async () => {
    await using registry = await published([publishEvidence(PACK), publishEvidence(PACK, ADA), kitEvidence(PACK)]);
    for (const key of [KEYS.acme, ADA])
      await expect(approvedBy(registry, key)).rejects.toMatchObject({ code: 'trust/threshold' });
    // A lab that vouched for the kit has published nothing.
    await expect(approvedBy(registry, KEYS.kit)).resolves.toContain('dsseEnvelope');
  });

  test('is not kept from anybody by a publication that only bears the name of his key', async () => {
    const bundle = JSON.parse(publishEvidence(PACK)) as {
      verificationMaterial: object;
      dsseEnvelope: { signatures: object[] };
    };
    bundle.verificationMaterial = { publicKey: { hint: ADA.keyId } };
    bundle.dsseEnvelope.signatures = bundle.dsseEnvelope.signatures.map((each) => ({ ...each, keyid: ADA.keyId }));
    await using registry = await published([publishEvidence(PACK), kitEvidence(PACK), JSON.stringify(bundle)]);
    await expect(approvedBy(registry)).resolves.toContain('dsseEnvelope');
  });

  test.each(['', ' '.repeat(513), 'a\u0007b', 'a\u202eb'])('with the reason %j is refused', async (reason) => {
    await using registry = await published();
    await expect(approvedBy(registry, ADA, { reason })).rejects.toMatchObject({ code: 'input/invalid' });
  });
});

describe('a published version', () => {
  test('is read by exactly its version, or by what a range or a channel names', async () => {
    await using registry = await published();
    await registry.publish(samplePack('1.1.0'));
    const versionOf = async (which: { version: Version } | { range: string }) =>
      (await readPublished(folderDesk(registry.folder), { name: SAMPLE, which, now: T0 })).entry.version;
    expect(await versionOf({ version: PACK.version })).toBe('1.0.0');
    expect(await versionOf({ range: '^1' })).toBe('1.1.0');
    await expect(versionOf({ version: '^1' as Version })).rejects.toMatchObject({ code: 'pack/version-not-found' });
    await expect(versionOf({ range: 'stable' })).rejects.toMatchObject({ code: 'pack/channel-closed' });
  });

  test('is not read from a folder that holds no registry', async () => {
    await using registry = await published();
    const nowhere = folderDesk(registry.home);
    const reading = readPublished(nowhere, { name: SAMPLE, which: { range: '*' }, now: T0 });
    await expect(reading).rejects.toMatchObject({ code: 'registry/unreachable' });
  });
});
