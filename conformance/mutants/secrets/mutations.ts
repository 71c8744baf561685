import { type PackContext, PackError, type SecretName, type Secrets } from '@greentic/sdk';
import { hasCode, type Mutations } from '../mutation.ts';
import { SECRETS_LAPSES } from './lapses.ts';
import { notFound, referenceSecrets } from './reference.ts';

const LATE_MS = 40;

/** Puts values through a function before they are stored. */
function revalued(reference: Secrets, change: (value: string) => string): Partial<Secrets> {
  return { put: (input) => reference.put({ ...input, value: change(input.value) }) };
}

/** Keeps the value once more, in a spelling that hides nothing. */
function copied(reference: Secrets, context: PackContext, spell: (text: string) => string): Partial<Secrets> {
  return {
    put: async (input) => {
      const key = `copy/${input.tenant}/${input.name}`;
      await context.kv('data').commit({ writes: [{ key, value: spell(atob(input.value)) }] });
      return await reference.put(input);
    },
  };
}

const hexOf = (text: string) => Array.from(text, (char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join('');
const folded = <T extends SecretName>(input: T): T => ({ ...input, name: input.name.toLowerCase() });

/** Answers an error of get with something else. */
function misread(reference: Secrets, code: string, answer: () => { value: string; version: number }): Partial<Secrets> {
  return {
    get: (input) =>
      reference.get(input).catch((error: unknown) => {
        if (hasCode(error, code)) return answer();
        throw error;
      }),
  };
}

const noop: Secrets = {
  get: async () => ({ value: '', version: 1 }),
  put: async () => ({ version: 1 }),
  delete: async () => ({ deleted: true }),
  list: async () => ({ names: [], next: null }),
};

function memorySecrets(): Partial<Secrets> {
  const values = new Map<string, { value: string; version: number }>();
  return {
    get: async ({ tenant, name }) => {
      const found = values.get(`${tenant}/${name}`);
      if (found === undefined) throw notFound();
      return found;
    },
    put: async ({ tenant, name, value }) => {
      const version = (values.get(`${tenant}/${name}`)?.version ?? 0) + 1;
      values.set(`${tenant}/${name}`, { value, version });
      return { version };
    },
  };
}

/** Ways to break a secrets pack. */
export const SECRETS_MUTATIONS = {
  ...SECRETS_LAPSES,
  noop: { killedBy: 'SEC-01', apply: () => noop },
  'values-as-text': {
    killedBy: 'SEC-01',
    apply: (reference) => revalued(reference, (value) => btoa(atob(value).replace(/[\u0080-\u00ff]/g, '?'))),
  },
  'values-trimmed': {
    killedBy: 'SEC-01',
    apply: (reference) => revalued(reference, (value) => btoa(atob(value).trim())),
  },
  'names-folded': {
    killedBy: 'SEC-02',
    apply: (reference) => ({
      get: (input) => reference.get(folded(input)),
      put: (input) => reference.put(folded(input)),
    }),
  },
  'empty-is-missing': {
    killedBy: 'SEC-03',
    apply: (reference) => ({
      get: async (input) => {
        const found = await reference.get(input);
        if (found.value === '') throw notFound();
        return found;
      },
    }),
  },
  'missing-is-empty': {
    killedBy: 'SEC-03',
    apply: (reference) => misread(reference, 'secret/not-found', () => ({ value: '', version: 1 })),
  },
  'tells-foreign-names': {
    killedBy: 'SEC-03',
    apply: (reference, context) => ({
      get: (input) =>
        reference.get(input).catch(async (error: unknown) => {
          const entries = await context.kv('data').list({ prefix: '', limit: 1000 });
          const foreign = entries.some(({ key }) => key.endsWith(`/${input.name}`));
          throw foreign && hasCode(error, 'secret/not-found')
            ? new PackError('secret/not-found', 'Not one of your secrets.')
            : error;
        }),
    }),
  },
  'keeps-a-plain-copy': {
    killedBy: 'SEC-05',
    apply: (reference, context) => copied(reference, context, (text) => text),
  },
  'keeps-a-base64-copy': { killedBy: 'SEC-05', apply: (reference, context) => copied(reference, context, btoa) },
  'keeps-a-hex-copy': { killedBy: 'SEC-05', apply: (reference, context) => copied(reference, context, hexOf) },
  'keeps-a-reversed-copy': {
    killedBy: 'SEC-05',
    apply: (reference, context) => copied(reference, context, (text) => Array.from(text).reverse().join('')),
  },
  'logs-values': {
    killedBy: 'SEC-05',
    apply: (reference) => ({
      put: (input) => {
        // biome-ignore lint/suspicious/noConsole: writing it is the mistake
        console.debug(`storing ${atob(input.value)}`);
        return reference.put(input);
      },
    }),
  },
  'last-writer-wins': {
    killedBy: 'SEC-09',
    apply: (reference) => ({ put: ({ tenant, name, value }) => reference.put({ tenant, name, value }) }),
  },
  'compare-then-write': {
    killedBy: 'SEC-09',
    apply: (reference) => ({
      put: async ({ ifVersion, ...input }) => {
        const version = await reference.get(input).then(
          (found) => found.version,
          () => 0,
        );
        if (ifVersion !== undefined && ifVersion !== version)
          throw new PackError('secret/version-conflict', 'The secret has another version.');
        return await reference.put(input);
      },
    }),
  },
  'acknowledges-early': {
    killedBy: 'SEC-12',
    apply: (reference) => ({
      put: async (input) => {
        const version = await reference.get(input).then(
          (found) => found.version,
          () => 0,
        );
        if (version === 0) return await reference.put(input);
        setTimeout(() => void reference.put(input), LATE_MS);
        return { version: version + 1 };
      },
    }),
  },
  'writes-in-two-steps': {
    killedBy: 'SEC-12',
    apply: (reference) => ({
      put: async (input) => {
        await reference.put({ ...input, value: '' });
        return await reference.put({ tenant: input.tenant, name: input.name, value: input.value });
      },
    }),
  },
  'lists-all-tenants': {
    killedBy: 'SEC-15',
    apply: (_reference, context) => ({
      list: async ({ limit }) => {
        const entries = await context.kv('data').list({ prefix: '', limit });
        return { names: entries.map(({ key }) => key.slice(key.indexOf('/') + 1)), next: null };
      },
    }),
  },
  'lists-the-deleted': {
    killedBy: 'SEC-15',
    apply: (reference, context) => ({
      list: async (input) => {
        if (input.after !== undefined || input.limit < 1000) return await reference.list(input);
        const start = `${input.tenant}/`;
        const entries = await context.kv('data').list({ prefix: start, limit: input.limit });
        return { names: entries.map(({ key }) => key.slice(start.length)), next: null };
      },
    }),
  },
  'pages-repeat': {
    killedBy: 'SEC-15',
    apply: (reference) => ({ list: ({ tenant, limit }) => reference.list({ tenant, limit }) }),
  },
  'ciphertext-unbound': {
    killedBy: 'SEC-16',
    apply: (_reference, context) => referenceSecrets(context.kv('data'), context.seal('data'), () => 'the same'),
  },
  'changed-is-missing': {
    killedBy: 'SEC-16',
    apply: (reference) =>
      misread(reference, 'secret/integrity', () => {
        throw notFound();
      }),
  },
  'changed-is-empty': {
    killedBy: 'SEC-16',
    apply: (reference) => misread(reference, 'secret/integrity', () => ({ value: '', version: 1 })),
  },
  'memory-only': { killedBy: 'PCK-06', apply: () => memorySecrets() },
  'tells-values': {
    killedBy: 'PCK-09',
    apply: (reference) => ({
      put: (input) =>
        reference.put(input).catch(() => {
          throw new PackError('secret/version-conflict', 'Not stored.', { value: input.value });
        }),
    }),
  },
} as const satisfies Mutations<'secrets'>;
