import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sharedWorld } from './testing/shared-world.ts';

const { agree, outcome } = sharedWorld();
const bytes = (list: readonly number[]): string => `new Uint8Array(${JSON.stringify(list)})`;
const run = (body: string): string =>
  `(async (s, hex) => { ${body} })(crypto.subtle, (b) => Array.from(new Uint8Array(b), (x) => x.toString(16).padStart(2, '0')).join(''))`;
const HMAC = "{ name: 'HMAC', hash: 'SHA-256' }";
const K16 = 'AAECAwQFBgcICQoLDA0ODw';
const SEED = Array.from({ length: 32 }, (_, i) => (i * 37 + 11) & 255);
const PKCS8 = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20, ...SEED];

describe('a JSON Web Key', () => {
  test.each([
    ["use: 'sig'", HMAC, 'sign'],
    ["use: 'enc'", HMAC, 'sign'],
    ["use: 'other'", HMAC, 'sign'],
    ["use: 'sig'", "'AES-GCM'", 'encrypt'],
    ["use: 'enc'", "'AES-GCM'", 'encrypt'],
    ["alg: 'HS256'", HMAC, 'sign'],
    ["alg: 'HS384'", HMAC, 'sign'],
    ["alg: 'A128GCM'", "'AES-GCM'", 'encrypt'],
    ["alg: 'A256GCM'", "'AES-GCM'", 'encrypt'],
    ["alg: 'HS256'", "'AES-GCM'", 'encrypt'],
    ["key_ops: ['sign', 'verify']", HMAC, 'sign'],
    ["key_ops: ['verify']", HMAC, 'sign'],
    ['key_ops: []', HMAC, 'sign'],
    ["key_ops: ['sign', 'sign']", HMAC, 'sign'],
    ["key_ops: ['sign', 'unheard-of']", HMAC, 'sign'],
    ["key_ops: 'sign'", HMAC, 'sign'],
    ['ext: false', HMAC, 'sign'],
    ['ext: true', HMAC, 'sign'],
    ["kty: 'OKP'", HMAC, 'sign'],
    ["kty: 'OCT'", HMAC, 'sign'],
    ['k: 5', HMAC, 'sign'],
    ["k: ''", HMAC, 'sign'],
    ["k: 'A'", HMAC, 'sign'],
    ["k: 'é'", HMAC, 'sign'],
    ['k: undefined', HMAC, 'sign'],
    ["k: 'AAA'", "'AES-GCM'", 'encrypt'],
    ["extra: 'ignored'", HMAC, 'sign'],
  ])('with { %s } is for %s what it is in Node', async (fields, algorithm, usage) => {
    await agree(
      run(
        `const k = await s.importKey('jwk', { kty: 'oct', k: '${K16}', ${fields} }, ${algorithm}, true, ['${usage}']); return [k.algorithm, hex(await s.exportKey('raw', k))];`,
      ),
    );
  });

  test.each(["k: 'AA=='", "k: 'A+/A'", "k: 'AA AA'"])(
    'with { %s } is refused: base64url has no padding and no other alphabet',
    async (fields) => {
      expect(await outcome(run(`await s.importKey('jwk', { kty: 'oct', ${fields} }, ${HMAC}, true, ['sign'])`))).toBe(
        'DataError',
      );
    },
  );

  test.each(['null', 'undefined', '5', "'text'", 'new Uint8Array(4)', '[]'])('%s is none', async (value) => {
    expect(await outcome(run(`await s.importKey('jwk', ${value}, ${HMAC}, true, ['sign'])`))).toMatch(
      /^(?:TypeError|DataError)$/,
    );
  });

  test.each([
    "alg: 'EdDSA'",
    "alg: 'Ed25519'",
    "alg: 'ES256'",
    "use: 'sig'",
    "use: 'enc'",
    "key_ops: ['sign']",
    "key_ops: ['verify', 'verify']",
    "crv: 'X25519'",
    'crv: undefined',
    "kty: 'EC'",
    "x: 'AAAA'",
    'x: undefined',
    "x: 'B'.repeat(44)",
  ])('of an Ed25519 point with { %s } ends as in Node', async (fields) => {
    await agree(
      run(
        `const k = await s.importKey('jwk', { kty: 'OKP', crv: 'Ed25519', x: '${'A'.repeat(43)}', ${fields} }, 'Ed25519', true, ['verify']); return [k.type, [...k.usages]];`,
      ),
    );
  });

  test('of any secret survives export and import, as in Node', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 80 }), (secret) =>
        agree(
          run(`const k = await s.importKey('raw', ${bytes([...secret])}, ${HMAC}, true, ['sign', 'verify']); const jwk = await s.exportKey('jwk', k);
          const again = await s.importKey('jwk', jwk, ${HMAC}, true, ['sign']); return [jwk, hex(await s.exportKey('raw', again))];`),
        ),
      ),
      { numRuns: 60 },
    );
  });
});

describe('an HMAC key’s length', () => {
  test.each(['16', 'undefined', '24', '0', '8', '17', "'16'"])(
    'of %s bits for two bytes ends as in Node',
    async (length) => {
      await agree(
        run(
          `return (await s.importKey('raw', new Uint8Array(2), { name: 'HMAC', hash: 'SHA-256', length: ${length} }, true, ['sign'])).algorithm.length;`,
        ),
      );
    },
  );

  test('that would leave half a byte is refused rather than taken for more', async () => {
    expect(
      await outcome(
        run(
          "await s.importKey('raw', new Uint8Array(2), { name: 'HMAC', hash: 'SHA-256', length: 12 }, true, ['sign'])",
        ),
      ),
    ).toBe('DataError');
  });
});

describe('an Ed25519 key in DER', () => {
  test('is told by every byte before the key: any of them flipped is refused', async () => {
    const flips = `const outcomes = []; for (let i = 0; i < 16; i++) { const der = ${bytes(PKCS8)}; der[i] ^= 1;
      outcomes.push(await s.importKey('pkcs8', der, 'Ed25519', true, ['sign']).then(() => 'taken', (e) => e.name)); } return [...new Set(outcomes)];`;
    expect(await outcome(run(flips))).toEqual(['DataError']);
    const spki = `const k = await s.importKey('raw', ${bytes(SEED)}, 'Ed25519', true, ['verify']); const good = new Uint8Array(await s.exportKey('spki', k)); const outcomes = [];
      for (let i = 0; i < 12; i++) { const der = good.slice(); der[i] ^= 1; outcomes.push(await s.importKey('spki', der, 'Ed25519', true, ['verify']).then(() => 'taken', (e) => e.name)); } return [...new Set(outcomes)];`;
    expect(await outcome(run(spki))).toEqual(['DataError']);
  });

  test.each([
    ['pkcs8', 'one byte short', bytes(PKCS8.slice(0, -1))],
    ['pkcs8', 'one byte long', bytes([...PKCS8, 0])],
    ['pkcs8', 'empty', bytes([])],
    ['spki', 'that is a private key', bytes(PKCS8)],
    ['pkcs8', 'that is only the seed', bytes(SEED)],
    ['raw', 'of 31 bytes', bytes(SEED.slice(1))],
    ['raw', 'of 33 bytes', bytes([...SEED, 0])],
  ])('in %s %s is refused', async (format, _, data) => {
    const usage = format === 'pkcs8' ? 'sign' : 'verify';
    expect(await outcome(run(`await s.importKey('${format}', ${data}, 'Ed25519', true, ['${usage}'])`))).toBe(
      'DataError',
    );
  });

  test('survives every format it has, byte for byte, as in Node', async () => {
    await agree(
      run(`const k = await s.importKey('pkcs8', ${bytes(PKCS8)}, 'Ed25519', true, ['sign']); const jwk = await s.exportKey('jwk', k);
      const p = await s.importKey('jwk', { kty: jwk.kty, crv: jwk.crv, x: jwk.x }, 'Ed25519', true, ['verify']); const out = [hex(await s.exportKey('pkcs8', k)), jwk.d, jwk.x];
      for (const format of ['raw', 'spki']) out.push(hex(await s.exportKey(format, await s.importKey(format, await s.exportKey(format, p), 'Ed25519', true, ['verify']))));
      return out;`),
    );
  });

  test.each([
    ['pkcs8', 'p'],
    ['raw', 'k'],
    ['spki', 'k'],
  ])('has no %s of the other half', async (format, key) => {
    expect(
      await outcome(
        run(
          `const { publicKey: p, privateKey: k } = await s.generateKey('Ed25519', true, ['sign', 'verify']); await s.exportKey('${format}', ${key})`,
        ),
      ),
    ).toBe('InvalidAccessError');
  });

  test.each(['pkcs8', 'spki'])('%s is no format of a secret key, either way', async (format) => {
    expect(await outcome(run(`await s.importKey('${format}', new Uint8Array(16), 'AES-GCM', true, ['encrypt'])`))).toBe(
      'NotSupportedError',
    );
    expect(await outcome(run(`await s.exportKey('${format}', await s.generateKey(${HMAC}, true, ['sign']))`))).toBe(
      'NotSupportedError',
    );
  });
});
