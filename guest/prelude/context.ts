import type { HttpBinding, Kv, PackContext, Seal, Workers } from '@greentic/core/slots';
import { codedError } from './failure.ts';
import { fetchBinding } from './fetch.ts';
import { freeze, hasOwn } from './intrinsics.ts';
import { callPort } from './port.ts';

/** What the host tells a pack on opening. */
export interface Opening {
  readonly environment: string;
  readonly answers: Readonly<Record<string, string | number | boolean>>;
  /** Texts that stand for the pack's secrets, by binding. */
  readonly placeholders: Readonly<Record<string, string>>;
}

// The broker checks the exact shape of what comes back as of what goes in; the types are its promise.
function ask<T>(port: string, method: string, args: object): Promise<T> {
  return callPort(port, method, args).answer as Promise<T>;
}

/** Everything a pack is handed: its answers, and one function for each kind of permission. What was not granted, the broker refuses. */
export function packContext({ environment, answers, placeholders }: Opening): PackContext {
  return freeze({
    environment,
    answers: freeze(answers),
    http: (binding: string): HttpBinding =>
      freeze({ fetch: (path: string, init?: RequestInit) => fetchBinding(binding, path, init) }),
    secret: (binding: string): string => {
      if (hasOwn(placeholders, binding)) return placeholders[binding] ?? '';
      throw codedError('permission/denied', `The pack holds no grant secret:${binding} for use.`);
    },
    secretValue: (binding: string) => ask<string>('secret', 'value', { binding }),
    kv,
    seal,
    workers,
    log: freeze({
      write: async (line: Parameters<PackContext['log']['write']>[0]) => {
        await ask('log', 'write', line);
      },
    }),
  });
}

function kv(binding: string): Kv {
  return freeze<Kv>({
    get: (key) => ask('kv', 'get', { key, binding }),
    list: (options) => ask('kv', 'list', { ...options, binding }),
    commit: (change) => ask('kv', 'commit', { ...change, binding }),
  });
}

function seal(binding: string): Seal {
  return freeze<Seal>({
    wrap: (input) => ask('seal', 'wrap', { ...input, binding }),
    unwrap: (input) => ask('seal', 'unwrap', { ...input, binding }),
  });
}

const workers: Workers = freeze<Workers>({
  define: (spec) => ask('workers', 'define', spec),
  start: (input) => ask('workers', 'start', input),
  stop: (input) => ask('workers', 'stop', input),
  remove: (input) => ask('workers', 'remove', input),
  list: () => ask('workers', 'list', {}),
});
