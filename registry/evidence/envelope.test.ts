import {
  type Digest,
  EVIDENCE_MEDIA_TYPE,
  generateKeyPair,
  signBytes,
  signStatement,
  statementAbout,
} from '@greentic/core';
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

  test('a signature of another key under a trusted hint is refused', () => {
    const forged = signStatement(statement, bob.secretKey).replaceAll(bob.keyId, alice.keyId);
    expect(() => verify(forged)).toThrow(code('trust/signature-invalid'));
  });

  test('a changed payload is refused with trust/signature-invalid', () => {
    const changed = altered((bundle) => {
      const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString().replace('1.2.3', '1.2.4');
      bundle.dsseEnvelope.payload = Buffer.from(payload).toString('base64');
    });
    expect(() => verify(changed)).toThrow(code('trust/signature-invalid'));
  });

  test('a signature over the payload without DSSE’s encoding is refused', () => {
    const raw = altered((bundle) => {
      const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64');
      bundle.dsseEnvelope.signatures = [
        { keyid: alice.keyId, sig: Buffer.from(signBytes(payload, alice.secretKey)).toString('base64') },
      ];
    });
    expect(() => verify(raw)).toThrow(code('trust/signature-invalid'));
  });

  test.each<[string, (bundle: BundleJson) => void]>([
    [
      'another payload type',
      (b) => {
        b.dsseEnvelope.payloadType = 'application/json';
      },
    ],
    [
      'no signature',
      (b) => {
        b.dsseEnvelope.signatures = [];
      },
    ],
    [
      'a second signature',
      (b) => {
        b.dsseEnvelope.signatures.push({ keyid: '', sig: 'AAAA' });
      },
    ],
    [
      'another media type',
      (b) => {
        b.mediaType = EVIDENCE_MEDIA_TYPE.replace('v0.3', 'v0.2');
      },
    ],
    [
      'a key in the signature that is not the bundle’s',
      (b) => {
        b.dsseEnvelope.signatures = b.dsseEnvelope.signatures.map(({ sig }) => ({ keyid: bob.keyId, sig }));
      },
    ],
    [
      'base64 that spells the same bytes otherwise',
      (b) => {
        b.dsseEnvelope.payload = b.dsseEnvelope.payload.replace(/.==$|=$/, '');
      },
    ],
    [
      'a field nobody knows',
      (b) => {
        Object.assign(b, { extra: 1 });
      },
    ],
    [
      'no key hint',
      (b) => {
        b.verificationMaterial = {};
      },
    ],
    [
      'no envelope',
      (b) => {
        Reflect.deleteProperty(b, 'dsseEnvelope');
      },
    ],
  ])('%s is refused with trust/envelope-invalid', (_name, change) => {
    expect(() => verify(altered(change))).toThrow(code('trust/envelope-invalid'));
  });

  test.each([
    ['not JSON', '{'],
    ['not UTF-8', Buffer.from([0xff, 0xfe])],
    ['an array', '[]'],
    ['a null', 'null'],
    ['a prototype key', '{"__proto__":{}}'],
  ])('evidence that is %s is refused with trust/envelope-invalid', (_name, text) => {
    expect(() => verify(text)).toThrow(code('trust/envelope-invalid'));
  });

  test('a signed statement of another shape is refused', () => {
    for (const change of [{ predicateType: '' }, { subject: [] }, { extra: 1 }]) {
      const odd = signStatement({ ...statement, ...change } as never, alice.secretKey);
      expect(() => verify(odd)).toThrow(code('trust/envelope-invalid'));
    }
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
