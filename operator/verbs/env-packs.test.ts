import type { Slot } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { apply, emptySnapshot, NOW, sampleBinding, sampleLock, samplePin } from '../testing/sample.ts';
import { bindPack, removePack } from './env-packs.ts';
import { assertEnvironment } from './invariant.ts';

const refusal = (code: string) => expect.objectContaining({ code });
const bound = (slot: Slot = 'secrets') => apply(emptySnapshot(), bindPack(emptySnapshot(), sampleBinding(slot), NOW));

describe('binding a pack', () => {
  test('fills the slot at generation 1 and names the lock by its digest', () => {
    const input = sampleBinding('secrets');
    const { environment, lock, result } = bindPack(emptySnapshot(), input, NOW);
    expect(environment.bindings).toMatchObject([
      { slot: 'secrets', pack: input.pack, generation: 1, boundAt: NOW.toISOString() },
    ]);
    expect(environment.lock?.digest).toBe(input.lock.digest);
    expect(lock).toEqual(input.lock.bytes);
    expect(result).toEqual({ slot: 'secrets', generation: 1 });
    expect(() => assertEnvironment(environment)).not.toThrow();
  });

  test('needs a trust root: trust/root-missing', () => {
    const snapshot = { ...emptySnapshot(), trustRoot: undefined };
    expect(() => bindPack(snapshot, sampleBinding('secrets'), NOW)).toThrow(refusal('trust/root-missing'));
  });

  test('made for another slot is refused with pack/slot-mismatch', () => {
    const input = { ...sampleBinding('secrets'), pack: samplePin('acme.state.file') };
    expect(() => bindPack(emptySnapshot(), input, NOW)).toThrow(refusal('pack/slot-mismatch'));
  });

  test('into a taken slot is refused with env/slot-taken unless told to replace, which is the next generation', () => {
    expect(() => bindPack(bound(), sampleBinding('secrets'), NOW)).toThrow(refusal('env/slot-taken'));
    const { environment } = bindPack(
      bound(),
      { ...sampleBinding('secrets'), pack: samplePin('acme.secrets.vault'), replace: true },
      NOW,
    );
    expect(environment.bindings).toMatchObject([{ pack: { name: 'acme.secrets.vault' }, generation: 2 }]);
  });

  test('with a lock whose bytes are not its digest’s is refused with lock/mismatch', () => {
    const lock = { bytes: Buffer.from('other'), digest: sampleLock(1).digest };
    expect(() => bindPack(emptySnapshot(), { ...sampleBinding('secrets'), lock }, NOW)).toThrow(
      refusal('lock/mismatch'),
    );
  });
});

describe('removing a pack', () => {
  test('empties the slot; a pack bound later counts on from the last generation', () => {
    const removed = apply(bound(), removePack(bound(), { slot: 'secrets', lock: sampleLock('none') }));
    expect(removed.environment.bindings).toEqual([]);
    expect(removed.environment.lock?.digest).toBe(sampleLock('none').digest);
    expect(bindPack(removed, sampleBinding('secrets'), NOW).result.generation).toBe(2);
  });

  test('from an empty slot is refused with env/slot-empty', () => {
    expect(() => removePack(bound(), { slot: 'state', lock: sampleLock('none') })).toThrow(refusal('env/slot-empty'));
  });
});
