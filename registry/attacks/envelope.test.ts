import { describe, expect, test } from 'vitest';
import { installOffered } from '../testing/evidence-forge.ts';
import { sampleEvidence, samplePack } from '../testing/sample-registry.ts';
import { ENVELOPE_ATTACKS } from './envelope.fixture.ts';
import { ASKED, SOUND_STATEMENTS, STATEMENT_ATTACKS } from './statement.fixture.ts';

describe('in evidence,', () => {
  test('what is sound is installed from the same registry', async () => {
    const { decision } = await installOffered({ evidence: sampleEvidence(samplePack()) });
    expect(decision.verdict).toBe('admitted');
  });

  test('what is sound and of every kind is installed where every kind is asked for', async () => {
    const { decision } = await installOffered({ evidence: SOUND_STATEMENTS, trust: ASKED });
    expect(decision.strength).toEqual({ publish: 1, conformance: 1, provenance: 1, sbom: 1, approval: 1 });
  });

  test.each([...ENVELOPE_ATTACKS, ...STATEMENT_ATTACKS])(
    '$name is refused with $code',
    async ({ code, ...offering }) => {
      await expect(installOffered(offering)).rejects.toMatchObject({ code });
    },
  );
});
