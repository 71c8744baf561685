import type { WorkerContext } from '@greentic/sdk';
import { PackError } from '@greentic/sdk';

/** A worker's context over memory, and what was sent as telemetry. */
export function deskContext(): { context: WorkerContext; sent: string[]; conflicts: { next: number } } {
  const entries = new Map<string, { value: string; revision: number }>();
  const sessions = new Map<string, string>();
  const sent: string[] = [];
  // How many of the next writes somebody else wins.
  const conflicts = { next: 0 };
  let revision = 0;
  const context: WorkerContext = {
    identity: { environment: 'test', customer: 'acme', deployment: 'desk.acme', revision: 'desk.acme.1' },
    state: {
      get: async (key) => entries.get(key) ?? null,
      put: async (key, value, { ifRevision } = {}) => {
        const actual = entries.get(key)?.revision ?? 0;
        const beaten = key === 'counter' && conflicts.next > 0;
        if (beaten) {
          conflicts.next--;
          const other = Number(entries.get(key)?.value ?? 0) + 1;
          entries.set(key, { value: String(other), revision: ++revision });
        }
        if (beaten || (ifRevision !== undefined && ifRevision !== actual))
          throw new PackError('state/conflict', 'Changed.');
        entries.set(key, { value, revision: ++revision });
        return { revision };
      },
      delete: async (key) => ({ deleted: entries.delete(key) }),
      list: async (prefix) => ({
        keys: [...entries.keys()].filter((key) => key.startsWith(prefix)).sort(),
        next: null,
      }),
    },
    sessions: {
      get: async (id) => sessions.get(id) ?? null,
      put: async (id, value) => void sessions.set(id, value),
      delete: async (id) => void sessions.delete(id),
    },
    secrets: { get: async () => new TextEncoder().encode('a key') },
    telemetry: {
      log: async (name) => void sent.push(name),
      metric: async (name) => void sent.push(name),
      span: async (name) => void sent.push(name),
    },
  };
  return { context, sent, conflicts };
}
