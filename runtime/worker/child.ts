import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Socket } from 'node:net';
import process from 'node:process';
import { mismatchOf } from './bundle-bytes.ts';
import { CallBook, codedError } from './call.ts';
import { closeWorld, disarmProcess, giveUpRights } from './confinement.ts';
import { createConsole } from './console.ts';
import { createContext } from './context.ts';
import { loadHandler } from './handler.ts';
import { encodeLine, LineDecoder } from './line.ts';
import { createListener } from './listener.ts';
import { SPEAKING_FD, type StartMessage, type SupervisorMessage, type WorkerMessage } from './message.ts';
import { watchParent } from './watchdog.ts';

// The whole program of a worker process: it checks the bytes, listens, gives up its rights, and only then runs the bundle.

/** Longest line of the supervisor: the start message with the largest bundle. */
const SUPERVISOR_LINE_BYTES = 16 * 2 ** 20;
const DEFAULT_DRAIN_MS = 30_000;
/** Longer than any pool keeps an idle connection, so that it is never this side that closes one in use. */
const KEEP_ALIVE_MS = 75_000;

const console_ = createConsole(
  (text) => void process.stdout.write(text),
  (text) => void process.stderr.write(text),
);
const speaking = new Socket({ fd: SPEAKING_FD, readable: false, writable: true });
const send = (message: WorkerMessage) => void speaking.write(encodeLine(message));
const calls = new CallBook(send);
let server: Server | undefined;

async function start(message: StartMessage): Promise<void> {
  const { identity, bundleDigest, needs, socketPath, parentPid } = message;
  const module = Buffer.from(message.module, 'base64');
  const bytes = { image: Buffer.from(message.image, 'base64'), config: Buffer.from(message.config, 'base64'), module };
  const mismatch = mismatchOf(bytes, bundleDigest);
  if (mismatch !== null) throw codedError('blob/digest-mismatch', mismatch);
  server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS });
  await Promise.all([watchParent(parentPid), once(server.listen(socketPath), 'listening')]);
  giveUpRights();
  disarmProcess();
  closeWorld(console_);
  const handler = await loadHandler(module.toString());
  const claim = { revision: identity.revision, bundleDigest, bootId: randomUUID(), pid: process.pid };
  const context = createContext(
    identity,
    needs,
    (slot, method, input) => calls.ask(slot, method, input),
    () => new Date(),
  );
  server.on(
    'request',
    createListener(claim, handler, context, (error) => console_.error(error)),
  );
  send({ t: 'listening' });
}

/** Takes no new connection, lets running requests end, and ends: 0 when all ended, 1 when time was over. */
function drain(drainMs: number): void {
  if (server === undefined) process.exit(0);
  const draining = server;
  draining.close(() => process.exit(0));
  // A kept connection is idle only a moment after its response; asking again is simpler than following each one.
  setInterval(() => draining.closeIdleConnections(), 20);
  setTimeout(() => process.exit(1), drainMs);
}

/** Tells why there is no worker, and ends once that is said. */
function fail(error: unknown): void {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const known = code === 'blob/digest-mismatch' || code === 'permission/denied' ? code : 'worker/failed';
  console_.error(error);
  speaking.end(encodeLine({ t: 'failed', code: known, message: String(message ?? error).slice(0, 2000) }), () =>
    process.exit(1),
  );
}

function receive(message: SupervisorMessage): void {
  if (message.t === 'start') start(message).catch(fail);
  else if (message.t === 'reply') calls.settle(message);
  else drain(message.drainMs);
}

const decoder = new LineDecoder(SUPERVISOR_LINE_BYTES, 'refuse');
process.stdin.on('data', (chunk: Buffer) => {
  for (const line of decoder.push(chunk)) receive(JSON.parse(line) as SupervisorMessage);
});
// The supervisor is gone: so is the reason to be here.
process.stdin.on('close', () => process.exit(0));
speaking.on('error', () => process.exit(0));
process.on('SIGTERM', () => drain(DEFAULT_DRAIN_MS));
// Ctrl-C reaches the whole group; the supervisor decides how its workers end.
process.on('SIGINT', () => undefined);
// A promise nobody looked at is a fault of one request, not of the others.
process.on('unhandledRejection', (reason) => console_.error('Unhandled rejection:', reason));
