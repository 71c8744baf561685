import { beforeAll, describe, expect, test } from 'vitest';
import { installOffered } from '../testing/evidence-forge.ts';
import { SigstoreSample } from '../testing/sigstore-sample.ts';
import { type Authorities, BUNDLE_ATTACKS, offered, signed } from './bundle.fixture.ts';

let authorities: Authorities;
beforeAll(async () => {
  const [sound, other] = await Promise.all([SigstoreSample.create(), SigstoreSample.create()]);
  authorities = { sound, other };
});

describe('of what is signed with a certificate,', () => {
  test('what is sound is installed', async () => {
    const { decision } = await installOffered(offered(await signed(authorities), authorities));
    expect(decision.verdict).toBe('admitted');
  });

  test('what only a clock saw is installed where nobody asks for a log', async () => {
    const bundle = await signed(authorities, { log: false, timestamp: true });
    const { decision } = await installOffered(offered(bundle, authorities, {}, { log: 0 }));
    expect(decision.verdict).toBe('admitted');
  });

  test.each(BUNDLE_ATTACKS)('$name is refused with $code', async ({ forge, code }) => {
    await expect(installOffered(await forge(authorities))).rejects.toMatchObject({ code });
  });
});
