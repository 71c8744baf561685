import type {
  WorkerContext,
  WorkerIdentity,
  WorkerSecrets,
  WorkerSessions,
  WorkerState,
  WorkerTelemetry,
} from '@greentic/core';
import { type Ask, codedError } from './call.ts';

const LIST_LIMIT = 100;

/**
 * What a handler gets beside the request. A slot that `bundle.json` does not list in `needs` is refused when it is touched;
 * the supervisor refuses it as well.
 */
export function createContext(
  identity: WorkerIdentity,
  needs: readonly string[],
  ask: Ask,
  now: () => Date,
): WorkerContext {
  const needed = <T>(slot: string, ability: T): T => {
    if (needs.includes(slot)) return ability;
    throw codedError('permission/denied', `bundle.json does not list ${slot} in "needs".`);
  };
  const state = createState(ask);
  const sessions = createSessions(ask);
  const secrets = createSecrets(ask);
  const telemetry = createTelemetry(ask, now);
  return Object.freeze({
    identity: Object.freeze({ ...identity }),
    get state() {
      return needed('state', state);
    },
    get sessions() {
      return needed('sessions', sessions);
    },
    get secrets() {
      return needed('secrets', secrets);
    },
    get telemetry() {
      return needed('telemetry', telemetry);
    },
  });
}

// The answers come from the supervisor, which has checked them against the contract.

function createState(ask: Ask): WorkerState {
  return {
    get: async (key) => (await ask('state', 'get', { key })) as Awaited<ReturnType<WorkerState['get']>>,
    put: async (key, value, { ifRevision } = {}) =>
      (await ask('state', 'put', { key, value, ifRevision })) as { revision: number },
    delete: async (key, { ifRevision } = {}) =>
      (await ask('state', 'delete', { key, ifRevision })) as { deleted: boolean },
    list: async (prefix, { after, limit = LIST_LIMIT } = {}) =>
      (await ask('state', 'list', { prefix, after, limit })) as { keys: string[]; next: string | null },
  };
}

function createSessions(ask: Ask): WorkerSessions {
  return {
    get: async (session) => (await ask('sessions', 'get', { session })) as string | null,
    put: async (session, value, { ttlSeconds }) => void (await ask('sessions', 'put', { session, value, ttlSeconds })),
    delete: async (session) => void (await ask('sessions', 'delete', { session })),
  };
}

function createSecrets(ask: Ask): WorkerSecrets {
  return { get: async (name) => Uint8Array.from(atob((await ask('secrets', 'get', { name })) as string), byteOf) };
}

const byteOf = (character: string) => character.charCodeAt(0);

function createTelemetry(ask: Ask, now: () => Date): WorkerTelemetry {
  const send = async (kind: string, name: string, attributes: object, facts: object) =>
    void (await ask('telemetry', 'export', { kind, name, attributes, timeMs: now().getTime(), ...facts }));
  return {
    log: (name, attributes = {}) => send('log', name, attributes, {}),
    metric: (name, value, attributes = {}) => send('metric', name, attributes, { value }),
    span: (name, durationMs, attributes = {}) => send('span', name, attributes, { durationMs }),
  };
}
