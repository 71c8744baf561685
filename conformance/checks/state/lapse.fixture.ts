import type { State, StateEntry, StateKey } from '@greentic/sdk';
import type { Lapse } from '../../testing/lapse-trial.ts';

/** Changes what get gives. */
export function reading(change: (entry: StateEntry | null) => StateEntry | null): Lapse<'state'> {
  return (reference) => ({ get: async (input) => ({ entry: change((await reference.get(input)).entry) }) });
}

/** Changes values before they are stored. */
export function storing(change: (value: string) => string): Lapse<'state'> {
  return (reference) => ({ put: (input) => reference.put({ ...input, value: change(input.value) }) });
}

/** Answers deletes with something else than what became of them. */
export function deleting(answer: (deleted: boolean) => boolean): Lapse<'state'> {
  return (reference) => ({ delete: async (input) => ({ deleted: answer((await reference.delete(input)).deleted) }) });
}

/** Takes no notice of an expected revision when the condition holds. */
export function overlooking(unheeded: (expected: number, actual: number) => boolean): Lapse<'state'> {
  return (reference) => {
    const heeded = async <T extends StateKey & { ifRevision?: number }>(input: T) => {
      const { ifRevision, ...rest } = input;
      const { entry } = await reference.get({ tenant: input.tenant, key: input.key });
      return ifRevision !== undefined && unheeded(ifRevision, entry?.revision ?? 0) ? (rest as T) : input;
    };
    return {
      put: async (input) => await reference.put(await heeded(input)),
      delete: async (input) => await reference.delete(await heeded(input)),
    };
  };
}

/** Takes one key, or one tenant, for another. */
export function naming(rename: (name: StateKey) => Partial<StateKey>): Lapse<'state'> {
  return (reference) => {
    const renamed = <T extends StateKey>(input: T): T => ({ ...input, ...rename(input) });
    return {
      get: (input) => reference.get(renamed(input)),
      put: (input) => reference.put(renamed(input)),
      delete: (input) => reference.delete(renamed(input)),
      list: (input) => reference.list({ ...input, tenant: renamed({ tenant: input.tenant, key: '' }).tenant }),
    };
  };
}

/** Cuts its pages itself, from all keys of the tenant. */
export function paging(
  cut: (keys: string[], input: Parameters<State['list']>[0]) => string[],
  more = 0,
): Lapse<'state'> {
  return (reference) => ({
    list: async (input) => {
      const { keys } = await reference.list({ tenant: input.tenant, prefix: '', limit: 1000 });
      const rest = cut(keys, input);
      const page = rest.slice(0, input.limit + more);
      return { keys: page, next: rest.length > page.length ? (page.at(-1) ?? null) : null };
    },
  });
}
