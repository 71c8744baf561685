import type { SessionKey, Sessions } from '@greentic/sdk';
import type { Mutations } from '../mutation.ts';

/** Answers pins with something else than what became of them. */
function answering(
  reference: Sessions,
  answer: (found: { revision: string; pinned: boolean }, asked: string) => { revision: string; pinned: boolean },
): Partial<Sessions> {
  return { pin: async (input) => answer(await reference.pin(input), input.revision) };
}

/** Passes ids through a function before anything else happens. */
function naming(reference: Sessions, rename: (session: string) => string): Partial<Sessions> {
  const renamed = <T extends SessionKey>(input: T): T => ({ ...input, session: rename(input.session) });
  return {
    pin: (input) => reference.pin(renamed(input)),
    lookup: (input) => reference.lookup(renamed(input)),
    extend: (input) => reference.extend(renamed(input)),
    release: (input) => reference.release(renamed(input)),
  };
}

/** Ways in which a sessions pack is right for most calls, and not for all. */
export const SESSIONS_LAPSES = {
  'loser-hears-what-it-asked': {
    killedBy: 'SES-02',
    apply: (reference) => answering(reference, ({ pinned }, revision) => ({ revision, pinned })),
  },
  'everybody-wins': {
    killedBy: 'SES-02',
    apply: (reference) => answering(reference, ({ revision }) => ({ revision, pinned: true })),
  },
  'nobody-wins': {
    killedBy: 'SES-02',
    apply: (reference) => answering(reference, ({ revision }) => ({ revision, pinned: false })),
  },
  'same-revision-wins-again': {
    killedBy: 'SES-18',
    apply: (reference) =>
      answering(reference, (found, asked) => ({ revision: found.revision, pinned: found.revision === asked })),
  },
  'right-the-first-time': {
    killedBy: 'SES-02',
    apply: (reference) => {
      let calls = 0;
      return { pin: async (input) => (++calls === 1 ? await reference.pin(input) : { ...input, pinned: true }) };
    },
  },
  'last-of-many-wins': {
    killedBy: 'SES-02',
    apply: (reference) => {
      const underWay = new Map<string, number>();
      return {
        pin: async (input) => {
          const name = `${input.deployment}/${input.session}`;
          underWay.set(name, (underWay.get(name) ?? 0) + 1);
          const pinned = await reference.pin(input);
          const left = (underWay.get(name) ?? 1) - 1;
          underWay.set(name, left);
          if (left > 0 || pinned.pinned) return pinned;
          await reference.release({ deployment: input.deployment, session: input.session });
          return await reference.pin(input);
        },
      };
    },
  },
  'release-lies': {
    killedBy: 'SES-01',
    apply: (reference) => ({
      release: async (input) => {
        await reference.release(input);
        return { released: true };
      },
    }),
  },
  'release-is-final': {
    killedBy: 'SES-01',
    apply: (reference) => {
      const gone = new Set<string>();
      return {
        release: (input) => {
          gone.add(input.session);
          return reference.release(input);
        },
        pin: async (input) =>
          gone.has(input.session) ? { revision: input.revision, pinned: false } : await reference.pin(input),
      };
    },
  },
  'extend-creates': {
    killedBy: 'SES-01',
    apply: (reference) => ({
      extend: async ({ deployment, session, ttlSeconds }) => {
        await reference.pin({ deployment, session, ttlSeconds, revision: `${deployment}.1` });
        return { extended: true };
      },
    }),
  },
  'extend-releases': {
    killedBy: 'SES-01',
    apply: (reference) => ({
      extend: async ({ deployment, session }) => ({
        extended: (await reference.release({ deployment, session })).released,
      }),
    }),
  },
  'extend-revives': {
    killedBy: 'SES-04',
    apply: (reference) => {
      const known = new Map<string, string>();
      return {
        pin: (input) => {
          known.set(input.session, input.revision);
          return reference.pin(input);
        },
        extend: async (input) => {
          const revision = known.get(input.session);
          if (revision === undefined) return { extended: false };
          await reference.release({ deployment: input.deployment, session: input.session });
          await reference.pin({ ...input, revision });
          return { extended: true };
        },
      };
    },
  },
  'extends-by-a-second': {
    killedBy: 'SES-04',
    apply: (reference) => ({ extend: (input) => reference.extend({ ...input, ttlSeconds: 1 }) }),
  },
  'minutes-for-seconds': {
    killedBy: 'SES-04',
    apply: (reference) => ({ pin: (input) => reference.pin({ ...input, ttlSeconds: input.ttlSeconds * 60 }) }),
  },
  'pin-again-extends': {
    killedBy: 'SES-04',
    apply: (reference) => ({
      lookup: async (input) => {
        const found = await reference.lookup(input);
        if (found.revision !== null) await reference.extend({ ...input, ttlSeconds: 600 });
        return found;
      },
    }),
  },
  'ids-trimmed': { killedBy: 'SES-17', apply: (reference) => naming(reference, (id) => id.trim()) },
  'ids-end-at-nul': {
    killedBy: 'SES-17',
    apply: (reference) => naming(reference, (id) => id.split('\u0000')[0] ?? ''),
  },
  'ids-end-at-a-line': {
    killedBy: 'SES-17',
    apply: (reference) => naming(reference, (id) => id.split('\n')[0] ?? ''),
  },
  'ids-cut-by-one': { killedBy: 'SES-17', apply: (reference) => naming(reference, (id) => id.slice(0, 255)) },
  'ids-are-paths': { killedBy: 'SES-17', apply: (reference) => naming(reference, (id) => id.replace('../', '')) },
  'ids-are-patterns': { killedBy: 'SES-17', apply: (reference) => naming(reference, (id) => id.replace('*', '')) },
  'releases-what-begins-alike': {
    killedBy: 'SES-17',
    apply: (reference) => ({
      release: async ({ deployment, session }) => {
        await reference.release({ deployment, session: `${session} ` });
        return await reference.release({ deployment, session });
      },
    }),
  },
  'ids-are-properties': {
    killedBy: 'SES-17',
    apply: (reference) => {
      const plain: Record<string, boolean> = {};
      return {
        pin: async (input) =>
          plain[input.session] === undefined ? await reference.pin(input) : { ...input, pinned: false },
      };
    },
  },
  'counts-one-more': {
    killedBy: 'SES-18',
    apply: (reference) => ({ count: async (input) => ({ count: (await reference.count(input)).count + 1 }) }),
  },
  'counts-to-ten': {
    killedBy: 'SES-18',
    apply: (reference) => ({
      count: async (input) => ({ count: Math.min(10, (await reference.count(input)).count) }),
    }),
  },
  'releases-everywhere': {
    killedBy: 'SES-12',
    apply: (reference) => ({
      release: async (input) => {
        await reference.release({ ...input, deployment: 'desk.rival' });
        return await reference.release(input);
      },
    }),
  },
} as const satisfies Mutations<'sessions'>;
