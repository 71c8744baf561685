import { digestOf, type EnvironmentName } from '@greentic/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SampleRegistry, sampleBundle, samplePack } from '../testing/sample-registry.ts';
import { decodeLock, encodeLock, type LockEntry, type LockFile, withEntry, withoutEntry } from './lock-file.ts';

/** A pack's and a bundle's entries, as an install makes them. */
async function entries(): Promise<[pack: LockEntry, bundle: LockEntry]> {
  await using registry = await SampleRegistry.create();
  const bundle = sampleBundle();
  await registry.publish(samplePack());
  await registry.publish(bundle);
  const pack = await registry.install();
  return [pack.lockEntry, (await registry.install({ name: bundle.name, kind: 'bundle' })).lockEntry];
}

const [pack, bundle] = await entries();
const lockOf = (...all: LockEntry[]): LockFile => ({
  schema: 'greentic.lock/1',
  environment: 'local' as EnvironmentName,
  entries: all,
});

describe('a lock file', () => {
  test('comes back from its bytes as it was', () => {
    const { text, digest } = encodeLock(lockOf(bundle, pack));
    expect(digestOf(text)).toBe(digest);
    expect(decodeLock(Buffer.from(text))).toEqual(lockOf(bundle, pack));
  });

  test('equal locks give equal bytes, in whatever order their entries are', () => {
    expect(encodeLock(lockOf(pack, bundle)).text).toBe(encodeLock(lockOf(bundle, pack)).text);
  });

  test('bytes that are not canonical are refused with lock/invalid', () => {
    const { text } = encodeLock(lockOf(pack, bundle));
    const loose = [
      text.trimEnd(),
      `${text}\n`,
      JSON.stringify(JSON.parse(text), null, 1),
      JSON.stringify(lockOf(pack, bundle)),
    ];
    for (const bytes of loose)
      expect(() => decodeLock(Buffer.from(bytes))).toThrow(expect.objectContaining({ code: 'lock/invalid' }));
  });

  test('a flipped bit anywhere is refused, or gives another digest', () => {
    const { text, digest } = encodeLock(lockOf(pack));
    const bytes = Buffer.from(text);
    fc.assert(
      fc.property(fc.nat(bytes.byteLength - 1), fc.nat(7), (at, bit) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        try {
          expect(encodeLock(decodeLock(changed)).digest).not.toBe(digest);
        } catch (error) {
          expect(error).toMatchObject({ code: 'lock/invalid' });
        }
      }),
    );
  });

  test('two packs in one slot, one bundle twice, and fields nobody knows are refused with lock/invalid', () => {
    const bad = [
      lockOf(pack, pack),
      lockOf(bundle, bundle),
      { ...lockOf(), more: 1 },
      lockOf({ ...pack, more: 1 } as LockEntry),
    ];
    for (const lock of bad) expect(() => encodeLock(lock)).toThrow(expect.objectContaining({ code: 'lock/invalid' }));
  });

  test('an entry takes the place of the one for its slot, a bundle that of the same digest', () => {
    const newer: LockEntry = { ...pack, digest: digestOf('newer') };
    expect(withEntry(lockOf(pack, bundle), newer).entries).toEqual([bundle, newer]);
    expect(withEntry(lockOf(pack, bundle), bundle).entries).toEqual([pack, bundle]);
    const second: LockEntry = { ...bundle, digest: digestOf('second') };
    expect(withEntry(lockOf(bundle), second).entries).toEqual([bundle, second]);
  });

  test('an entry is taken out by its slot, a bundle by its digest', () => {
    expect(withoutEntry(lockOf(pack, bundle), 'state').entries).toEqual([bundle]);
    expect(withoutEntry(lockOf(pack, bundle), bundle.digest).entries).toEqual([pack]);
    expect(withoutEntry(lockOf(pack, bundle), digestOf('none')).entries).toEqual([pack, bundle]);
  });
});
