import { setTimeout as pause } from 'node:timers/promises';
import type { Check } from '../../check.ts';

const TTL_MS = 1000;
const SLACK_MS = 1000;
const EVERY_MS = 20;
/** Clocks of host and pack are read at different moments and in whole milliseconds. */
const READING_MS = 5;

export const pinsExpireOnTime: Check<'sessions'> = {
  id: 'SES-04',
  rev: 2,
  slot: 'sessions',
  level: 'core',
  title: 'A pin lasts as long as it was told, not longer, unless it is extended; looking at it does not extend it.',
  clause: 'A pin lasts ttlSeconds; extend lets it last ttlSeconds from then; an expired pin is none.',
  hint: 'Compare the time of expiry on every read; count no expired pins.',
  minObservations: 10,
  async run(kit) {
    const { pack } = kit;
    const deployment = 'desk.acme';
    const revision = 'desk.acme.1';
    const short = { deployment, session: 'short' };
    const kept = { deployment, session: 'kept' };
    for (const key of [short, kept]) {
      kit.equal(await pack.lookup(key), { revision: null }, 'A session nobody pinned');
    }
    const asked = performance.now();
    await pack.pin({ ...short, revision, ttlSeconds: TTL_MS / 1000 });
    const told = performance.now();
    await pack.pin({ ...kept, revision, ttlSeconds: TTL_MS / 1000 });
    const extension = await pack.extend({ ...kept, ttlSeconds: 600 });
    const extended = performance.now();
    const tooLate = extended - told >= TTL_MS;
    if (tooLate && !extension.extended) kit.cannotSee('This machine is too slow to extend a pin before it expires.');
    kit.equal(extension, { extended: true }, 'The extension');
    for (;;) {
      const before = performance.now();
      const { revision: found } = await pack.lookup(short);
      const after = performance.now();
      if (found === null) {
        kit.expect(
          after - asked >= TTL_MS - READING_MS,
          `The pin was gone ${Math.round(after - asked)} ms after it was set.`,
        );
        break;
      }
      kit.expect(
        before - told <= TTL_MS + SLACK_MS,
        `The pin was there ${Math.round(before - told)} ms after it was set.`,
      );
      await pause(EVERY_MS);
    }
    // An extension that counts from when the pin was set, or by its first time, is over as well by now.
    await pause(Math.max(0, extended + TTL_MS + EVERY_MS - performance.now()));
    kit.equal(await pack.extend({ ...short, ttlSeconds: 60 }), { extended: false }, 'The extension of an expired pin');
    kit.equal(await pack.count({ deployment }), { count: 1 }, 'The number of live pins');
    kit.equal(await pack.release(short), { released: false }, 'The release of an expired pin');
    kit.equal(await pack.lookup(kept), { revision }, 'The pin that was extended');
    const next = await pack.pin({ ...short, revision: 'desk.acme.2', ttlSeconds: 60 });
    kit.equal(next, { revision: 'desk.acme.2', pinned: true }, 'A pin after the old one expired');
  },
};
