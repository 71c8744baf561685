import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KeyPair, keyPairOf } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { IndexForge } from '../testing/index-forge.ts';
import { daysLater, KEYS, ROLE_KEYS, SAMPLE, SampleRegistry, samplePack, T0 } from '../testing/sample-registry.ts';
import { encodeMetadata, tufKeyId } from '../tuf/metadata.ts';
import { IndexChange } from './index-change.ts';
import { createRegistry, initRegistry, refreshIndex } from './registry.ts';
import { keyPool } from './registry-key.ts';
import { proposeRoot, publishRoot, rotateKeys } from './root-change.ts';
import { draftRoot } from './root-draft.ts';
import { assertSigned, decodeProposal, proposalOf, type RootProposal, signProposal, tallyOf } from './root-proposal.ts';

const ROOT = ROLE_KEYS.root.secretKeys;
const secret = ({ secretKey }: KeyPair) => secretKey;
const pub = ({ publicKey }: KeyPair) => publicKey;
const NEW = KEYS.acmeSecond;

/** A proposal on its way: every holder gets it as a file. */
const passOn = (proposal: RootProposal) => decodeProposal(Buffer.from(JSON.stringify(proposal)));
const signedBy = (proposal: RootProposal, ...keys: readonly string[]) =>
  keys.reduce((signed, key) => passOn(signProposal(signed, key)), proposal);

const FIRST = {
  root: { add: [KEYS.rootOne, KEYS.rootTwo, KEYS.rootThree].map(pub), threshold: 2 },
  targets: { add: [pub(KEYS.targets)] },
  snapshot: { add: [pub(KEYS.snapshot)] },
  timestamp: { add: [pub(KEYS.timestamp)] },
};
const BELOW = [KEYS.targets, KEYS.snapshot, KEYS.timestamp].map(secret);

describe('a registry whose root keys are elsewhere', () => {
  const folder = () => mkdtemp(join(tmpdir(), 'registry-'));
  const first = () => proposalOf(undefined, draftRoot(undefined, { roles: FIRST }, T0));

  test('is made from a root that its holders signed one after the other', async () => {
    const dir = await folder();
    const proposal = signedBy(first(), secret(KEYS.rootThree), secret(KEYS.rootOne));
    const root = await createRegistry(dir, proposal, { keys: keyPool(BELOW), now: T0 });
    expect(root).toMatchObject({ signed: { version: 1, roles: { root: { threshold: 2 } } } });
    await rm(dir, { recursive: true });
  });

  test.each([
    ['nobody', []],
    ['one of two', [secret(KEYS.rootOne)]],
    ['one of two, twice', [secret(KEYS.rootOne), secret(KEYS.rootOne)]],
  ])('is not made from a root that %s signed', async (_, keys) => {
    const dir = await folder();
    const proposal = signedBy(first(), ...keys);
    const made = createRegistry(dir, proposal, { keys: keyPool(BELOW), now: T0 });
    await expect(made).rejects.toMatchObject({ code: 'trust/threshold' });
    expect(await readdir(dir)).toEqual([]);
  });

  test('is not made in one go where root keys are missing, nor without the keys of a role below', async () => {
    const dir = await folder();
    const elsewhere = { secretKeys: [], publicKeys: FIRST.root.add, threshold: 2 };
    const init = initRegistry(dir, { keys: { ...ROLE_KEYS, root: elsewhere }, now: T0 });
    await expect(init).rejects.toMatchObject({ code: 'trust/threshold' });
    const targets = { secretKeys: [], publicKeys: [pub(KEYS.targets)], threshold: 1 };
    await expect(initRegistry(dir, { keys: { ...ROLE_KEYS, targets }, now: T0 })).rejects.toMatchObject({
      code: 'trust/threshold',
    });
  });

  test('takes no signature of somebody whose key is in neither root, and none of what was changed after it was signed', () => {
    expect(() => signProposal(first(), secret(KEYS.stranger))).toThrow(
      expect.objectContaining({ code: 'input/invalid' }),
    );
    const signed = signedBy(first(), ...ROOT);
    const { proposed } = signed;
    const changed = {
      ...signed,
      proposed: { ...proposed, signed: { ...proposed.signed, expires: '2040-01-01T00:00:00Z' } },
    };
    expect(tallyOf(signed).proposed).toEqual({ signed: 3, needed: 2 });
    expect(tallyOf(changed).proposed).toEqual({ signed: 0, needed: 2 });
    expect(() => assertSigned(changed)).toThrow(expect.objectContaining({ code: 'trust/threshold' }));
  });

  test.each([
    ['a threshold nobody can meet', { roles: { ...FIRST, root: { ...FIRST.root, threshold: 4 } } }, 'input/invalid'],
    ['no key for a role', { roles: { ...FIRST, timestamp: {} } }, 'input/invalid'],
    ['a key that is none', { roles: { ...FIRST, timestamp: { add: ['AAAA'] } } }, 'trust/key-invalid'],
    [
      'a key to take out that is not in',
      { roles: { ...FIRST, root: { ...FIRST.root, remove: [pub(NEW)] } } },
      'input/invalid',
    ],
  ])('is not even drafted with %s', (_, change, code) => {
    expect(() => draftRoot(undefined, change, T0)).toThrow(expect.objectContaining({ code }));
  });
});

describe('keys are replaced in band', () => {
  const ROLES = [
    { role: 'timestamp', former: KEYS.timestamp },
    { role: 'snapshot', former: KEYS.snapshot },
    { role: 'targets', former: KEYS.targets },
    { role: 'root', former: KEYS.rootOne },
  ] as const;

  test.each(ROLES)('$role: who pinned root 1 goes on, and the former key is out', async ({ role, former }) => {
    await using registry = await SampleRegistry.create(ROLE_KEYS);
    await registry.publish(samplePack());
    await registry.install();
    const change = { roles: { [role]: { add: [pub(NEW)], remove: [pub(former)] } } };
    const secretKeys = [...ROOT, ...BELOW.filter((key) => key !== secret(former)), secret(NEW)];
    await rotateKeys(registry.folder, change, { secretKeys, now: T0 });
    expect((await registry.install()).lockEntry.index.root).toBe(2);

    registry.registryKeys = keyPool(secretKeys.filter((key) => !ROOT.includes(key)));
    await registry.publish(samplePack('1.1.0'));
    expect((await registry.install()).artifact.version).toBe('1.1.0');

    const old = [...ROOT, ...BELOW];
    if (role === 'root') {
      const again = rotateKeys(registry.folder, change, { secretKeys: [secret(KEYS.rootOne)], now: T0 });
      await expect(again).rejects.toMatchObject({ code: 'input/invalid' });
    } else if (role === 'targets') {
      await refreshIndex(registry.folder, { secretKeys: old, now: T0 });
      expect((await new IndexForge(registry).file('targets')).text).not.toContain(tufKeyId(secret(KEYS.targets)));
    } else
      await expect(refreshIndex(registry.folder, { secretKeys: old, now: T0 })).rejects.toMatchObject({
        code: 'trust/threshold',
      });
  });

  test('with the former key at hand, at no moment do readers meet an index they refuse', async () => {
    await using registry = await SampleRegistry.create(ROLE_KEYS);
    await registry.publish(samplePack());
    const change = {
      roles: Object.fromEntries(
        ['targets', 'snapshot', 'timestamp'].map((role) => [
          role,
          { add: [pub(NEW)], remove: FIRST[role as 'targets'].add },
        ]),
      ),
    };
    await rotateKeys(registry.folder, change, { secretKeys: [...ROOT, ...BELOW, secret(NEW)], now: T0 });
    const forge = new IndexForge(registry);
    const next = join(forge.tuf, '2.root.json');
    await rename(next, `${next}.later`);
    expect((await registry.install()).lockEntry.index).toMatchObject({ root: 1, targets: 3 });
    await rename(`${next}.later`, next);
    expect((await registry.install()).lockEntry.index).toMatchObject({ root: 2, targets: 3 });
  });

  test('too few keys of the present root, or of the next, change nothing', async () => {
    await using registry = await SampleRegistry.create(ROLE_KEYS);
    const replaceTwo = {
      roles: { root: { add: [pub(NEW), pub(KEYS.kit)], remove: [KEYS.rootOne, KEYS.rootTwo].map(pub) } },
    };
    for (const keys of [[ROOT[0]], ROOT, [ROOT[2], secret(NEW), secret(KEYS.kit)]] as string[][]) {
      const rotated = rotateKeys(registry.folder, replaceTwo, { secretKeys: keys, now: T0 });
      await expect(rotated).rejects.toMatchObject({ code: 'trust/threshold' });
    }
    expect(await readdir(join(registry.folder, 'tuf'))).not.toContain('2.root.json');
    await rotateKeys(registry.folder, replaceTwo, { secretKeys: [...ROOT, secret(NEW)], now: T0 });
    expect(await readdir(join(registry.folder, 'tuf'))).toContain('2.root.json');
  });

  test('without the secret half of a role’s new key, nothing changes', async () => {
    await using registry = await SampleRegistry.create(ROLE_KEYS);
    const rotated = rotateKeys(
      registry.folder,
      { roles: { timestamp: { add: [pub(NEW)], remove: [pub(KEYS.timestamp)] } } },
      { secretKeys: [...ROOT, ...BELOW], now: T0 },
    );
    await expect(rotated).rejects.toMatchObject({ code: 'trust/threshold' });
    expect(await readdir(join(registry.folder, 'tuf'))).not.toContain('2.root.json');
  });

  test('of two roots proposed at once, one is published', async () => {
    await using registry = await SampleRegistry.create(ROLE_KEYS);
    const [one, two] = await Promise.all(
      [200, 300].map((root) => proposeRoot(registry.folder, { roles: {}, expiry: { root } }, T0)),
    );
    await publishRoot(registry.folder, signedBy(one as RootProposal, ...ROOT), { secretKeys: [], now: T0 });
    const late = publishRoot(registry.folder, signedBy(two as RootProposal, ...ROOT), { secretKeys: [], now: T0 });
    await expect(late).rejects.toMatchObject({ code: 'registry/root-outdated' });
  });

  test('a proposal whose root does not follow the one it carries is refused', async () => {
    await using registry = await SampleRegistry.create(ROLE_KEYS);
    const proposal = await proposeRoot(registry.folder, { roles: {} }, T0);
    const skipping = {
      ...proposal,
      proposed: { ...proposal.proposed, signed: { ...proposal.proposed.signed, version: 3 } },
    };
    expect(() => passOn(skipping)).toThrow(expect.objectContaining({ code: 'index/invalid' }));
  });
});

describe('how long metadata holds', () => {
  test('is what the owner chose when the registry was made, for every later change', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'registry-'));
    await initRegistry(dir, { keys: ROLE_KEYS, expiry: { timestamp: 2, targets: 20 }, now: T0 });
    await refreshIndex(dir, { secretKeys: BELOW, now: daysLater(1) });
    const { timestamp, targets, snapshot, root } = await IndexChange.open(dir, { now: T0 });
    expect([timestamp.expires, targets.expires, snapshot.expires, root.expires]).toEqual(
      [3, 21, 31, 365].map((days) => daysLater(days).toISOString().replace('.000', '')),
    );
    await rm(dir, { recursive: true });
  });

  test('is changed by a next root', async () => {
    await using registry = await SampleRegistry.create(ROLE_KEYS);
    await rotateKeys(registry.folder, { roles: {}, expiry: { timestamp: 1 } }, { secretKeys: ROOT, now: T0 });
    await refreshIndex(registry.folder, { secretKeys: BELOW, now: T0 });
    expect((await IndexChange.open(registry.folder, { now: T0 })).timestamp.expires).toBe('2031-05-02T12:00:00Z');
  });

  test('signing anew with the online keys only leaves the offline roles as they are, and names them', async () => {
    await using registry = await SampleRegistry.create(ROLE_KEYS);
    await registry.publish(samplePack());
    const online = [KEYS.snapshot, KEYS.timestamp].map(secret);
    const { unsigned } = await refreshIndex(registry.folder, { secretKeys: online, now: daysLater(6) });
    expect(unsigned.map(({ role }) => role)).toEqual(['root', 'targets', 'acme']);
    expect((await registry.install({ now: () => daysLater(12) })).lockEntry.index.targets).toBe(2);
  });
});

test('a version that counts far ahead does not lock the owner out', async () => {
  await using registry = await SampleRegistry.create(ROLE_KEYS);
  await registry.publish(samplePack());
  await new IndexForge(registry).forge({
    edit: { timestamp: (signed) => Object.assign(signed, { version: 2 ** 31 - 1 }) },
  });
  await registry.install();
  const change = { roles: { timestamp: { add: [pub(NEW)], remove: [pub(KEYS.timestamp)] } } };
  await rotateKeys(registry.folder, change, { secretKeys: [...ROOT, ...BELOW, secret(NEW)], now: T0 });
  expect((await registry.install()).lockEntry.index.timestamp).toBe(1);
});

describe('a namespace’s role that was signed elsewhere', () => {
  async function signedElsewhere(registry: SampleRegistry, secretKey: string, more = 1) {
    const change = await IndexChange.open(registry.folder, { now: T0 });
    const role = await change.namespaceRole('acme');
    const { publicKey } = keyPairOf(secretKey);
    expect(publicKey).toHaveLength(44);
    return { change, file: encodeMetadata({ ...role, version: role.version + more }, [secretKey]) };
  }
  const online = keyPool([KEYS.snapshot, KEYS.timestamp].map(secret));

  test('is taken with the online keys alone', async () => {
    await using registry = await SampleRegistry.create(ROLE_KEYS);
    await registry.publish(samplePack());
    const { change, file } = await signedElsewhere(registry, secret(KEYS.acme));
    change.putSigned('acme', file);
    change.seal(online);
    await (await change.verify()).versionsOf(SAMPLE);
    await change.commit();
    expect((await registry.install()).lockEntry.index.role.version).toBe(2);
  });

  test('is refused when others signed it', async () => {
    await using registry = await SampleRegistry.create(ROLE_KEYS);
    await registry.publish(samplePack());
    const { change, file } = await signedElsewhere(registry, secret(KEYS.stranger));
    change.putSigned('acme', file);
    change.seal(online);
    await expect((await change.verify()).versionsOf(SAMPLE)).rejects.toMatchObject({ code: 'index/invalid' });
  });

  test('is refused when it is not newer than the present one', async () => {
    await using registry = await SampleRegistry.create(ROLE_KEYS);
    await registry.publish(samplePack());
    const { change, file } = await signedElsewhere(registry, secret(KEYS.acme), 0);
    expect(() => change.putSigned('acme', file)).toThrow(expect.objectContaining({ code: 'index/rollback' }));
  });
});

test('a key is taken out by the id that its maker was told, as by TUF’s own', () => {
  const former = draftRoot(undefined, { roles: FIRST, expiry: {} }, T0);
  const change = (key: string) =>
    draftRoot(former, { roles: { root: { add: [pub(NEW)], remove: [key] } }, expiry: {} }, T0);
  const byPublicKey = change(pub(KEYS.rootOne));
  expect(change(KEYS.rootOne.keyId)).toEqual(byPublicKey);
  expect(change(tufKeyId(KEYS.rootOne.secretKey))).toEqual(byPublicKey);
  expect(() => change(KEYS.stranger.keyId)).toThrow(expect.objectContaining({ code: 'input/invalid' }));
});
