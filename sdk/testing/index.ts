import type { Log, OpenPack, PackContext, PackDefinition, SlotName } from '@greentic/core/slots';
import { PackError } from '../pack-error.ts';
import { MemoryKv } from './memory-kv.ts';
import { MemorySeal } from './memory-seal.ts';
import { MemoryWorkers } from './memory-workers.ts';

export { MemoryKv, MemorySeal, MemoryWorkers };

/** What a test gives the pack it opens; what it leaves out, the pack has no grant for. */
export interface TestGrants {
  readonly environment?: string;
  readonly answers?: Readonly<Record<string, string | number | boolean>>;
  readonly kv?: Readonly<Record<string, MemoryKv>>;
  readonly seal?: Readonly<Record<string, MemorySeal>>;
  readonly workers?: MemoryWorkers;
  /** Answers the requests of each http binding. */
  readonly http?: Readonly<Record<string, (request: Request) => Response | Promise<Response>>>;
  /** Secrets by binding, base64; `secret` gives the binding's name in braces. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Collects the lines of `log`. */
  readonly lines?: Parameters<Log['write']>[0][];
}

/**
 * Opens a pack in the test's own process, over memory instead of a host: quick, and open to a debugger. What it shows is the
 * pack's logic; only the conformance kit shows that the pack keeps its contract in the sandbox.
 */
export async function openForTest<S extends SlotName>(
  pack: PackDefinition<S>,
  grants: TestGrants = {},
): Promise<OpenPack<S>> {
  return await pack.open(contextOf(grants));
}

function granted<T>(table: Readonly<Record<string, T>> | undefined, kind: string, binding: string): T {
  const value = table !== undefined && Object.hasOwn(table, binding) ? table[binding] : undefined;
  if (value === undefined) throw new PackError('permission/denied', `The test grants no ${kind}:${binding}.`);
  return value;
}

function contextOf(grants: TestGrants): PackContext {
  const { lines, workers } = grants;
  return {
    environment: grants.environment ?? 'test',
    answers: grants.answers ?? {},
    http: (binding) => {
      const respond = granted(grants.http, 'http', binding);
      return { fetch: async (path, init) => await respond(new Request(new URL(path, 'https://binding.test'), init)) };
    },
    secret: (binding) => {
      granted(grants.secrets, 'secret', binding);
      return `{${binding}}`;
    },
    secretValue: async (binding) => granted(grants.secrets, 'secret', binding),
    kv: (binding) => granted(grants.kv, 'kv', binding),
    seal: (binding) => granted(grants.seal, 'seal', binding),
    get workers() {
      return granted(workers && { all: workers }, 'workers', 'all');
    },
    log: {
      write: async (line) => {
        granted(lines && { all: lines }, 'log', 'all').push(line);
      },
    },
  };
}
