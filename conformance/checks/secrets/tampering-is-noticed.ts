import type { SecretName } from '@greentic/core';
import type { Check } from '../../check.ts';
import type { Kit } from '../../kit.ts';
import type { StoredEntry } from '../../witness/raw-storage.ts';

const FLIPS = 40;

/** Puts a secret, and tells which entries it brought. */
async function put(kit: Kit<'secrets'>, name: SecretName, value: string): Promise<StoredEntry[]> {
  const before = new Set(kit.storage.entries.map(({ key }) => key.toString('hex')));
  await kit.pack.put({ ...name, value });
  return kit.storage.entries.filter(({ key }) => !before.has(key.toString('hex')));
}

/** Changes one bit of an entry at a time: data may come back only if it is the true data. */
async function flipBits(kit: Kit<'secrets'>, name: SecretName, entries: readonly StoredEntry[]): Promise<void> {
  const truth = await kit.pack.get(name);
  for (let flip = 0; flip < FLIPS; flip++) {
    const entry = entries[flip % entries.length];
    if (entry === undefined || entry.value.byteLength === 0) continue;
    const changed = Buffer.from(entry.value);
    const at = kit.random.below(changed.byteLength);
    changed[at] = (changed[at] ?? 0) ^ (1 << kit.random.below(7));
    kit.storage.overwrite(entry, changed);
    const reading = kit.pack.get(name);
    const found = await reading.catch(() => undefined);
    const harmless = found?.value === truth.value && found.version === truth.version;
    if (!harmless) await kit.refused(reading, 'secret/integrity', `A secret with a bit changed at byte ${at}`);
    kit.storage.overwrite(entry, entry.value);
  }
  kit.equal(await kit.pack.get(name), truth, 'The secret once everything is put back');
}

/** Exchanges the stored forms of two secrets: each is valid, under the other's name. */
async function swap(
  kit: Kit<'secrets'>,
  a: { name: SecretName; entries: readonly StoredEntry[] },
  b: { name: SecretName; entries: readonly StoredEntry[] },
): Promise<void> {
  const pairs = a.entries.flatMap((entry, i) => {
    const other = b.entries[i];
    return other === undefined ? [] : [[entry, other] as const];
  });
  const exchange = (back: boolean) => {
    for (const [one, other] of pairs) {
      kit.storage.overwrite(one, back ? one.value : other.value);
      kit.storage.overwrite(other, back ? other.value : one.value);
    }
  };
  exchange(false);
  const { pack } = kit.open();
  const between = `${a.name.tenant}/${a.name.name} and ${b.name.tenant}/${b.name.name}`;
  await kit.refused(pack.get(a.name), 'secret/integrity', `A secret after an exchange of ${between}`);
  await kit.refused(pack.get(b.name), 'secret/integrity', `A secret after an exchange of ${between}`);
  exchange(true);
}

export const tamperingIsNoticed: Check<'secrets'> = {
  id: 'SEC-16',
  rev: 1,
  slot: 'secrets',
  level: 'core',
  title: 'A stored secret that was changed, or exchanged with another, is secret/integrity and never data.',
  clause: 'get fails with secret/integrity when the stored bytes were changed.',
  hint: 'Authenticate the ciphertext with tenant, name and version as additional data; treat what does not parse as changed.',
  minObservations: 20,
  async run(kit) {
    const names = [
      { tenant: 'acme', name: 'api/token' },
      { tenant: 'acme', name: 'api/other' },
      { tenant: 'rival', name: 'api/token' },
    ] as const;
    const [first, second, third] = [
      await put(kit, names[0], Buffer.from(kit.random.canary()).toString('base64')),
      await put(kit, names[1], Buffer.from(kit.random.canary()).toString('base64')),
      await put(kit, names[2], Buffer.from(kit.random.canary()).toString('base64')),
    ];
    if (first.length === 0) kit.cannotSee('The pack keeps nothing in the environment that the kit could change.');
    await flipBits(kit, names[0], first);
    await swap(kit, { name: names[0], entries: first }, { name: names[1], entries: second });
    await swap(kit, { name: names[0], entries: first }, { name: names[2], entries: third });
  },
};
