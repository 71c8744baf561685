import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bothWorlds } from './testing/both-worlds.ts';
import { World } from './testing/world.ts';

let world: World;
beforeAll(() => {
  world = World.start();
});
afterAll(() => world.end());

async function agree(expression: string): Promise<void> {
  const { ours, nodes } = await bothWorlds(
    world,
    `(async (s, b, hex) => ${expression})(crypto.subtle,
    (...bytes) => new Uint8Array(bytes), (buffer) => Array.from(new Uint8Array(buffer), (x) => x.toString(16).padStart(2, '0')).join(''))`,
  );
  expect(ours, expression).toEqual(nodes);
}
const fill = (length: number, seed = 1): string => `Uint8Array.from({ length: ${length} }, (_, i) => i * 7 + ${seed})`;
const HASHES = ['SHA-256', 'SHA-384', 'SHA-512'];

describe('digest', () => {
  test('agrees with Node on any data', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...HASHES), fc.nat(300), (hash, length) =>
        agree(`hex(await s.digest('${hash}', ${fill(length)}))`),
      ),
      { numRuns: 40 },
    );
    await agree(`hex(await s.digest({ name: 'sha-256' }, ${fill(100_000)}.buffer))`);
    await agree("hex(await s.digest('SHA-256', new DataView(b(1, 2, 3).buffer, 1)))");
  });

  test.each(["'MD5'", "'SHA-256', 'text'", 'undefined', "{ name: 'none' }"])(
    'of %s is refused as in Node',
    async (args) => {
      await agree(`s.digest(${args}${args.includes(',') ? '' : ', b(1)'})`);
    },
  );
});

describe('HMAC', () => {
  test.each(HASHES)('with %s agrees with Node', async (hash) => {
    const key = `await s.importKey('raw', ${fill(40)}, { name: 'HMAC', hash: '${hash}' }, true, ['sign', 'verify'])`;
    await agree(`hex(await s.sign('HMAC', ${key}, ${fill(99)}))`);
    await agree(`((k) => [k.type, k.extractable, k.algorithm, [...k.usages]])(${key})`);
    await agree(`s.exportKey('jwk', ${key})`);
    await agree(`hex(await s.exportKey('raw', ${key}))`);
    await agree(`(async (k) => { const m = new Uint8Array(await s.sign('HMAC', k, b(1))); const good = await s.verify('HMAC', k, m, b(1)); m[0] ^= 1;
      return [good, await s.verify('HMAC', k, m, b(1)), await s.verify('HMAC', k, m.subarray(1), b(1)), await s.verify('HMAC', k, b(), b(1))]; })(${key})`);
    await agree(`(await s.generateKey({ name: 'HMAC', hash: '${hash}' }, true, ['sign'])).algorithm`);
  });

  test.each([
    "s.importKey('raw', b(), { name: 'HMAC', hash: 'SHA-256' }, true, ['sign'])",
    "s.importKey('raw', b(1), { name: 'HMAC' }, true, ['sign'])",
    "s.importKey('raw', b(1), { name: 'HMAC', hash: 'SHA-256' }, true, [])",
    "s.importKey('raw', b(1), { name: 'HMAC', hash: 'SHA-256' }, true, ['encrypt'])",
    "s.importKey('jwk', { kty: 'oct', k: 'AQI', alg: 'HS256' }, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']).then((k) => k.algorithm)",
    "s.importKey('jwk', { kty: 'oct', k: 'AQI', alg: 'HS512' }, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign'])",
    "s.importKey('jwk', { kty: 'oct', k: 'AQI', ext: false }, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign'])",
    "s.importKey('jwk', { kty: 'oct', k: 'AQI', key_ops: ['verify'] }, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign'])",
    "s.importKey('jwk', { kty: 'RSA' }, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign'])",
    "s.importKey('none', b(1), { name: 'HMAC', hash: 'SHA-256' }, true, ['sign'])",
    "s.importKey('raw', b(1), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']).then((k) => s.exportKey('raw', k))",
    "s.importKey('raw', b(1), { name: 'HMAC', hash: 'SHA-256' }, true, ['verify']).then((k) => s.sign('HMAC', k, b(1)))",
    "s.importKey('raw', b(1), { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']).then((k) => s.encrypt({ name: 'AES-GCM', iv: b(1) }, k, b(1)))",
    "s.importKey('raw', b(1), 'Nothing', true, ['sign'])",
  ])('ends as in Node: %s', agree);
});

describe('AES-GCM', () => {
  test('agrees with Node for each key, tag and vector', async () => {
    for (const [keyBytes, tagLength, ivBytes] of [
      [16, 128, 12],
      [24, 96, 12],
      [32, 128, 16],
      [32, 32, 12],
    ] as const) {
      const algorithm = `{ name: 'AES-GCM', iv: ${fill(ivBytes, 3)}, tagLength: ${tagLength}, additionalData: b(9, 9) }`;
      const key = `await s.importKey('raw', ${fill(keyBytes)}, 'AES-GCM', true, ['encrypt', 'decrypt'])`;
      await agree(`hex(await s.encrypt(${algorithm}, ${key}, ${fill(77)}))`);
      await agree(
        `(async (k, a) => hex(await s.decrypt(a, k, await s.encrypt(a, k, b(1, 2, 3)))))(${key}, ${algorithm})`,
      );
      await agree(`s.exportKey('jwk', ${key})`);
    }
  });

  test('a flipped bit, another vector or other data beside it is refused', async () => {
    const key = `await s.importKey('raw', ${fill(32)}, 'AES-GCM', false, ['encrypt', 'decrypt'])`;
    const attempt = (
      change: string,
    ) => `(async (k, a) => { const c = new Uint8Array(await s.encrypt(a, k, b(1, 2, 3))); ${change}; return hex(await s.decrypt(a, k, c)); })(
      ${key}, { name: 'AES-GCM', iv: ${fill(12)}, additionalData: b(1) })`;
    for (const change of [
      '',
      'c[0] ^= 1',
      'c[c.length - 1] ^= 1',
      'a.iv = b(1)',
      'a.additionalData = b()',
      'a.tagLength = 120',
    ])
      await agree(attempt(change));
    expect(
      (
        await bothWorlds(
          world,
          `(async (s, b) => ${attempt('c[0] ^= 1').replace('hex', '')})(crypto.subtle, (...x) => new Uint8Array(x))`,
        )
      ).ours,
    ).toEqual({ error: 'OperationError' });
  });

  test.each([
    "s.importKey('raw', b(1, 2), 'AES-GCM', true, ['encrypt'])",
    "s.generateKey({ name: 'AES-GCM', length: 100 }, true, ['encrypt'])",
    "s.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']).then((k) => [k.type, k.extractable, k.algorithm, [...k.usages]])",
    `s.importKey('raw', ${fill(16)}, 'AES-GCM', true, ['encrypt']).then((k) => s.encrypt({ name: 'AES-GCM' }, k, b(1)))`,
    `s.importKey('raw', ${fill(16)}, 'AES-GCM', true, ['encrypt']).then((k) => s.encrypt({ name: 'AES-GCM', iv: b(1), tagLength: 100 }, k, b(1)))`,
    `s.importKey('raw', ${fill(16)}, 'AES-GCM', true, ['decrypt']).then((k) => s.decrypt({ name: 'AES-GCM', iv: b(1) }, k, b(1)))`,
  ])('ends as in Node: %s', agree);
});

describe('Ed25519', () => {
  const pkcs8 = `b(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20, ...${fill(32)})`;
  const key = `await s.importKey('pkcs8', ${pkcs8}, 'Ed25519', true, ['sign'])`;

  test('signs as Node does, and exports in each format', async () => {
    await agree(`hex(await s.sign('Ed25519', ${key}, ${fill(50)}))`);
    await agree(`hex(await s.exportKey('pkcs8', ${key}))`);
    await agree(`s.exportKey('jwk', ${key}).then(({ kty, crv, x, d, ext }) => [kty, crv, x, d, ext])`);
    await agree(`(async (k) => { const { x } = await s.exportKey('jwk', k); const p = await s.importKey('jwk', { kty: 'OKP', crv: 'Ed25519', x }, 'Ed25519', true, ['verify']);
      return [hex(await s.exportKey('raw', p)), hex(await s.exportKey('spki', p)), p.type, p.algorithm, [...p.usages]]; })(${key})`);
  });

  test('a signature made in one world is verified in the other, and a changed one in neither', async () => {
    const { ours } = await bothWorlds(
      world,
      `(async (s) => { const { publicKey, privateKey } = await s.generateKey('Ed25519', false, ['sign', 'verify']);
      const hex = (x) => [...new Uint8Array(x)]; return [hex(await s.exportKey('raw', publicKey)), hex(await s.sign('Ed25519', privateKey, new Uint8Array([1, 2])))]; })(crypto.subtle)`,
    );
    const [point, signature] = (ours as { value: [number[], number[]] }).value;
    const check = (change: string) => `(async (k, m, d) => { ${change}; return s.verify('Ed25519', k, m, d); })(
      await s.importKey('raw', b(${point}), 'Ed25519', true, ['verify']), b(${signature}), b(1, 2))`;
    for (const change of ['', 'm[0] ^= 1', 'd[0] ^= 1', 'm = m.subarray(1)', 'm = b()']) await agree(check(change));
    const { nodes } = await bothWorlds(
      world,
      `(async (s, b) => ${check('')})(crypto.subtle, (...x) => new Uint8Array(x))`,
    );
    expect(nodes).toEqual({ value: true });
  });

  test.each([
    `s.importKey('pkcs8', ${pkcs8}, 'Ed25519', true, ['verify'])`,
    `s.importKey('pkcs8', ${pkcs8}, 'Ed25519', true, [])`,
    "s.importKey('pkcs8', b(1, 2, 3), 'Ed25519', true, ['sign'])",
    "s.importKey('raw', b(1), 'Ed25519', true, ['verify'])",
    `s.importKey('raw', ${fill(32)}, 'Ed25519', true, ['sign'])`,
    "s.importKey('jwk', { kty: 'OKP', crv: 'X25519', x: 'AA' }, 'Ed25519', true, ['verify'])",
    "s.importKey('jwk', { kty: 'OKP', crv: 'Ed25519', x: '!' }, 'Ed25519', true, ['verify'])",
    `s.exportKey('spki', ${key})`,
    "s.generateKey('Ed25519', true, ['verify'])",
    "s.generateKey('Ed25519', true, ['encrypt'])",
    "s.generateKey('Ed25519', false, ['sign', 'verify']).then(({ publicKey: p, privateKey: k }) => [p.type, p.extractable, [...p.usages], k.type, k.extractable, [...k.usages]])",
  ])('ends as in Node: %s', agree);

  test('a private key has no raw format', async () => {
    const code = `(async (s, b) => s.exportKey('raw', ${key}))(crypto.subtle, (...x) => new Uint8Array(x))`;
    expect((await bothWorlds(world, code)).ours).toEqual({ error: 'InvalidAccessError' });
  });

  test('halves that do not belong together are refused', async () => {
    const { ours } = await bothWorlds(
      world,
      `crypto.subtle.importKey('jwk', { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43), d: 'A'.repeat(43) }, 'Ed25519', true, ['sign'])`,
    );
    expect(ours).toEqual({ error: 'DataError' });
  });
});

describe('derivation', () => {
  test('by HKDF and PBKDF2 agrees with Node', async () => {
    for (const hash of HASHES) {
      const hkdf = `await s.importKey('raw', ${fill(20)}, 'HKDF', false, ['deriveBits', 'deriveKey'])`;
      await agree(
        `hex(await s.deriveBits({ name: 'HKDF', hash: '${hash}', salt: b(1, 2), info: b(3) }, ${hkdf}, 520))`,
      );
      const pbkdf2 = `await s.importKey('raw', ${fill(20)}, 'PBKDF2', false, ['deriveBits', 'deriveKey'])`;
      await agree(
        `hex(await s.deriveBits({ name: 'PBKDF2', hash: '${hash}', salt: b(1, 2), iterations: 7 }, ${pbkdf2}, 520))`,
      );
      await agree(
        `(async (k) => [k.algorithm, hex(await s.exportKey('raw', k))])(await s.deriveKey({ name: 'HKDF', hash: '${hash}', salt: b(), info: b() }, ${hkdf}, { name: 'AES-GCM', length: 256 }, true, ['encrypt']))`,
      );
      await agree(
        `(async (k) => [k.algorithm, hex(await s.exportKey('raw', k))])(await s.deriveKey({ name: 'PBKDF2', hash: '${hash}', salt: b(1), iterations: 2 }, ${pbkdf2}, { name: 'HMAC', hash: '${hash}' }, true, ['sign']))`,
      );
    }
  });

  const key = "s.importKey('raw', b(1), 'PBKDF2', false, ['deriveBits'])";
  test.each([
    "s.importKey('raw', b(1), 'HKDF', true, ['deriveBits'])",
    "s.importKey('jwk', { kty: 'oct', k: 'AQ' }, 'PBKDF2', false, ['deriveBits'])",
    `${key}.then((k) => s.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: b(1), iterations: 0 }, k, 256))`,
    `${key}.then((k) => s.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: b(1), iterations: 1 }, k, 7))`,
    `${key}.then((k) => s.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: b(1), iterations: 1 }, k, 0)).then(hex)`,
    `${key}.then((k) => s.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: b(1), info: b() }, k, 256))`,
    `${key}.then((k) => s.deriveKey({ name: 'PBKDF2', hash: 'SHA-256', salt: b(1), iterations: 1 }, k, { name: 'AES-GCM', length: 128 }, true, ['encrypt']))`,
    "s.importKey('raw', b(1), 'HKDF', false, ['deriveBits']).then((k) => s.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: b(), info: b() }, k, 255 * 256 + 8))",
  ])('ends as in Node: %s', agree);

  test('that would take too long is refused', async () => {
    const { ours } = await bothWorlds(
      world,
      `crypto.subtle.importKey('raw', new Uint8Array(1), 'PBKDF2', false, ['deriveBits']).then((k) =>
      crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(1), iterations: 1_000 }, k, 8 * 64_000))`,
    );
    expect(ours).toEqual({ error: 'OperationError' });
  });
});

describe('crypto', () => {
  test('fills integer arrays and makes UUIDs', async () => {
    await agree('((a) => [crypto.getRandomValues(a) === a, a.byteLength])(new Uint32Array(5))');
    for (const array of [
      'new Float32Array(1)',
      'new DataView(new ArrayBuffer(1))',
      '[]',
      'new Uint8Array(65537)',
      'new Uint8Array(0).length',
    ])
      await agree(`crypto.getRandomValues(${array}).length`);
    expect(await world.evaluate('crypto.randomUUID()')).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(await world.evaluate('new Set(Array.from({ length: 100 }, () => crypto.randomUUID())).size')).toBe(100);
    expect(
      await world.evaluate('crypto.getRandomValues(new Uint8Array(new ArrayBuffer(64), 32)).some((x) => x > 0)'),
    ).toBe(true);
  });

  test('a key shows its traits and cannot be changed', async () => {
    const code = `crypto.subtle.generateKey({ name: 'AES-GCM', length: 128 }, false, ['encrypt']).then((k) => {
      for (const change of [() => { k.algorithm.name = 'x'; }, () => k.usages.push('decrypt'), () => { k.extractable = true; }]) {
        try { change(); } catch {}
      }
      return [k.algorithm.name, k.usages.length, k.extractable, Object.getOwnPropertyNames(k), String(k)];
    })`;
    expect(await world.evaluate(code)).toEqual(['AES-GCM', 1, false, [], '[object CryptoKey]']);
  });
});
