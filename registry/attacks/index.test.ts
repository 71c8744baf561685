import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type IndexAttack, IndexForge, sufferAttack } from '../testing/index-forge.ts';
import { ROLE_KEYS, SampleRegistry, samplePack } from '../testing/sample-registry.ts';
import { INDEX_ATTACKS } from './index-attacks.fixture.ts';

let victim: SampleRegistry;
beforeAll(async () => {
  victim = await SampleRegistry.create(ROLE_KEYS);
  await victim.publish(samplePack());
  await victim.install();
});
afterAll(() => victim[Symbol.asyncDispose]());

describe.each(Object.entries(INDEX_ATTACKS))('an attack on the index: %s', (_, attacks) => {
  test.each(attacks)('$name is refused with $code', async (attack: IndexAttack) => {
    await expect(sufferAttack(victim, attack)).rejects.toMatchObject({ code: attack.code });
  });
});

describe('what is no attack', () => {
  test('a forgery that changes nothing is accepted: each refusal above is for what was changed', async () => {
    const nothing = () => undefined;
    const edit = { root: nothing, targets: nothing, acme: nothing, snapshot: nothing, timestamp: nothing };
    const attack = {
      name: 'none',
      code: 'index/invalid' as const,
      attack: (forge: IndexForge) => forge.forge({ edit }),
    };
    expect(await sufferAttack(victim, attack)).toMatchObject({ root: 2, role: { version: 2 } });
  });

  test('a timestamp of the version that was seen, with other content, is passed over', async () => {
    await using registry = await victim.copy();
    const first = await registry.install();
    await new IndexForge(registry).forge({
      edit: {
        timestamp: (signed) => {
          signed.version -= 1;
          signed.meta['snapshot.json'].version = 100;
        },
      },
    });
    expect((await registry.install()).lockEntry).toEqual(first.lockEntry);
  });
});
