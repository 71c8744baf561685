import { PackError, type SecretName, type Secrets } from '@greentic/sdk';
import { hasCode, type Mutations } from '../mutation.ts';
import { notFound } from './reference.ts';

/** Passes names through a function before anything else happens. */
function naming(reference: Secrets, rename: (name: string) => string): Partial<Secrets> {
  const renamed = <T extends SecretName>(input: T): T => ({ ...input, name: rename(input.name) });
  return {
    get: (input) => reference.get(renamed(input)),
    put: (input) => reference.put(renamed(input)),
    delete: (input) => reference.delete(renamed(input)),
  };
}

/** Stores only what the condition lets through, and acknowledges everything. */
function storing(reference: Secrets, wanted: (input: Parameters<Secrets['put']>[0]) => boolean): Partial<Secrets> {
  return { put: async (input) => (wanted(input) ? await reference.put(input) : { version: 1 }) };
}

/** Cuts its pages itself, from all names at once. */
function paging(
  reference: Secrets,
  page: (names: string[], after: string | undefined, limit: number) => { names: string[]; next: string | null },
): Partial<Secrets> {
  return {
    list: async ({ tenant, after, limit }) => {
      const { names } = await reference.list({ tenant, limit: 1000 });
      return page(names, after, limit);
    },
  };
}

/** Tells an owner's secret where only a refusal belongs. */
function telling(reference: Secrets, method: 'get' | 'put', tell: (value: string) => PackError): Partial<Secrets> {
  const tellOn = (input: SecretName) => async (error: unknown) => {
    const known = await reference.get({ tenant: input.tenant, name: 'kit/probe' }).catch(() => undefined);
    throw known === undefined ? error : tell(known.value);
  };
  return method === 'get'
    ? { get: (input) => reference.get(input).catch(tellOn(input)) }
    : { put: (input) => reference.put(input).catch(tellOn(input)) };
}

/** Ways in which a secrets pack is right for most calls, and not for all. */
export const SECRETS_LAPSES = {
  'right-the-first-time': {
    killedBy: 'SEC-01',
    apply: (reference) => {
      let calls = 0;
      return storing(reference, () => ++calls === 1);
    },
  },
  'right-for-small-values': {
    killedBy: 'SEC-01',
    apply: (reference) => storing(reference, ({ value }) => value.length < 4096),
  },
  'right-in-the-process-that-wrote': {
    killedBy: 'SEC-01',
    apply: (reference) => {
      const known = new Map<string, { value: string; version: number }>();
      return {
        put: async (input) => {
          const { version } = await reference.put({ ...input, value: '' });
          known.set(`${input.tenant}/${input.name}`, { value: input.value, version });
          return { version };
        },
        get: async (input) => known.get(`${input.tenant}/${input.name}`) ?? (await reference.get(input)),
      };
    },
  },
  'adds-a-line-end': {
    killedBy: 'SEC-01',
    apply: (reference) => ({ put: (input) => reference.put({ ...input, value: btoa(`${atob(input.value)}\n`) }) }),
  },
  'ends-at-nul': {
    killedBy: 'SEC-01',
    apply: (reference) => ({
      put: (input) => reference.put({ ...input, value: btoa(atob(input.value).split('\u0000')[0] ?? '') }),
    }),
  },
  'upper-case-names': { killedBy: 'SEC-02', apply: (reference) => naming(reference, (name) => name.toUpperCase()) },
  'dots-are-dashes': {
    killedBy: 'SEC-02',
    apply: (reference) => naming(reference, (name) => name.replaceAll('.', '-')),
  },
  'underscores-are-dashes': {
    killedBy: 'SEC-02',
    apply: (reference) => naming(reference, (name) => name.replaceAll('_', '-')),
  },
  'slashes-are-dashes': {
    killedBy: 'SEC-02',
    apply: (reference) => naming(reference, (name) => name.replaceAll('/', '-')),
  },
  'dots-at-the-end-fall-off': {
    killedBy: 'SEC-02',
    apply: (reference) => naming(reference, (name) => name.replace(/(?<=[a-z])\.+$/, '')),
  },
  'last-segments-only': {
    killedBy: 'SEC-02',
    apply: (reference) => naming(reference, (name) => name.split('/').at(-1) ?? ''),
  },
  'first-and-last-segments': {
    killedBy: 'SEC-02',
    apply: (reference) => naming(reference, (name) => name.replace(/\/.*\//, '/')),
  },
  'seven-segments': {
    killedBy: 'SEC-02',
    apply: (reference) => naming(reference, (name) => name.split('/').slice(0, 7).join('/')),
  },
  'deletes-what-begins-alike': {
    killedBy: 'SEC-02',
    apply: (reference) => ({
      delete: async (input) => {
        const { names } = await reference.list({ tenant: input.tenant, limit: 1000 });
        const below = names.filter((name) => name.startsWith(`${input.name}/`));
        for (const name of below) await reference.delete({ tenant: input.tenant, name });
        return await reference.delete(input);
      },
    }),
  },
  'names-cut-by-one': { killedBy: 'SEC-02', apply: (reference) => naming(reference, (name) => name.slice(0, 63)) },
  'names-of-all-tenants': {
    killedBy: 'SEC-03',
    apply: (reference) => ({
      get: (input) => reference.get({ ...input, tenant: 'acme' }),
      put: (input) => reference.put({ ...input, tenant: 'acme' }),
    }),
  },
  'deletes-of-all-tenants': {
    killedBy: 'SEC-03',
    apply: (reference) => ({ delete: (input) => reference.delete({ ...input, tenant: 'acme' }) }),
  },
  'deleted-is-readable': {
    killedBy: 'SEC-03',
    apply: (reference) => {
      const last = new Map<string, { value: string; version: number }>();
      return {
        get: async (input) => {
          const name = `${input.tenant}/${input.name}`;
          try {
            const found = await reference.get(input);
            last.set(name, found);
            return found;
          } catch (error) {
            const before = last.get(name);
            if (before !== undefined) return before;
            throw error;
          }
        },
      };
    },
  },
  'missing-in-other-words': {
    killedBy: 'SEC-03',
    apply: (reference) => {
      let asked = 0;
      return {
        get: (input) =>
          reference.get(input).catch((error: unknown) => {
            asked++;
            throw hasCode(error, 'secret/not-found')
              ? new PackError('secret/not-found', asked === 1 ? 'It was never put.' : 'Access to it is denied.')
              : error;
          }),
      };
    },
  },
  'versions-stand-still': {
    killedBy: 'SEC-09',
    apply: (reference) => ({
      put: async ({ tenant, name, value, ifVersion }) => {
        if (ifVersion !== undefined && ifVersion > 1)
          throw new PackError('secret/version-conflict', 'It has version 1.', { actual: 1 });
        await reference.put({ tenant, name, value });
        return { version: 1 };
      },
    }),
  },
  'conflict-is-a-success': {
    killedBy: 'SEC-09',
    apply: (reference) => ({
      put: (input) =>
        reference.put(input).catch((error: unknown) => {
          if (hasCode(error, 'secret/version-conflict')) return { version: 1000 };
          throw error;
        }),
    }),
  },
  'page-begins-with-the-last': {
    killedBy: 'SEC-15',
    apply: (reference) =>
      paging(reference, (names, after, limit) => {
        const rest = names.slice(after === undefined ? 0 : names.indexOf(after));
        return { names: rest.slice(0, limit), next: rest.length > limit ? (rest[limit - 1] ?? null) : null };
      }),
  },
  'page-skips-one': {
    killedBy: 'SEC-15',
    apply: (reference) =>
      paging(reference, (names, after, limit) => {
        const rest = names.slice(after === undefined ? 0 : names.indexOf(after) + 2);
        return { names: rest.slice(0, limit), next: rest.length > limit ? (rest[limit - 1] ?? null) : null };
      }),
  },
  'page-has-one-more': {
    killedBy: 'SEC-15',
    apply: (reference) =>
      paging(reference, (names, after, limit) => {
        const rest = names.slice(after === undefined ? 0 : names.indexOf(after) + 1);
        return { names: rest.slice(0, limit + 1), next: rest.length > limit + 1 ? (rest[limit] ?? null) : null };
      }),
  },
  'lists-by-letters': {
    killedBy: 'SEC-15',
    apply: (reference) =>
      paging(reference, (names, after, limit) => {
        const sorted = names.sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)).reverse();
        const rest = sorted.slice(after === undefined ? 0 : sorted.indexOf(after) + 1);
        return { names: rest.slice(0, limit), next: rest.length > limit ? (rest[limit - 1] ?? null) : null };
      }),
  },
  'lists-tenants-by-prefix': {
    killedBy: 'SEC-15',
    apply: (reference, context) => ({
      list: async ({ tenant, limit }) => {
        const { names } = await reference.list({ tenant, limit: 1000 });
        const all = await context.kv('data').list({ prefix: tenant, limit: 1000 });
        const foreign = all.flatMap(({ key }) =>
          key.startsWith(`${tenant}/`) ? [] : [key.split('/').slice(1).join('/')],
        );
        return { names: [...names, ...foreign].slice(0, limit), next: null };
      },
    }),
  },
  'changed-is-the-old-value': {
    killedBy: 'SEC-16',
    apply: (reference) => {
      const last = new Map<string, { value: string; version: number }>();
      return {
        get: async (input) => {
          const name = `${input.tenant}/${input.name}`;
          const found = await reference.get(input).catch((error: unknown) => {
            if (!hasCode(error, 'secret/integrity')) throw error;
            return { value: last.get(name)?.value ?? btoa('default'), version: 99 };
          });
          last.set(name, found);
          return found;
        },
      };
    },
  },
  'changed-has-no-code': {
    killedBy: 'SEC-16',
    apply: (reference) => ({
      get: (input) =>
        reference.get(input).catch((error: unknown) => {
          throw hasCode(error, 'secret/integrity') ? new Error('It does not open.') : error;
        }),
    }),
  },
  'missing-tells-a-neighbour': {
    killedBy: 'PCK-09',
    apply: (reference) => telling(reference, 'get', (value) => new PackError('secret/not-found', `Only ${value}.`)),
  },
  'missing-details-a-neighbour': {
    killedBy: 'PCK-09',
    apply: (reference) =>
      telling(reference, 'get', (value) => new PackError('secret/not-found', 'None.', { nearest: atob(value) })),
  },
  'conflict-tells-the-secret': {
    killedBy: 'PCK-09',
    apply: (reference) =>
      telling(reference, 'put', (value) => new PackError('secret/version-conflict', `It is ${atob(value)}.`)),
  },
  'forgets-over-a-kill': {
    killedBy: 'PCK-06',
    apply: (reference) => {
      const known = new Set<string>();
      return {
        put: (input) => {
          known.add(`${input.tenant}/${input.name}`);
          return reference.put(input);
        },
        get: async (input) => {
          if (!known.has(`${input.tenant}/${input.name}`)) throw notFound();
          return await reference.get(input);
        },
      };
    },
  },
} as const satisfies Mutations<'secrets'>;
