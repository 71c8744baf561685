import type { Check } from '../../check.ts';
import { probeOf } from './probe.ts';

const KILLS = 3;

export const survivesItsProcess: Check = {
  id: 'PCK-06',
  rev: 1,
  slot: 'all',
  level: 'core',
  title: 'When the pack’s process is killed, the next call works, and nothing durable that was acknowledged is lost.',
  clause: 'A sandbox that dies is started anew by the next call; what the contract calls durable outlives it.',
  hint: 'Keep what has to last in the durable map, and return only when its commit has.',
  minObservations: KILLS,
  async run(kit) {
    const { life, slot, environment } = kit;
    const { change, look, view, durable } = probeOf(slot, environment, kit.random.canary());
    await life.call(change.method, change.input);
    const before = await life.call(look.method, look.input);
    for (let kill = 1; kill <= KILLS; kill++) {
      const { pid } = life;
      await life.kill();
      const after = await life.call(look.method, look.input);
      kit.expect(life.pid !== pid, `The process ${pid} still answers after kill ${kill}.`);
      if (durable) kit.equal(view(after), view(before), `What the pack shows after kill ${kill}`);
    }
  },
};
