import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { EnvironmentName, LogLine } from '@greentic/core';
import { checkRevocations } from '@greentic/operator';
import { acquireServeLock, controlPath, createControl, type WorkerLine } from '@greentic/runtime';
import type { Invocation } from '../commands/command.ts';
import { MAX_PORT, parseCount, parseWhole } from '../reference.ts';
import { watchRevocations } from '../serve/revocation-watch.ts';
import { type Lines, ServedEnvironment } from '../serve/served-environment.ts';
import { environmentName, type Session } from '../session.ts';

const DRAIN_MS = 10_000;
const DAY_S = 86_400;

/** `serve`: one line of JSON on stdout for each event, so that a log collector reads them; ends on SIGINT, SIGTERM or an order. */
export async function serve({
  session,
  args: [text = ''],
  options,
}: Invocation<{ port?: string; revocationsEvery: string }>): Promise<void> {
  const name = environmentName(text);
  const port = options.port === undefined ? undefined : parseWhole(options.port, '--port', MAX_PORT);
  const everyMs = parseCount(options.revocationsEvery, '--revocations-every', DAY_S) * 1000;
  await session.store.read(name);
  const lock = acquireServeLock(session.folderOf(name));
  try {
    const served = await ServedEnvironment.start(session, name, { port, lines });
    try {
      await attend(session, name, served, everyMs);
    } finally {
      await served.close(DRAIN_MS);
    }
  } finally {
    lock.release();
  }
  print({ event: 'stopped', environment: name });
}

/** Takes orders and follows revocations, until it is told to stop. */
async function attend(
  session: Session,
  name: EnvironmentName,
  served: ServedEnvironment,
  everyMs: number,
): Promise<void> {
  const stopping = new AbortController();
  const control = await createControl({
    path: controlPath(session.folderOf(name)),
    handlers: {
      status: async () => ({ ...(await served.status()) }),
      reload: async ({ generation }) => ({ generation: await served.reload(generation) }),
      workers: served.workers,
      witness: (order) => served.witness(order),
      stop: () => stopping.abort(),
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  print({ event: 'serving', environment: name, url: served.url, pid: process.pid });
  const watching = watchRevocations(
    {
      check: () => checkRevocations(session, name),
      takeUp: () => served.review(),
      log: print,
      wait: (ms, signal) => delay(ms, undefined, { signal }),
    },
    everyMs,
    stopping.signal,
  );
  if (!stopping.signal.aborted) await once(stopping.signal, 'abort');
  print({ event: 'stopping', environment: name });
  await watching;
  await control.close();
}

const lines: Lines = {
  pack: ({ pack, at, level, message, fields, diagnostic }: LogLine) => {
    // What a pack writes with its permission is its output; console and the host's own notes are diagnostics.
    print({ event: diagnostic ? 'diagnostic' : 'line', at: at.toISOString(), level, pack, message, fields });
  },
  worker: ({ revision, at, level, message }: WorkerLine) => {
    print({ event: 'worker', at: at.toISOString(), level, revision, message });
  },
};

function print(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}
