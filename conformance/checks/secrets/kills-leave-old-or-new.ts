import { setTimeout as pause } from 'node:timers/promises';
import type { Secrets } from '@greentic/core';
import type { Check } from '../../check.ts';
import type { Kit } from '../../kit.ts';

const TENANT = 'acme';
const ROUNDS = 8;
const NAMES = 6;
const MAX_BYTES = 4 * 1024;

/** What is known of one secret: the value acknowledged last, and the one whose put has not returned. */
interface Rotation {
  readonly name: string;
  acknowledged: string;
  underWay: string | undefined;
}

/** Puts new values, one after the other, until the pack’s process dies. */
async function rotate(kit: Kit<'secrets'>, pack: Secrets, rotation: Rotation, onPut: () => void): Promise<void> {
  for (;;) {
    // Values of many sizes keep the writers out of step, so that a kill finds them at different points.
    const value = kit.random.bytes(1 + kit.random.below(MAX_BYTES)).toString('base64');
    rotation.underWay = value;
    await pack.put({ tenant: TENANT, name: rotation.name, value });
    rotation.acknowledged = value;
    rotation.underWay = undefined;
    onPut();
  }
}

/** Opens the pack, keeps all secrets rotating, and kills it after so many puts, in the middle of others. */
async function killAmidPuts(kit: Kit<'secrets'>, rotations: readonly Rotation[], puts: number): Promise<void> {
  const life = kit.open();
  const enough = Promise.withResolvers<void>();
  const started = performance.now();
  let acknowledged = 0;
  const onPut = () => {
    acknowledged++;
    if (acknowledged >= puts) enough.resolve();
  };
  const writers = Promise.allSettled(rotations.map((rotation) => rotate(kit, life.pack, rotation, onPut)));
  await Promise.race([enough.promise, writers]);
  kit.expect(acknowledged >= puts, `The puts ended after ${acknowledged}, before anything was killed.`);
  // An acknowledgement is one and the same point of a put; the kill has to fall anywhere between two of them.
  const turnMs = ((performance.now() - started) / acknowledged) * rotations.length;
  await pause((turnMs * kit.random.below(100)) / 100);
  await life.kill();
  await writers;
  await life.close();
}

export const killsLeaveOldOrNew: Check<'secrets'> = {
  id: 'SEC-12',
  rev: 1,
  slot: 'secrets',
  level: 'core',
  title: 'A kill in the middle of puts leaves each secret old or new, and new when the put was acknowledged.',
  clause: 'put stores a new version: all of it once it returns, and never a part of it.',
  hint: 'Write value, key and version in one commit.',
  minObservations: ROUNDS * NAMES,
  async run(kit) {
    const rotations: Rotation[] = Array.from({ length: NAMES }, (_, i) => {
      return { name: `token/${i}`, acknowledged: '', underWay: undefined };
    });
    for (const { name } of rotations) await kit.pack.put({ tenant: TENANT, name, value: '' });
    for (let round = 0; round < ROUNDS; round++) {
      await killAmidPuts(kit, rotations, NAMES + kit.random.below(2 * NAMES));
      for (const rotation of rotations) {
        const { value } = await kit.pack.get({ tenant: TENANT, name: rotation.name });
        const { acknowledged, underWay } = rotation;
        const whole = value === acknowledged || value === underWay;
        kit.expect(whole, 'After a kill a secret is neither the one acknowledged last nor the one that was under way.');
        rotation.acknowledged = value;
      }
    }
  },
};
