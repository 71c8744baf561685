import { definePack, PackError, type Sessions } from '@greentic/sdk';
import { PinTable } from './pin-table.ts';

/** Session pins in the pack's own memory. */
export default definePack('sessions', {
  open(context): Sessions {
    const pins = new PinTable(Number(context.answers['max-pins']));
    return {
      async pin({ deployment, session, revision, ttlSeconds }) {
        const existing = pins.get(deployment, session, Date.now());
        if (existing !== undefined) return { revision: existing, pinned: false };
        if (!pins.set({ deployment, session, revision, expiresAt: Date.now() + ttlSeconds * 1000 }, Date.now())) {
          throw new PackError('sessions/full', `${pins.size} sessions are pinned.`);
        }
        return { revision, pinned: true };
      },
      async lookup({ deployment, session }) {
        return { revision: pins.get(deployment, session, Date.now()) ?? null };
      },
      async extend({ deployment, session, ttlSeconds }) {
        return { extended: pins.extend(deployment, session, Date.now(), ttlSeconds * 1000) };
      },
      async release({ deployment, session }) {
        return { released: pins.delete(deployment, session, Date.now()) };
      },
      async count({ deployment, revision }) {
        return { count: pins.count(deployment, revision, Date.now()) };
      },
    };
  },
});
