import { describe, expect, test } from 'vitest';
import type { Installed } from '../install/install.ts';
import { plantEvidence } from '../testing/evidence-forge.ts';
import { SampleRegistry, sampleEvidence, samplePack } from '../testing/sample-registry.ts';
import { ENVELOPE_ATTACKS, type EvidenceAttack } from './envelope.fixture.ts';

/** Installs the sample pack from a registry that offers this evidence for it. */
async function install({ evidence, trust }: Pick<EvidenceAttack, 'evidence' | 'trust'>): Promise<Installed> {
  await using registry = await SampleRegistry.create();
  await plantEvidence(registry, evidence);
  registry.trustRoot = { ...registry.trustRoot, ...trust };
  return await registry.install();
}

describe('in evidence,', () => {
  test('what is sound is installed from the same registry', async () => {
    expect((await install({ evidence: sampleEvidence(samplePack()) })).decision.verdict).toBe('admitted');
  });

  test.each(ENVELOPE_ATTACKS)('$name is refused with $code', async ({ code, ...attack }) => {
    await expect(install(attack)).rejects.toMatchObject({ code });
  });
});
