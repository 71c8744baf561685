import { createPrivateKey, sign, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { assertPublicKey, generateKeyPair, keyIdOf, keyPairOf, signBytes, TrustedKey, toKeyObject } from './key.ts';

const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');
const refused = expect.objectContaining({ code: 'trust/key-invalid' });

describe('keys', () => {
  test('what generateKeyPair signs, node:crypto verifies', () => {
    const { publicKey, secretKey } = generateKeyPair();
    const message = Buffer.from('a message');
    expect(verify(null, message, toKeyObject(publicKey), signBytes(message, secretKey))).toBe(true);
    expect(verify(null, Buffer.from('b message'), toKeyObject(publicKey), signBytes(message, secretKey))).toBe(false);
  });

  test('a seed gives the key pair RFC 8032 says (7.1, test 1)', () => {
    const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
    const { publicKey, secretKey } = generateKeyPair(seed);
    expect(Buffer.from(publicKey, 'base64').toString('hex')).toBe(
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    );
    expect(Buffer.from(signBytes(Buffer.alloc(0), secretKey)).toString('hex')).toMatch(/^e5564300c360ac72/);
  });

  test('the id is the first 16 bytes of SHA-256 of the raw key, in hex', () => {
    const { publicKey, keyId, secretKey } = generateKeyPair(Buffer.alloc(32, 7));
    expect(keyId).toMatch(/^[0-9a-f]{32}$/);
    expect(keyIdOf(publicKey)).toBe(keyId);
    expect(keyPairOf(secretKey)).toEqual({ publicKey, keyId, secretKey });
  });

  test.each([
    ['order 1', '0100000000000000000000000000000000000000000000000000000000000000'],
    ['order 1, sign bit set', '0100000000000000000000000000000000000000000000000000000000000080'],
    ['order 2', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['order 4', '0000000000000000000000000000000000000000000000000000000000000000'],
    ['order 4, sign bit set', '0000000000000000000000000000000000000000000000000000000000000080'],
    ['order 8', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
    ['order 8, sign bit set', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85'],
    ['order 8, the other', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
    ['order 8, the other, sign bit set', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa'],
  ])('a key of small order (%s) is refused', (_name, hex) => {
    expect(() => assertPublicKey(base64(hex))).toThrow(refused);
  });

  test.each([
    ['p itself', 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['p + 1', 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['2^255 - 1', 'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['all ones', 'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff'],
  ])('a coordinate that is not below the field prime (%s) is refused', (_name, hex) => {
    expect(() => assertPublicKey(base64(hex))).toThrow(refused);
  });

  test('other lengths and other spellings of base64 are refused', () => {
    const { publicKey } = generateKeyPair();
    expect(() => assertPublicKey(base64('00'.repeat(31)))).toThrow(refused);
    expect(() => assertPublicKey(base64('00'.repeat(33)))).toThrow(refused);
    expect(() => assertPublicKey(publicKey.replace('=', ''))).toThrow(refused);
    expect(() => assertPublicKey(`${publicKey} `)).toThrow(refused);
    expect(() => keyPairOf('AAAA')).toThrow(refused);
  });

  test('a trusted key must carry its own id, so one key cannot count as two', () => {
    const { publicKey, keyId } = generateKeyPair();
    expect(TrustedKey.safeParse({ publicKey, keyId }).success).toBe(true);
    expect(TrustedKey.safeParse({ publicKey, keyId: '0'.repeat(32) }).success).toBe(false);
    expect(TrustedKey.safeParse({ publicKey, keyId, note: 1 }).success).toBe(false);
  });

  test('signing with node:crypto gives the same bytes: the two implementations agree', () => {
    const { secretKey, publicKey } = generateKeyPair();
    const seed = Buffer.from(secretKey, 'base64').subarray(0, 32);
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const message = Buffer.from('the same');
    expect(Buffer.from(signBytes(message, secretKey))).toEqual(sign(null, message, key));
    expect(assertPublicKey(publicKey)).toHaveLength(32);
  });
});
