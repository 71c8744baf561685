import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sufferAttack } from '../testing/index-forge.ts';
import { ROLE_KEYS, SampleRegistry, samplePack } from '../testing/sample-registry.ts';
import { KEY_SUBSTITUTION } from './key-substitution.fixture.ts';

let victim: SampleRegistry;
beforeAll(async () => {
  victim = await SampleRegistry.create(ROLE_KEYS);
  await victim.publish(samplePack());
  await victim.install();
});
afterAll(() => victim[Symbol.asyncDispose]());

describe('a substituted key', () => {
  test.each(KEY_SUBSTITUTION)('$name is refused with $code', async (attack) => {
    await expect(sufferAttack(victim, attack)).rejects.toMatchObject({ code: attack.code });
  });
});
