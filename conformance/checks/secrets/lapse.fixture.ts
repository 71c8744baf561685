import type { SecretName, Secrets } from '@greentic/sdk';
import { PackError } from '@greentic/sdk';
import { hasCode } from '../../mutants/mutation.ts';
import type { Lapse } from '../../testing/lapse-trial.ts';

type Value = Awaited<ReturnType<Secrets['get']>>;

/** Changes what get gives. */
export function reading(change: (found: Value, input: SecretName) => Value | Promise<Value>): Lapse<'secrets'> {
  return (reference) => ({ get: async (input) => await change(await reference.get(input), input) });
}

/** Changes the bytes of values, as Latin-1, before they are stored. */
export function storing(change: (bytes: string) => string): Lapse<'secrets'> {
  return (reference) => ({
    put: (input) => {
      const bytes = Buffer.from(input.value, 'base64').toString('latin1');
      return reference.put({ ...input, value: Buffer.from(change(bytes), 'latin1').toString('base64') });
    },
  });
}

/** Takes one name, or one tenant, for another. */
export function naming(rename: (input: SecretName) => Partial<SecretName>): Lapse<'secrets'> {
  return (reference) => {
    const renamed = <T extends SecretName>(input: T): T => ({ ...input, ...rename(input) });
    return {
      get: (input) => reference.get(renamed(input)),
      put: (input) => reference.put(renamed(input)),
      delete: (input) => reference.delete(renamed(input)),
    };
  };
}

/** Answers a refusal of get with something else. */
export function excusing(
  code: 'secret/not-found' | 'secret/integrity',
  answer: (input: SecretName, reference: Secrets) => Value | Promise<Value>,
): Lapse<'secrets'> {
  return (reference) => ({
    get: (input) =>
      reference.get(input).catch((error: unknown) => {
        if (hasCode(error, code)) return answer(input, reference);
        throw error;
      }),
  });
}

/** Answers deletes with something else than what became of them. */
export function deleting(answer: (deleted: boolean) => boolean): Lapse<'secrets'> {
  return (reference) => ({ delete: async (input) => ({ deleted: answer((await reference.delete(input)).deleted) }) });
}

/** Cuts its pages itself, from all names of the tenant. */
export function paging(
  cut: (names: string[], input: Parameters<Secrets['list']>[0]) => string[],
  more = 0,
): Lapse<'secrets'> {
  return (reference) => ({
    list: async (input) => {
      const { names } = await reference.list({ tenant: input.tenant, limit: 1000 });
      const rest = cut(names, input);
      const page = rest.slice(0, input.limit + more);
      return { names: page, next: rest.length > page.length ? (page.at(-1) ?? null) : null };
    },
  });
}

/** A refusal of put that its contract allows, and that is none of a version. */
export const full = () => Promise.reject(new PackError('kv/quota', 'Full.'));
