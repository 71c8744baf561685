import { once } from 'node:events';
import type { LogLine } from '@greentic/core';
import { GreenticError } from '@greentic/core';
import { acquireServeLock, controlPath, createControl, type WorkerLine } from '@greentic/runtime';
import type { Invocation } from '../commands/command.ts';
import { type Lines, ServedEnvironment } from '../serve/served-environment.ts';
import { environmentName } from '../session.ts';

const DRAIN_MS = 10_000;

/** `serve`: one line of JSON on stdout for each event, so that a log collector reads them; ends on SIGINT, SIGTERM or an order. */
export async function serve({ session, args: [text = ''], options }: Invocation<{ port?: string }>): Promise<void> {
  const name = environmentName(text);
  const port = options.port === undefined ? undefined : Number(options.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65_536))
    throw new GreenticError('input/invalid', '--port is a number from 0 to 65535.');
  await session.store.read(name);
  const lock = acquireServeLock(session.folderOf(name));
  const stopping = new AbortController();
  const served = await ServedEnvironment.start(session, name, { port, lines });
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
  if (!stopping.signal.aborted) await once(stopping.signal, 'abort');
  print({ event: 'stopping', environment: name });
  await control.close();
  await served.close(DRAIN_MS);
  lock.release();
  print({ event: 'stopped', environment: name });
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
