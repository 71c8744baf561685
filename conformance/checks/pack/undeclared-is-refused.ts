import { CONTRACTS } from '@greentic/core';
import type { Check } from '../../check.ts';
import { featuresOf } from './feature.ts';
import { probeOf } from './probe.ts';

const INVENTED = ['wipe', 'open', 'close', 'constructor', '__proto__', 'toString'];

export const undeclaredIsRefused: Check = {
  id: 'PCK-02',
  rev: 1,
  slot: 'all',
  level: 'core',
  title: 'What the pack does not declare is refused and changes nothing, and it declares only what there is.',
  clause: 'Undeclared means the call is refused and changes nothing; features are declared once, in pack.json.',
  hint: 'Remove from "features" in pack.json what the slot contract does not know.',
  minObservations: INVENTED.length + 2,
  async run(kit) {
    const { slot, manifest, life, environment } = kit;
    const known = featuresOf(slot);
    const unknown = manifest.features.filter((feature) => !known.includes(feature));
    kit.equal(unknown, [], 'The list of declared features that the contract does not know');

    const { change, look, view } = probeOf(slot, environment, kit.random.canary());
    await life.call(change.method, change.input);
    const everything = async () => {
      const seen = view(await life.call(look.method, look.input));
      return { seen, stored: kit.storage.digest, running: kit.workers.digest(environment) };
    };
    const before = await everything();
    const undeclared = Object.entries(CONTRACTS[slot].methods)
      .filter(([, { feature }]) => feature !== undefined && !manifest.features.includes(feature))
      .map(([method]) => method);
    for (const method of [...INVENTED, ...undeclared]) {
      await kit.refused(life.call(method, {}), 'pack/feature-undeclared', `The undeclared method ${method}`);
    }
    kit.equal(await everything(), before, 'What there is after the refused calls');
  },
};
