import { describe, expect, test } from 'vitest';
import { assertPack, decodeManifest, MANIFEST_MAX_BYTES } from './manifest.ts';

const reason = 'Needed for the test.';
const pack = {
  schema: 'greentic.pack/1',
  name: 'acme.secrets.vault',
  version: '1.0.0',
  title: 'A vault',
  description: 'Keeps secrets for the test.',
  slot: 'secrets',
  contract: 1,
};
const bundle = {
  schema: 'greentic.bundle/1',
  name: 'acme.bundle.desk',
  version: '1.0.0',
  title: 'A desk',
  description: 'Takes tickets for the test.',
};
const decoded = (value: unknown) => decodeManifest(JSON.stringify(value));
const invalid = (text: RegExp) =>
  expect.objectContaining({ code: 'pack/manifest-invalid', message: expect.stringMatching(text) });
const http = {
  kind: 'http',
  binding: 'api',
  origins: ['https://a.example.com'],
  methods: ['GET'],
  paths: ['/v1/*'],
  reason,
};

describe('manifest', () => {
  test('what is left out has its default', () => {
    expect(decoded(pack)).toMatchObject({
      features: [],
      permissions: [],
      limits: { memoryMib: 64, callMs: 10_000, cpuMs: 1000 },
    });
    expect(decoded(bundle)).toMatchObject({ needs: [], secrets: [] });
  });

  test.each([
    ['an unknown key', { ...pack, insecure: true }, /insecure/],
    ['an unknown key inside', { ...pack, limits: { memory: 1 } }, /limits/],
    ['an unknown schema', { ...pack, schema: 'greentic.pack/2' }, /schema/],
    ['a name of another slot', { ...pack, slot: 'state' }, /name: the middle label/],
    ['a bundle named like a pack', { ...bundle, name: 'acme.secrets.vault' }, /name: the middle label/],
    ['a bundle that needs a deployer', { ...bundle, needs: ['deployer'] }, /needs/],
    ['a version that is a range', { ...pack, version: '^1.0.0' }, /version/],
    ['too much memory', { ...pack, limits: { memoryMib: 4096 } }, /limits\.memoryMib/],
    ['an unknown permission', { ...pack, permissions: [{ kind: 'fs', reason }] }, /permissions\.0/],
    ['a permission without a reason', { ...pack, permissions: [{ kind: 'log' }] }, /permissions\.0\.reason/],
    [
      'a permission asked twice',
      {
        ...pack,
        permissions: [
          { kind: 'log', reason },
          { kind: 'log', reason },
        ],
      },
      /asked twice/,
    ],
    ['plain http to the world', { ...pack, permissions: [{ ...http, origins: ['http://a.example.com'] }] }, /https:/],
    ['an origin with a path', { ...pack, permissions: [{ ...http, origins: ['https://a.example.com/x'] }] }, /origins/],
    [
      'both origins and a question',
      { ...pack, permissions: [{ ...http, originFrom: 'address' }] },
      /either origins or/,
    ],
    ['neither of them', { ...pack, permissions: [{ ...http, origins: [] }] }, /either origins or/],
    [
      'a secret towards nowhere',
      { ...pack, permissions: [{ kind: 'secret', binding: 's', access: 'use', towards: 'none', reason }] },
      /towards/,
    ],
    [
      'the value of a secret for a pack of another slot',
      {
        ...pack,
        name: 'acme.state.x',
        slot: 'state',
        permissions: [{ kind: 'secret', binding: 's', access: 'value', reason }],
      },
      /only secrets packs/,
    ],
  ])('%s is refused, and the message says where', (_name, value, text) => {
    expect(() => decoded(value)).toThrow(invalid(text));
  });

  test('hostile bytes are refused as any other bad manifest', () => {
    for (const bytes of [
      '',
      '[]',
      'null',
      '{"__proto__":{}}',
      `"${'x'.repeat(MANIFEST_MAX_BYTES)}"`,
      Buffer.from([0xff]),
    ]) {
      expect(() => decodeManifest(bytes)).toThrow(expect.objectContaining({ code: 'pack/manifest-invalid' }));
    }
  });

  test('a pack fills its own slot and no other, and a bundle none', () => {
    const mismatch = expect.objectContaining({ code: 'pack/slot-mismatch' });
    expect(() => assertPack(decoded(pack), 'secrets')).not.toThrow();
    expect(() => assertPack(decoded(pack), 'state')).toThrow(mismatch);
    expect(() => assertPack(decoded(bundle))).toThrow(mismatch);
  });
});
