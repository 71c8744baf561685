import { PackError, type State } from '@greentic/sdk';
import { hasCode, type Mutations } from '../mutation.ts';
import { earlyState, hastyState, memoryState, numberedState } from './broken-store.ts';

/** Passes keys through a function before anything else happens. */
function renamed(reference: State, rename: (key: string) => string): Partial<State> {
  return {
    get: (input) => reference.get({ ...input, key: rename(input.key) }),
    put: (input) => reference.put({ ...input, key: rename(input.key) }),
    delete: (input) => reference.delete({ ...input, key: rename(input.key) }),
  };
}

/** Puts values through a function before they are stored. */
function revalued(reference: State, change: (value: string) => string): Partial<State> {
  return { put: (input) => reference.put({ ...input, value: change(input.value) }) };
}

/** Answers conflicts with another error. */
function misreported(reference: State, report: (value: string) => Error): Partial<State> {
  return {
    put: (input) =>
      reference.put(input).catch((error: unknown) => {
        throw hasCode(error, 'state/conflict') ? report(input.value) : error;
      }),
  };
}

const noop: State = {
  get: async () => ({ entry: null }),
  put: async () => ({ revision: 1 }),
  delete: async () => ({ deleted: false }),
  list: async () => ({ keys: [], next: null }),
};

/** Ways to break a state pack. */
export const STATE_MUTATIONS = {
  noop: { killedBy: 'STA-01', apply: () => noop },
  'missing-is-empty': {
    killedBy: 'STA-01',
    apply: (reference) => ({
      get: async (input) => ({ entry: (await reference.get(input)).entry ?? { value: '', revision: 1 } }),
    }),
  },
  'create-overwrites': {
    killedBy: 'STA-01',
    apply: (reference) => ({
      put: ({ ifRevision, ...input }) => reference.put(ifRevision ? { ...input, ifRevision } : input),
    }),
  },
  'deletes-a-second-time': {
    killedBy: 'STA-01',
    apply: (reference) => {
      const gone = new Set<string>();
      return {
        delete: async (input) => {
          const { deleted } = await reference.delete(input);
          if (deleted) gone.add(input.key);
          return { deleted: gone.has(input.key) };
        },
      };
    },
  },
  'put-ignores-revision': {
    killedBy: 'STA-02',
    apply: (reference) => ({
      put: ({ ifRevision, ...input }) => reference.put(ifRevision === 0 ? { ...input, ifRevision } : input),
    }),
  },
  'delete-ignores-revision': {
    killedBy: 'STA-02',
    apply: (reference) => ({ delete: ({ tenant, key }) => reference.delete({ tenant, key }) }),
  },
  'deletes-what-has-moved-on': {
    killedBy: 'STA-02',
    apply: (reference) => ({
      delete: async ({ ifRevision, ...input }) => {
        const revision = (await reference.get(input)).entry?.revision ?? 0;
        const past = ifRevision !== undefined && ifRevision > 0 && ifRevision < revision;
        return await reference.delete(past || ifRevision === undefined ? input : { ...input, ifRevision });
      },
    }),
  },
  'conflict-without-code': {
    killedBy: 'STA-02',
    apply: (reference) => misreported(reference, () => new Error('Somebody else was faster.')),
  },
  'revision-of-the-entry': {
    killedBy: 'STA-03',
    apply: (_reference, context) => numberedState(context.kv('data'), (stored) => stored + 1),
  },
  'revision-of-the-process': {
    killedBy: 'STA-03',
    apply: (_reference, context) => {
      let last = 0;
      return numberedState(context.kv('data'), () => ++last);
    },
  },
  'compare-then-write': {
    killedBy: 'STA-04',
    apply: (reference) => ({
      put: async ({ ifRevision, ...input }) => {
        const revision = (await reference.get(input)).entry?.revision ?? 0;
        if (ifRevision !== undefined && ifRevision !== revision)
          throw new PackError('state/conflict', 'The entry has another revision.');
        return await reference.put(input);
      },
    }),
  },
  'memory-only': { killedBy: 'PCK-06', apply: () => memoryState() },
  'acknowledges-early': {
    killedBy: 'STA-07',
    apply: (reference, context) => earlyState(reference, context.kv('data')),
  },
  'acknowledges-together': { killedBy: 'STA-07', apply: (reference) => hastyState(reference) },
  'page-has-one-more': {
    killedBy: 'STA-14',
    apply: (reference) => ({
      list: (input) => reference.list({ ...input, limit: Math.min(input.limit + 1, 1000) }),
    }),
  },
  'lists-in-utf16-order': {
    killedBy: 'STA-14',
    apply: (reference) => ({
      list: async (input) => {
        const { keys, next } = await reference.list(input);
        return { keys: keys.sort(), next };
      },
    }),
  },
  'pages-skip-one': {
    killedBy: 'STA-14',
    apply: (reference) => ({
      list: async (input) => {
        const { keys, next } = await reference.list({ ...input, limit: Math.min(input.limit + 1, 1000) });
        return { keys: keys.slice(0, input.limit), next: keys.length > input.limit ? (keys.at(-1) ?? null) : next };
      },
    }),
  },
  'prefix-is-a-pattern': {
    killedBy: 'STA-14',
    apply: (reference) => ({
      list: async (input) => {
        const { keys } = await reference.list({ ...input, prefix: '', limit: 1000 });
        const pattern = new RegExp(`^${input.prefix.replaceAll('%', '.*').replaceAll('/', '\\/')}`);
        const found = keys.filter((key) => pattern.test(key));
        return {
          keys: found.slice(0, input.limit),
          next: found.length > input.limit ? (found[input.limit - 1] ?? '') : null,
        };
      },
    }),
  },
  'keys-normalised': { killedBy: 'STA-15', apply: (reference) => renamed(reference, (key) => key.normalize('NFC')) },
  'keys-folded': { killedBy: 'STA-15', apply: (reference) => renamed(reference, (key) => key.toLowerCase()) },
  'keys-trimmed': { killedBy: 'STA-15', apply: (reference) => renamed(reference, (key) => key.trim() || key) },
  'keys-end-at-nul': {
    killedBy: 'STA-15',
    apply: (reference) => renamed(reference, (key) => key.split('\u0000')[0] || key),
  },
  'keys-cut': { killedBy: 'STA-15', apply: (reference) => renamed(reference, (key) => key.slice(0, 1000)) },
  'deletes-what-begins-alike': {
    killedBy: 'STA-15',
    apply: (reference) => ({
      delete: async (input) => {
        const { keys } = await reference.list({ tenant: input.tenant, prefix: input.key, limit: 1000 });
        for (const key of keys)
          if (input.ifRevision === undefined) await reference.delete({ tenant: input.tenant, key });
        return keys.includes(input.key) && input.ifRevision === undefined
          ? { deleted: true }
          : await reference.delete(input);
      },
    }),
  },
  'values-trimmed': { killedBy: 'STA-16', apply: (reference) => revalued(reference, (value) => value.trim()) },
  'values-cut': { killedBy: 'STA-16', apply: (reference) => revalued(reference, (value) => value.slice(0, 65_536)) },
  'values-normalised': {
    killedBy: 'STA-16',
    apply: (reference) => revalued(reference, (value) => value.normalize('NFC')),
  },
  'tenants-joined': {
    killedBy: 'STA-17',
    apply: (reference) => ({
      get: ({ tenant, key }) => reference.get({ tenant: 'all', key: tenant + key }),
      put: ({ tenant, key, ...input }) => reference.put({ ...input, tenant: 'all', key: tenant + key }),
      delete: ({ tenant, key, ...input }) => reference.delete({ ...input, tenant: 'all', key: tenant + key }),
      list: async ({ tenant, prefix, limit }) => {
        const { keys } = await reference.list({ tenant: 'all', prefix: tenant + prefix, limit });
        return { keys: keys.map((key) => key.slice(tenant.length)), next: null };
      },
    }),
  },
  'deletes-of-all-tenants': {
    killedBy: 'STA-17',
    apply: (reference) => ({
      delete: async (input) => {
        for (const tenant of ['ab', 'a-b']) await reference.delete({ tenant, key: input.key });
        return await reference.delete(input);
      },
    }),
  },
  'lists-cross-tenants': {
    killedBy: 'STA-17',
    apply: (_reference, context) => ({
      list: async ({ tenant, prefix, limit }) => {
        const entries = await context.kv('data').list({ prefix: tenant, limit });
        const keys = entries.map(({ key }) => key.slice(key.indexOf('/') + 1));
        return { keys: keys.filter((key) => key.startsWith(prefix)), next: null };
      },
    }),
  },
  'tells-values': {
    killedBy: 'PCK-09',
    apply: (reference) =>
      misreported(reference, (value) => new PackError('state/conflict', `Cannot store ${value}: a conflict.`)),
  },
  'code-of-another-contract': {
    killedBy: 'PCK-09',
    apply: (reference) => misreported(reference, () => new PackError('secret/version-conflict', 'A conflict.')),
  },
  'logs-values': {
    killedBy: 'PCK-09',
    apply: (reference) => ({
      put: (input) => {
        // biome-ignore lint/suspicious/noConsole: writing it is the mistake
        console.log('writing', input.value);
        return reference.put(input);
      },
    }),
  },
} as const satisfies Mutations<'state'>;
