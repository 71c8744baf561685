import type { Check } from '../../check.ts';

export const nothingReadableAtRest: Check<'secrets'> = {
  id: 'SEC-05',
  rev: 1,
  slot: 'secrets',
  level: 'core',
  title: 'What lies on the disk shows no value: not plain, nor in base64, hexadecimal, UTF-16 or backwards.',
  clause: 'Bytes at rest that nobody but the pack can read.',
  hint: 'Encrypt each value under a data key, and seal the data key with the host’s seal.',
  minObservations: 4,
  async run(kit) {
    const { pack } = kit;
    const canaries = Array.from({ length: 4 }, () => kit.random.canary());
    for (const [i, canary] of canaries.entries()) {
      const name = { tenant: 'acme', name: `token/${i}` };
      const value = Buffer.from(`user:${canary};`).toString('base64');
      await pack.put({ ...name, value });
      await pack.put({ ...name, value });
      kit.equal((await pack.get(name)).value, value, 'The secret');
    }
    await pack.delete({ tenant: 'acme', name: 'token/3' });
    if (kit.storage.size === 0)
      kit.cannotSee('The pack keeps nothing in the environment: the kit cannot look at its store.');
    for (const canary of canaries) {
      kit.equal(kit.storage.formsOf(canary), [], 'The list of forms in which a value lies on the disk');
      kit.expect(!kit.log.text.includes(canary), 'A value stands in the pack’s log.');
    }
  },
};
