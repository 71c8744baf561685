import { type Digest, generateKeyPair, signStatement, statementAbout } from '@greentic/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verifyEvidence } from './verified-statement.ts';

const alice = generateKeyPair(Buffer.alloc(32, 1));
const bob = generateKeyPair(Buffer.alloc(32, 2));
const trusted = ({ keyId, publicKey }: typeof alice) => ({ keyId, publicKey });
const digest = `sha256:${'ab'.repeat(32)}` as Digest;
const statement = statementAbout({ name: 'acme.state.redis', digest }, 'https://example.com/release/v1', {
  version: '1.2.3',
});
const evidence = signStatement(statement, alice.secretKey);

interface BundleJson {
  mediaType: string;
  verificationMaterial: Record<string, unknown>;
  dsseEnvelope: { payload: string; payloadType: string; signatures: { keyid: string; sig: string }[] };
}

function altered(change: (bundle: BundleJson) => void): string {
  const bundle = JSON.parse(evidence) as BundleJson;
  change(bundle);
  return JSON.stringify(bundle);
}

const code = (value: string) => expect.objectContaining({ code: value });
const verify = (text: string | Uint8Array, keys = [trusted(alice)]) => verifyEvidence(text, { keys });

describe('verifyEvidence', () => {
  test('returns the statement and the signer of sound evidence', () => {
    expect(verify(evidence)).toEqual({ signer: alice.keyId, entries: [alice.keyId], statement });
    expect(verify(Buffer.from(evidence), [trusted(bob), trusted(alice)]).signer).toBe(alice.keyId);
  });

  test('a signer that is not trusted is refused with trust/threshold', () => {
    expect(() => verify(evidence, [trusted(bob)])).toThrow(code('trust/threshold'));
    expect(() => verify(evidence, [])).toThrow(code('trust/threshold'));
  });

  test('bytes that are not UTF-8 are refused with trust/envelope-invalid', () => {
    expect(() => verify(Buffer.from([0xff, 0xfe]))).toThrow(code('trust/envelope-invalid'));
  });

  test('no flipped bit of the payload or the signature verifies', () => {
    const bundle = JSON.parse(evidence) as BundleJson;
    const fields = {
      payload: Buffer.from(bundle.dsseEnvelope.payload, 'base64'),
      sig: Buffer.from(bundle.dsseEnvelope.signatures[0]?.sig ?? '', 'base64'),
    };
    fc.assert(
      fc.property(
        fc.constantFrom('payload' as const, 'sig' as const),
        fc.nat(),
        fc.integer({ min: 0, max: 7 }),
        (field, at, bit) => {
          const bytes = Buffer.from(fields[field]);
          const i = at % bytes.length;
          bytes[i] = (bytes[i] ?? 0) ^ (1 << bit);
          const text = altered((b) => {
            if (field === 'payload') b.dsseEnvelope.payload = bytes.toString('base64');
            else b.dsseEnvelope.signatures = [{ keyid: alice.keyId, sig: bytes.toString('base64') }];
          });
          expect(() => verify(text)).toThrow(code('trust/signature-invalid'));
        },
      ),
      { numRuns: 300 },
    );
  });
});
