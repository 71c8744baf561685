import type { Kv, State, StateEntry, StateKey } from '@greentic/sdk';
import { conflict } from './reference.ts';

const keyOf = ({ tenant, key }: StateKey) => `${tenant}/${key}`;

/** Keeps everything in memory: gone with the process. */
export function memoryState(): Partial<State> {
  const entries = new Map<string, StateEntry>();
  let revision = 0;
  return {
    async get(name) {
      return { entry: entries.get(keyOf(name)) ?? null };
    },
    async put({ value, ...name }) {
      revision++;
      entries.set(keyOf(name), { value, revision });
      return { revision };
    },
  };
}

/** Numbers revisions with a counter of its own, which forgets: `next` gives the number after one that is stored, or after 0. */
export function numberedState(kv: Kv, next: (stored: number) => number): Partial<State> {
  const read = async (name: StateKey) => {
    const text = (await kv.get(keyOf(name)))?.value;
    if (text === undefined) return null;
    const colon = text.indexOf(':');
    return { revision: Number(text.slice(0, colon)), value: text.slice(colon + 1) };
  };
  const expected = async (name: StateKey, ifRevision?: number) => {
    const stored = (await read(name))?.revision ?? 0;
    if (ifRevision !== undefined && ifRevision !== stored) throw conflict(stored);
    return stored;
  };
  return {
    async get(name) {
      return { entry: await read(name) };
    },
    async put({ value, ifRevision, ...name }) {
      const revision = next(await expected(name, ifRevision));
      await kv.commit({ writes: [{ key: keyOf(name), value: `${revision}:${value}` }] });
      return { revision };
    },
    async delete({ ifRevision, ...name }) {
      const deleted = (await expected(name, ifRevision)) > 0;
      await kv.commit({ writes: [{ key: keyOf(name), value: null }] });
      return { deleted };
    },
  };
}

const LATE_MS = 40;

/** Acknowledges writes before they are stored, and reads what is still on its way. */
export function earlyState(reference: State, kv: Kv): Partial<State> {
  const onItsWay = new Map<string, StateEntry>();
  let last: Promise<number> | undefined;
  return {
    async get(name) {
      const entry = onItsWay.get(keyOf(name));
      return entry === undefined ? await reference.get(name) : { entry };
    },
    async put(input) {
      last = (last ?? kv.commit({ writes: [] }).then(({ version }) => version)).then((version) => version + 1);
      const revision = await last;
      onItsWay.set(keyOf(input), { value: input.value, revision });
      setTimeout(() => void reference.put(input).finally(() => onItsWay.delete(keyOf(input))), LATE_MS);
      return { revision };
    },
  };
}

/** Acknowledges at once a write that comes while another is under way, and stores it later: right for one writer alone. */
export function hastyState(reference: State): Partial<State> {
  let underWay = 0;
  let last = 1;
  return {
    async put(input) {
      if (underWay > 0 && input.ifRevision === undefined) {
        setTimeout(() => void reference.put(input), LATE_MS);
        return { revision: ++last };
      }
      underWay++;
      try {
        const { revision } = await reference.put(input);
        last = Math.max(last, revision);
        return { revision };
      } finally {
        underWay--;
      }
    },
  };
}
