import { describe, expect, test } from 'vitest';
import { generateKeyPair } from './key.ts';
import { assertFresh, decodeTrustRoot, encodeTrustRoot, publisherOf, type TrustRoot } from './trust-root.ts';

const pair = (n: number) => {
  const { keyId, publicKey } = generateKeyPair(Buffer.alloc(32, n));
  return { keyId, publicKey };
};

const root = {
  schema: 'greentic.trust-root/1',
  environment: 'local',
  version: 1,
  class: 'local',
  expires: '2030-01-01T00:00:00.000Z',
  registries: [{ name: 'main', location: '/srv/registry', root: { signed: {} } }],
  publishers: [{ namespace: 'acme', keys: [pair(1), pair(2)], threshold: 2 }],
  conformance: { keys: [pair(3)], threshold: 1 },
} as unknown as TrustRoot;

const code = (value: string) => expect.objectContaining({ code: value });

const identity = {
  issuer: 'https://issuer.example',
  subjectAlternativeName: 'me@example.com',
  trustedRoot: 'sigstore',
};
const sigstore = { name: 'sigstore', root: {}, thresholds: { log: 1, timestamp: 1, certificateLog: 1 } };

describe('trust root', () => {
  test('survives encoding and decoding, and equal roots have equal bytes', () => {
    const { text, digest } = encodeTrustRoot(root);
    expect(decodeTrustRoot(Buffer.from(text))).toEqual(root);
    const shuffled = Object.fromEntries(Object.entries(root).reverse()) as TrustRoot;
    expect(encodeTrustRoot(shuffled).digest).toBe(digest);
  });

  test('an identity counts beside keys', () => {
    const mixed = { keys: [pair(3)], identities: [identity], threshold: 2 };
    const { text } = encodeTrustRoot({ ...root, trustedRoots: [sigstore], conformance: mixed });
    expect(decodeTrustRoot(Buffer.from(text)).conformance).toEqual(mixed);
  });

  test('bytes that are not canonical are refused', () => {
    expect(() => decodeTrustRoot(Buffer.from(JSON.stringify(root, null, 2)))).toThrow(code('trust/root-invalid'));
  });

  test.each<[string, Partial<Record<keyof TrustRoot, unknown>>]>([
    ['an unknown class', { class: 'lenient' }],
    ['a version of zero', { version: 0 }],
    ['a threshold of zero', { conformance: { keys: [pair(3)], threshold: 0 } }],
    ['a threshold above the number of keys', { conformance: { keys: [pair(3)], threshold: 2 } }],
    ['one key twice', { conformance: { keys: [pair(3), pair(3)], threshold: 2 } }],
    [
      'an identity of a trusted root it does not name',
      { conformance: { keys: [], identities: [identity], threshold: 1 } },
    ],
    [
      'one identity under two trusted roots',
      {
        trustedRoots: [sigstore, { ...sigstore, name: 'other' }],
        conformance: { keys: [], identities: [identity, { ...identity, trustedRoot: 'other' }], threshold: 2 },
      },
    ],
    ['one trusted root twice', { trustedRoots: [sigstore, sigstore] }],
    [
      'a trusted root that asks for no time',
      { trustedRoots: [{ ...sigstore, thresholds: { ...sigstore.thresholds, timestamp: 0 } }] },
    ],
    ['no conformance key', { conformance: { keys: [], threshold: 1 } }],
    ['one namespace twice', { publishers: [root.publishers[0], root.publishers[0]] }],
    ['one registry twice', { registries: [root.registries[0], root.registries[0]] }],
    ['an expiry that is no instant', { expires: 'never' }],
  ])('%s is refused with trust/root-invalid', (_name, change) => {
    expect(() => encodeTrustRoot({ ...root, ...change } as TrustRoot)).toThrow(code('trust/root-invalid'));
  });

  test('an unknown field is refused: nobody may think it does something', () => {
    expect(() => encodeTrustRoot({ ...root, insecure: true } as TrustRoot)).toThrow(code('trust/root-invalid'));
  });

  test('it is stale from the instant it expires', () => {
    expect(() => assertFresh(root, new Date('2029-12-31T23:59:59.999Z'))).not.toThrow();
    expect(() => assertFresh(root, new Date('2030-01-01T00:00:00.000Z'))).toThrow(code('trust/root-expired'));
  });

  test('a namespace nobody is trusted for has no publisher', () => {
    expect(publisherOf(root, 'acme').threshold).toBe(2);
    expect(() => publisherOf(root, 'acm')).toThrow(code('trust/namespace-unknown'));
  });
});
