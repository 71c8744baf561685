import { describe, expect, test } from 'vitest';
import { keyPool } from '../publish/registry-key.ts';
import { rotateKeys } from '../publish/root-change.ts';
import { IndexForge } from '../testing/index-forge.ts';
import { daysLater, KEYS, ROLE_KEYS, SampleRegistry, samplePack, T0 } from '../testing/sample-registry.ts';

const NEXT = KEYS.acmeSecond;
const ROLES = [
  { roles: ['timestamp'], what: 'the timestamp key' },
  { roles: ['snapshot'], what: 'the snapshot key' },
  { roles: ['snapshot', 'timestamp'], what: 'both online keys' },
] as const;
type Online = 'snapshot' | 'timestamp';

async function inUse(): Promise<SampleRegistry> {
  const registry = await SampleRegistry.create(ROLE_KEYS);
  await registry.publish(samplePack());
  await registry.install();
  return registry;
}

/** A next root names a new key for the roles; the former one is not needed for it. */
async function replace(registry: SampleRegistry, roles: readonly Online[]): Promise<void> {
  const change = Object.fromEntries(
    roles.map((role) => [role, { add: [NEXT.publicKey], remove: [KEYS[role].publicKey] }]),
  );
  const left = (['snapshot', 'timestamp'] as const).filter((role) => !roles.includes(role));
  const online = [NEXT.secretKey, ...left.map((role) => KEYS[role].secretKey)];
  await rotateKeys(
    registry.folder,
    { roles: change },
    { secretKeys: [...ROLE_KEYS.root.secretKeys, ...online], now: T0 },
  );
  registry.registryKeys = keyPool(online);
}

describe.each(ROLES)('$what: lost', ({ roles }) => {
  test('nothing can be published until a next root names a new one, and environments go on by themselves', async () => {
    await using registry = await inUse();
    registry.registryKeys = keyPool([]);
    await expect(registry.publish(samplePack('1.1.0'))).rejects.toMatchObject({ code: 'trust/threshold' });
    await replace(registry, roles);
    await registry.publish(samplePack('1.1.0'));
    const { artifact, lockEntry } = await registry.install();
    expect([artifact.version, lockEntry.index.root]).toEqual(['1.1.0', 2]);
  });
});

describe.each(ROLES)('$what: stolen', ({ roles }) => {
  test('the thief who counted far ahead is forgotten with his key, and his key is out', async () => {
    await using registry = await inUse();
    const forge = new IndexForge(registry);
    const putBack = await forge.backup();
    await forge.forge({ edit: { timestamp: (signed) => Object.assign(signed, { version: 2 ** 31 - 1 }) } });
    await registry.install();

    // 1. The folder of the index comes back from a backup: environments that saw more refuse it.
    await putBack();
    await expect(registry.install()).rejects.toMatchObject({ code: 'index/rollback' });
    // 2. Other keys, by a next root.
    await replace(registry, roles);
    expect((await registry.install()).lockEntry.index.root).toBe(2);
    // 3. What was published since the backup is published again.
    await registry.publish(samplePack('1.1.0'));
    expect((await registry.install()).artifact.version).toBe('1.1.0');

    const [role] = roles;
    await forge.forge({ edit: { [role]: () => undefined }, signers: { [role]: [KEYS[role].secretKey] } });
    await expect(registry.install()).rejects.toMatchObject({ code: 'index/invalid' });
  });
});

describe('until the drill is done', () => {
  /** The thief dates roles anew, with the keys he has. */
  const redate = (registry: SampleRegistry, roles: readonly Online[]) => {
    const date = (signed: object) => Object.assign(signed, { expires: '2041-01-01T00:00:00Z' });
    const signers = { timestamp: roles.includes('timestamp') ? [KEYS.timestamp.secretKey] : [] };
    return new IndexForge(registry).forge({ edit: Object.fromEntries(roles.map((role) => [role, date])), signers });
  };

  test('the thief of the timestamp key shows the index for as long as its snapshot holds', async () => {
    await using registry = await inUse();
    await redate(registry, ['timestamp']);
    expect((await registry.install({ now: () => daysLater(29) })).artifact.version).toBe('1.0.0');
    await expect(registry.install({ now: () => daysLater(31) })).rejects.toMatchObject({ code: 'index/expired' });
  });

  test('the thief of the snapshot key has nothing', async () => {
    await using registry = await inUse();
    await redate(registry, ['snapshot']);
    await expect(registry.install()).rejects.toMatchObject({ code: 'index/invalid' });
  });

  test('the thief of both shows it for as long as the targets and the namespace’s role hold', async () => {
    await using registry = await inUse();
    await redate(registry, ['snapshot', 'timestamp']);
    expect((await registry.install({ now: () => daysLater(89) })).artifact.version).toBe('1.0.0');
    await expect(registry.install({ now: () => daysLater(91) })).rejects.toMatchObject({ code: 'index/expired' });
  });
});
