import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import type { Writable } from 'node:stream';
import { GreenticError, isErrorCode, type WorkerIdentity } from '@greentic/core';
import * as z from 'zod';
import type { BundleBytes } from '../worker/bundle-bytes.ts';
import { encodeLine, LineDecoder } from '../worker/line.ts';
import { type ReplyMessage, SPEAKING_FD, type SupervisorMessage, WORKER_LINE_BYTES } from '../worker/message.ts';

// The same code runs from source, from the built package, and bundled into a program: the package's own folder is asked for.
const fromSource = import.meta.url.endsWith('.ts');
const packageRoot = path.dirname(createRequire(import.meta.url).resolve('@greentic/runtime/package.json'));
const program = path.join(packageRoot, ...(fromSource ? ['worker', 'child.ts'] : ['dist', 'worker.js']));

/** What a worker has to read to load its own program; it gives that right up before the bundle runs. */
function readable(): string[] {
  const adapter = createRequire(path.join(packageRoot, 'package.json')).resolve(
    '@remix-run/node-fetch-server/package.json',
  );
  return [fromSource ? path.dirname(program) : program, path.join(packageRoot, 'package.json'), path.dirname(adapter)];
}

// `net` and `worker` are for the worker's socket and its watchdog; it gives them up as well.
const flags = [
  '--permission',
  '--allow-net',
  '--allow-worker',
  ...readable().map((each) => `--allow-fs-read=${each}`),
  '--disallow-code-generation-from-strings',
  '--disable-sigusr1',
  '--max-old-space-size=256',
  '--no-warnings',
];

const Message = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('listening') }),
  z.strictObject({ t: z.literal('failed'), code: z.string().max(64), message: z.string().max(4096) }),
  z.strictObject({
    t: z.literal('call'),
    id: z.int().min(0),
    slot: z.string().max(32),
    method: z.string().max(32),
    input: z.unknown(),
  }),
]);

/** A worker's call, decoded; its input is not. */
export type WorkerCall = Extract<z.infer<typeof Message>, { t: 'call' }>;

/** What to run, and where. */
export interface WorkerLaunch {
  readonly identity: WorkerIdentity;
  readonly bundleDigest: string;
  readonly needs: readonly string[];
  readonly bytes: BundleBytes;
  readonly socketPath: string;
}

/** What a worker process tells while it runs. */
export interface WorkerEvents {
  call(request: WorkerCall): void;
  /** Bytes it wrote to one of its streams. */
  output(level: 'info' | 'error', chunk: Buffer): void;
  /** It will write no more. */
  silent(): void;
}

/** A running worker process. */
export interface WorkerProcess {
  readonly pid: number | undefined;
  /** Resolves when it listens, with the bundle loaded. Rejects when it ends before. */
  readonly listening: Promise<void>;
  /** Resolves when it is gone, with the reason. */
  readonly ended: Promise<GreenticError>;
  reply(message: ReplyMessage): void;
  /** Lets running requests end for at most so long, then ends it. */
  drain(drainMs: number): void;
  kill(): void;
}

/** Most bytes that may wait for a worker to read them: one that asks and does not listen must not fill the host's memory. */
const BACKLOG_MAX_BYTES = 32 * 2 ** 20;

/** Time a draining process has for ending by itself once its time is over, in milliseconds. */
const GRACE_MS = 1000;

/** Starts a worker process: no environment, no rights but to load its program, and everything it knows in one message. */
export function launchWorker(launch: WorkerLaunch, events: WorkerEvents): WorkerProcess {
  const child = spawn(process.execPath, [...flags, program], {
    env: {},
    cwd: path.dirname(launch.socketPath),
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const send = (message: SupervisorMessage) => void child.stdin.write(encodeLine(message));
  const listening = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<GreenticError>();
  // Whoever starts a worker waits for one or the other; nobody has to wait for both.
  listening.promise.catch(() => undefined);
  const end = (reason: GreenticError) => {
    listening.reject(reason);
    child.kill('SIGKILL');
    ended.resolve(reason);
  };
  let told: GreenticError | undefined;
  child.on('error', (error) => end(new GreenticError('worker/failed', `The worker did not start: ${error.message}.`)));
  child.on('close', (status, signal) => {
    events.silent();
    end(told ?? new GreenticError('worker/failed', `The worker ended by ${signal ?? `status ${status}`}.`));
  });
  listen(child, events, (message) => {
    if (message.t === 'listening') listening.resolve();
    else if (message.t === 'call') events.call(message);
    else told = new GreenticError(isErrorCode(message.code) ? message.code : 'worker/failed', message.message);
  });
  send(startMessage(launch));
  return {
    pid: child.pid,
    listening: listening.promise,
    ended: ended.promise,
    reply: (message) => {
      send(message);
      if (child.stdin.writableLength <= BACKLOG_MAX_BYTES) return;
      told ??= new GreenticError('worker/failed', 'The worker does not read what it is sent.');
      child.kill('SIGKILL');
    },
    drain: (drainMs) => {
      send({ t: 'drain', drainMs });
      const timer = setTimeout(() => child.kill('SIGKILL'), drainMs + GRACE_MS);
      ended.promise.finally(() => clearTimeout(timer));
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Decodes what the process says and passes on what it writes; whoever breaks the protocol is ended. */
function listen(
  child: ChildProcess,
  events: WorkerEvents,
  onMessage: (message: z.infer<typeof Message>) => void,
): void {
  const decoder = new LineDecoder(WORKER_LINE_BYTES, 'refuse');
  const speaking = child.stdio[SPEAKING_FD];
  speaking?.on('error', () => undefined);
  speaking?.on('data', (chunk: Buffer) => {
    try {
      for (const line of decoder.push(chunk)) onMessage(Message.parse(JSON.parse(line)));
    } catch {
      child.kill('SIGKILL');
    }
  });
  // A pipe that breaks is the same event as the exit that follows it.
  (child.stdin as Writable).on('error', () => undefined);
  child.stdout?.on('data', (chunk: Buffer) => events.output('info', chunk));
  child.stderr?.on('data', (chunk: Buffer) => events.output('error', chunk));
}

function startMessage({ bytes, ...launch }: WorkerLaunch): SupervisorMessage {
  const base64 = (part: Uint8Array) => Buffer.from(part).toString('base64');
  const { image, config, module } = bytes;
  const parts = { image: base64(image), config: base64(config), module: base64(module) };
  return { t: 'start', ...launch, ...parts, parentPid: process.pid };
}
