import type { Kv, KvEntry, SessionKey, Sessions } from '@greentic/sdk';
import type { Mutations } from '../mutation.ts';
import { SESSIONS_LAPSES } from './lapses.ts';
import { livePins, referenceSessions } from './reference.ts';

/** Passes the name of a session through a function before anything else happens. */
function renamed(reference: Sessions, rename: <T extends SessionKey>(key: T) => T): Partial<Sessions> {
  return {
    pin: (input) => reference.pin(rename(input)),
    lookup: (input) => reference.lookup(rename(input)),
    extend: (input) => reference.extend(rename(input)),
    release: (input) => reference.release(rename(input)),
  };
}

/** A map in memory that does what the sessions reference asks of the host's. */
function memoryKv(): Kv {
  const entries = new Map<string, KvEntry>();
  let version = 0;
  return {
    get: async (key) => entries.get(key) ?? null,
    list: async ({ prefix }) => [...entries.values()].filter(({ key }) => key.startsWith(prefix)),
    commit: async ({ writes }) => {
      version++;
      for (const { key, value } of writes) {
        if (value === null) entries.delete(key);
        else entries.set(key, { key, value, version });
      }
      return { version };
    },
  };
}

const noop: Sessions = {
  pin: async ({ revision }) => ({ revision, pinned: true }),
  lookup: async () => ({ revision: null }),
  extend: async () => ({ extended: false }),
  release: async () => ({ released: false }),
  count: async () => ({ count: 0 }),
};

const FOREVER = { ttlSeconds: 86_400 };

/** Ways to break a sessions pack. */
export const SESSIONS_MUTATIONS = {
  ...SESSIONS_LAPSES,
  noop: { killedBy: 'SES-01', apply: () => noop },
  'unknown-is-an-error': {
    killedBy: 'SES-01',
    apply: (reference) => ({
      lookup: async (input) => {
        const found = await reference.lookup(input);
        if (found.revision === null) throw new Error('No such session.');
        return found;
      },
    }),
  },
  'release-keeps': { killedBy: 'SES-01', apply: () => ({ release: async () => ({ released: true }) }) },
  'last-pin-wins': {
    killedBy: 'SES-01',
    apply: (reference) => ({
      pin: async (input) => {
        await reference.release({ deployment: input.deployment, session: input.session });
        return await reference.pin(input);
      },
    }),
  },
  'look-then-pin': {
    killedBy: 'SES-02',
    apply: (reference, context) => ({
      pin: async ({ revision, ttlSeconds, ...key }) => {
        const found = await reference.lookup(key);
        if (found.revision !== null) return { revision: found.revision, pinned: false };
        const value = JSON.stringify({ revision, expiresAt: Date.now() + ttlSeconds * 1000 });
        await context.kv('data').commit({ writes: [{ key: `${key.deployment}/${key.session}`, value }] });
        return { revision, pinned: true };
      },
    }),
  },
  'memory-only': { killedBy: 'SES-03', apply: () => referenceSessions(memoryKv()) },
  'never-expires': {
    killedBy: 'SES-04',
    apply: (reference) => ({ pin: (input) => reference.pin({ ...input, ...FOREVER }) }),
  },
  'expires-early': {
    killedBy: 'SES-04',
    apply: (_reference, context) => {
      const twiceAsFast = (start: number) => () => start + 2 * (Date.now() - start);
      return referenceSessions(context.kv('data'), twiceAsFast(Date.now()));
    },
  },
  'looking-extends': {
    killedBy: 'SES-04',
    apply: (reference) => ({
      lookup: async (input) => {
        await reference.extend({ ...input, ttlSeconds: 1 });
        return await reference.lookup(input);
      },
    }),
  },
  'extend-does-nothing': { killedBy: 'SES-04', apply: () => ({ extend: async () => ({ extended: true }) }) },
  'counts-the-expired': {
    killedBy: 'SES-04',
    apply: (_reference, context) => ({
      count: async ({ deployment }) => ({
        count: (await livePins(context.kv('data'), `${deployment}/`, 0)).length,
      }),
    }),
  },
  'deployments-joined': {
    killedBy: 'SES-12',
    apply: (reference) =>
      renamed(reference, (key) => ({ ...key, deployment: 'all.all', session: key.deployment + key.session })),
  },
  'deployments-forgotten': {
    killedBy: 'SES-12',
    apply: (reference) => renamed(reference, (key) => ({ ...key, deployment: 'all.all' })),
  },
  'ids-folded': {
    killedBy: 'SES-17',
    apply: (reference) => renamed(reference, (key) => ({ ...key, session: key.session.toLowerCase() })),
  },
  'ids-normalised': {
    killedBy: 'SES-17',
    apply: (reference) => renamed(reference, (key) => ({ ...key, session: key.session.normalize('NFC') })),
  },
  'ids-cut': {
    killedBy: 'SES-17',
    apply: (reference) => renamed(reference, (key) => ({ ...key, session: key.session.slice(0, 128) })),
  },
  'counts-any-revision': {
    killedBy: 'SES-18',
    apply: (reference) => ({ count: ({ deployment }) => reference.count({ deployment }) }),
  },
  'counts-pins-ever-set': {
    killedBy: 'SES-18',
    apply: (reference) => {
      let count = 0;
      return {
        pin: async (input) => {
          const outcome = await reference.pin(input);
          if (outcome.pinned) count++;
          return outcome;
        },
        count: async () => ({ count }),
      };
    },
  },
  'counts-all-deployments': {
    killedBy: 'SES-18',
    apply: (_reference, context) => ({
      count: async ({ revision }) => {
        const pins = await livePins(context.kv('data'), '', Date.now());
        return { count: pins.filter((pin) => revision === undefined || pin.revision === revision).length };
      },
    }),
  },
  'opens-once': {
    killedBy: 'PCK-06',
    apply: (_reference, context) => ({
      pin: async ({ revision }) => {
        await context.kv('data').commit({ writes: [{ key: 'lock', value: 'held' }] });
        return { revision, pinned: true };
      },
      lookup: async () => {
        const lock = await context.kv('data').get('lock');
        if (lock !== null && lock.version > 1) throw new Error('Another process holds the lock.');
        await context.kv('data').commit({ writes: [{ key: 'lock', value: 'held' }] });
        return { revision: null };
      },
    }),
  },
  'logs-ids': {
    killedBy: 'PCK-09',
    apply: (reference) => ({
      pin: (input) => {
        // biome-ignore lint/suspicious/noConsole: writing it is the mistake
        console.info('pin', input);
        return reference.pin(input);
      },
    }),
  },
} as const satisfies Mutations<'sessions'>;
