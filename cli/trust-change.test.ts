import { EnvironmentName, encodeTrustRoot, generateKeyPair } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { firstTrustRoot, withConformanceKey, withoutKey, withPublisher, withTrustFile } from './trust-change.ts';
import { TrustFile } from './trust-file.ts';

const key = (n: number) => {
  const { keyId, publicKey } = generateKeyPair(Buffer.alloc(32, n));
  return { keyId, publicKey };
};
const file = (threshold: number, ...keys: ReturnType<typeof key>[]) =>
  TrustFile.parse({
    schema: 'greentic.trust/1',
    registries: [{ name: 'main', location: '/srv/registry', root: { signed: 1 } }],
    publishers: [{ namespace: 'acme', keys, threshold }],
    conformance: { keys: [key(9)], threshold: 1 },
  });
const facts = { class: 'local', expires: '2030-01-01T00:00:00.000Z' } as const;
const root = firstTrustRoot(EnvironmentName.parse('local'), file(1, key(1)), facts);
const acme = (of: typeof root) => of.publishers.find((publisher) => publisher.namespace === 'acme');

describe('changing a trust root', () => {
  test('the first one believes what the file names, and is a trust root', () => {
    expect(() => encodeTrustRoot(root)).not.toThrow();
    expect(acme(root)).toEqual({ namespace: 'acme', keys: [key(1)], threshold: 1 });
  });

  test('a file adds keys, and its higher threshold counts', () => {
    expect(acme(withTrustFile(root, file(2, key(1), key(2))))).toMatchObject({ keys: [key(1), key(2)], threshold: 2 });
  });

  test('a file never lowers a threshold', () => {
    const strict = withTrustFile(root, file(2, key(1), key(2)));
    expect(acme(withTrustFile(strict, file(1, key(3))))).toMatchObject({ threshold: 2 });
    expect(acme(withPublisher(strict, { namespace: 'acme' as never, keys: [key(4)], threshold: 1 }))).toMatchObject({
      threshold: 2,
    });
  });

  test('a registry of the same name is replaced, others stay', () => {
    const other = { ...file(1, key(1)), registries: [{ name: 'side' as never, location: '/x', root: {} }] };
    expect(withTrustFile(root, other).registries.map((registry) => registry.name)).toEqual(['main', 'side']);
    expect(withTrustFile(root, file(1, key(1))).registries).toHaveLength(1);
  });

  test('a key added twice counts once', () => {
    expect(withConformanceKey(root, key(9)).conformance.keys).toHaveLength(1);
    expect(withConformanceKey(root, key(8)).conformance.keys).toHaveLength(2);
  });

  test('a removed key is believed for nothing, and a namespace without keys is gone', () => {
    const both = withConformanceKey(root, key(1));
    const without = withoutKey(both, key(1).keyId);
    expect(without.publishers).toEqual([]);
    expect(without.conformance.keys).toEqual([key(9)]);
  });

  test('a key that was never believed cannot be removed', () => {
    expect(() => withoutKey(root, '0'.repeat(32))).toThrow(expect.objectContaining({ code: 'input/invalid' }));
  });

  test('removing below the threshold makes a root that cannot be put in force', () => {
    const strict = withTrustFile(root, file(2, key(1), key(2)));
    expect(() => encodeTrustRoot(withoutKey(strict, key(2).keyId))).toThrow(
      expect.objectContaining({ code: 'trust/root-invalid' }),
    );
  });
});
