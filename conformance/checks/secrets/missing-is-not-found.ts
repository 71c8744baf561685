import type { Check } from '../../check.ts';

export const missingIsNotFound: Check<'secrets'> = {
  id: 'SEC-03',
  rev: 1,
  slot: 'secrets',
  level: 'core',
  title:
    'A secret that is missing, deleted or another tenant’s is not found, in the same words; an empty one is there.',
  clause: 'get fails with secret/not-found; tenants are apart, and none learns what another has.',
  hint: 'Look up by tenant and name together; never say that another tenant has the name.',
  minObservations: 8,
  async run(kit) {
    const { pack } = kit;
    const name = { tenant: 'acme', name: 'api/token' };
    const value = Buffer.from(kit.random.canary()).toString('base64');
    const missing = await kit.refused(pack.get(name), 'secret/not-found', 'A secret nobody put');
    kit.equal(await pack.delete(name), { deleted: false }, 'The delete of a missing secret');
    await pack.put({ ...name, value: '' });
    kit.equal((await pack.get(name)).value, '', 'An empty secret');
    await pack.put({ ...name, value });
    const foreign = await kit.refused(pack.get({ ...name, tenant: 'rival' }), 'secret/not-found', 'A foreign secret');
    const told = foreign.message.replaceAll('rival', 'acme');
    kit.equal(told, missing.message, 'What the other tenant is told');
    kit.equal(await pack.delete({ ...name, tenant: 'rival' }), { deleted: false }, 'A foreign delete');
    kit.equal((await pack.get(name)).value, value, 'The secret after a foreign delete');
    kit.equal(await pack.delete(name), { deleted: true }, 'The delete');
    await kit.refused(pack.get(name), 'secret/not-found', 'A deleted secret');
  },
};
