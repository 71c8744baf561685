import { MemoryKv, MemorySeal, openForTest } from '@greentic/sdk/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import pack from './index.ts';
import { decodeRecord, isLive } from './record.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const integrity = code('secret/integrity');
const name = { tenant: 'acme', name: 'api/token' };
const key = 'acme/api/token';
const value = btoa('canary-value');

async function open(kv = new MemoryKv(), seal = new MemorySeal()) {
  return { kv, seal, secrets: await openForTest(pack, { kv: { secrets: kv }, seal: { master: seal } }) };
}

const stored = (kv: MemoryKv) => kv.entries.find((entry) => entry.key === key)?.value ?? '';

describe('a stored record', () => {
  test.each([
    ['no JSON', '{'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['a number', '7'],
    ['no fields', '{}'],
    ['a version alone', '{"version":1}'],
    ['version 0', '{"version":0,"deleted":true}'],
    ['a negative version', '{"version":-1,"deleted":true}'],
    ['half a version', '{"version":1.5,"deleted":true}'],
    ['a version that is too large', '{"version":9007199254740992,"deleted":true}'],
    ['a version that is text', '{"version":"1","deleted":true}'],
    ['a tombstone that is none', '{"version":1,"deleted":false}'],
    ['a tombstone with a value', '{"version":1,"deleted":true,"sealed":"YQ=="}'],
    ['no data key', '{"version":1,"sealed":"YQ=="}'],
    ['a data key that is no text', '{"version":1,"sealed":"YQ==","dataKey":1}'],
    ['a value that is no text', '{"version":1,"sealed":null,"dataKey":"YQ=="}'],
    ['one field more', '{"version":1,"sealed":"YQ==","dataKey":"YQ==","note":""}'],
  ])('with %s is secret/integrity', (_what, text) => {
    expect(() => decodeRecord(text)).toThrow(integrity);
  });

  test('is read in each of its two shapes', () => {
    const live = { version: 3, sealed: 'YQ==', dataKey: 'Yg==' };
    expect(decodeRecord(JSON.stringify(live))).toEqual(live);
    expect(isLive(decodeRecord(JSON.stringify(live)))).toBe(true);
    expect(isLive(decodeRecord('{"version":3,"deleted":true}'))).toBe(false);
    expect(isLive(undefined)).toBe(false);
  });

  test('of any text is one of the two shapes or secret/integrity, never another error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          expect(decodeRecord(text).version).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ code: 'secret/integrity' });
        }
      }),
    );
  });
});

describe('a secret whose storage was changed', () => {
  test('is refused with secret/integrity, whichever character changed, or comes back whole', async () => {
    const { secrets, kv } = await open();
    await secrets.put({ ...name, value });
    const truth = stored(kv);
    await fc.assert(
      fc.asyncProperty(fc.nat(truth.length - 1), fc.constantFrom('A', '0', '"', '}', 'é', ''), async (at, char) => {
        kv.overwrite(key, truth.slice(0, at) + char + truth.slice(at + 1));
        const read = await secrets.get(name).catch((error: unknown) => error);
        if (read instanceof Error) expect(read).toMatchObject({ code: 'secret/integrity' });
        else expect(read).toEqual({ value, version: 1 });
      }),
    );
    kv.overwrite(key, truth);
    expect(await secrets.get(name)).toEqual({ value, version: 1 });
  });

  test.each(['sealed', 'dataKey'])('does not open with the %s of an older version', async (field) => {
    const { secrets, kv } = await open();
    await secrets.put({ ...name, value: btoa('old') });
    const old = JSON.parse(stored(kv)) as Record<string, unknown>;
    await secrets.put({ ...name, value });
    const now = JSON.parse(stored(kv)) as Record<string, unknown>;
    kv.overwrite(key, JSON.stringify({ ...now, [field]: old[field] }));
    await expect(secrets.get(name)).rejects.toThrow(integrity);
  });

  test('does not open under the key of another environment', async () => {
    const { secrets, kv } = await open();
    await secrets.put({ ...name, value });
    const { secrets: elsewhere } = await open(kv);
    await expect(elsewhere.get(name)).rejects.toThrow(integrity);
  });

  test('is refused in words that repeat neither value nor stored bytes', async () => {
    const { secrets, kv } = await open();
    await secrets.put({ ...name, value });
    kv.overwrite(key, '{"version":1,"sealed":"canary-value","dataKey":"canary-value"}');
    const error = await secrets.get(name).catch((thrown: unknown) => thrown);
    expect(JSON.stringify({ ...(error as Error), text: (error as Error).message })).not.toContain('canary');
  });

  test('is neither overwritten nor deleted as if nothing had happened', async () => {
    const { secrets, kv } = await open();
    await secrets.put({ ...name, value });
    kv.overwrite(key, '{');
    await expect(secrets.put({ ...name, value })).rejects.toThrow(integrity);
    await expect(secrets.delete(name)).rejects.toThrow(integrity);
    expect(stored(kv)).toBe('{');
  });
});

describe('greentic.secrets.file opened anew', () => {
  test('reads what it stored before, and goes on with the numbers', async () => {
    const { secrets, kv, seal } = await open();
    await secrets.put({ ...name, value });
    const { secrets: again } = await open(kv, seal);
    expect(await again.get(name)).toEqual({ value, version: 1 });
    expect(await again.put({ ...name, value: '' })).toEqual({ version: 2 });
    expect(await secrets.get(name)).toEqual({ value: '', version: 2 });
  });

  test('gives back any bytes, and the newest of any number of versions', async () => {
    const { secrets } = await open();
    let version = 0;
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(await secrets.put({ ...name, value: text, ifVersion: version })).toEqual({ version: ++version });
        expect(await secrets.get(name)).toEqual({ value: text, version });
      }),
      { numRuns: 40 },
    );
  });

  test('lets writers without a condition all land, one version each', async () => {
    const { secrets } = await open();
    const puts = await Promise.all(Array.from({ length: 8 }, () => secrets.put({ ...name, value })));
    expect(puts.map(({ version }) => version).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('lets one of many deletes at once be the one that deleted', async () => {
    const { secrets } = await open();
    await secrets.put({ ...name, value });
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => secrets.delete(name)));
    expect(outcomes.filter(({ deleted }) => deleted)).toHaveLength(1);
  });
});
