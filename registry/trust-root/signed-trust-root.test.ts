import { canonicalize, generateKeyPair, type TrustRoot } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { openEnvelope, statementIn } from '../evidence/envelope.ts';
import { verifyEvidence } from '../evidence/verified-statement.ts';
import { sampleTrustRoot, trusted } from '../testing/sample-registry.ts';
import {
  bundleOf,
  decodeSignedTrustRoot,
  digestOfRoot,
  encodeSignedTrustRoot,
  type SignedTrustRoot,
  signTrustRoot,
  statementOfRoot,
} from './signed-trust-root.ts';

const [ada, bob, eve] = [41, 42, 43].map((n) => generateKeyPair(new Uint8Array(32).fill(n))) as [
  ReturnType<typeof generateKeyPair>,
  ReturnType<typeof generateKeyPair>,
  ReturnType<typeof generateKeyPair>,
];
const rootOf = (version: number, ...keys: (typeof ada)[]): TrustRoot =>
  sampleTrustRoot('/registry', { signed: 1 }, { version, owners: { keys: keys.map(trusted), threshold: 1 } });
const former = rootOf(1, ada);
const root = rootOf(2, bob);
const blank: SignedTrustRoot = { schema: 'greentic.signed-trust-root/1', former, root, signatures: [] };
const code = (value: string) => expect.objectContaining({ code: value });

describe('signing a trust root', () => {
  test('is for the owners of the one before as for those of the next, and for nobody else', () => {
    for (const { secretKey, keyId } of [ada, bob])
      expect(signTrustRoot(blank, secretKey).signatures.map((each) => each.keyId)).toEqual([keyId]);
    expect(() => signTrustRoot(blank, eve.secretKey)).toThrow(code('input/invalid'));
  });

  test('again takes the place of the signature before, and the order of signing leaves no trace', () => {
    const once = signTrustRoot(signTrustRoot(blank, ada.secretKey), bob.secretKey);
    const other = signTrustRoot(signTrustRoot(signTrustRoot(blank, bob.secretKey), ada.secretKey), bob.secretKey);
    expect(encodeSignedTrustRoot(other)).toBe(encodeSignedTrustRoot(once));
    expect(once.signatures).toHaveLength(2);
  });

  test('says which environment, which version and which one before: one signature serves no other', () => {
    const statement = statementOfRoot(root, digestOfRoot(former));
    const [signature] = signTrustRoot(blank, ada.secretKey).signatures;
    if (signature === undefined) throw new Error('sample');
    const verify = (about: typeof statement) => verifyEvidence(bundleOf(signature, about), { keys: [trusted(ada)] });
    expect(verify(statement).signer).toBe(ada.keyId);
    for (const about of [
      statementOfRoot(root, undefined),
      statementOfRoot(root, digestOfRoot(root)),
      statementOfRoot({ ...root, version: 3 }, digestOfRoot(former)),
      statementOfRoot({ ...root, class: 'local' }, digestOfRoot(former)),
      statementOfRoot({ ...root, environment: 'other' as TrustRoot['environment'] }, digestOfRoot(former)),
    ])
      expect(() => verify(about)).toThrow(code('trust/signature-invalid'));
  });

  test('is evidence as any other: what a signature covers can be read from its bundle', () => {
    const statement = statementOfRoot(root, undefined);
    const [signature] = signTrustRoot(blank, bob.secretKey).signatures;
    if (signature === undefined) throw new Error('sample');
    expect(statementIn(openEnvelope(bundleOf(signature, statement)))).toEqual(statement);
    expect(statement.predicate).toEqual({ version: 2, previous: null });
  });
});

describe('a signed trust root', () => {
  const signed = signTrustRoot(signTrustRoot(blank, ada.secretKey), bob.secretKey);
  const text = encodeSignedTrustRoot(signed);

  test('comes back as it was written', () => {
    expect(decodeSignedTrustRoot(Buffer.from(text))).toEqual(signed);
    const { former: _, ...first } = blank;
    expect(decodeSignedTrustRoot(Buffer.from(encodeSignedTrustRoot(first)))).toEqual(first);
  });

  test.each<[what: string, spelled: string]>([
    ['without its line feed', text.trimEnd()],
    ['with two line feeds', `${text}\n`],
    ['with a space', text.replace(':', ': ')],
    [
      'with its fields in another order',
      `${JSON.stringify(Object.fromEntries(Object.entries(signed).toReversed()))}\n`,
    ],
    ['with a text in escapes', text.replace('local', '\\u006cocal')],
    ['with a field twice', `{"former":null,${text.slice(1)}`],
    ['with a field nobody knows', `${canonicalize({ ...signed, more: 1 })}\n`],
    ['with a former one that is nothing', `${canonicalize({ ...signed, former: null })}\n`],
    ['of another schema', text.replace('signed-trust-root/1', 'signed-trust-root/2')],
    ['without signatures', `${canonicalize({ ...signed, signatures: undefined })}\n`],
    [
      'with one signature twice',
      `${canonicalize({ ...signed, signatures: [signed.signatures[0], signed.signatures[0]] })}\n`,
    ],
    [
      'with a signature that is cut off',
      `${canonicalize({ ...signed, signatures: [{ keyId: ada.keyId, sig: 'AAAA' }] })}\n`,
    ],
  ])('%s is refused with trust/root-invalid', (_, spelled) => {
    expect(() => decodeSignedTrustRoot(Buffer.from(spelled))).toThrow(code('trust/root-invalid'));
  });
});

test('no trust root has no digest', () => {
  expect(digestOfRoot(undefined)).toBeUndefined();
  expect(digestOfRoot(root)).not.toBe(digestOfRoot(former));
});
