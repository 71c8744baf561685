import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encodeFrame, FrameDecoder, guestLaunch, type SandboxLimits } from '@greentic/guest';
import type { ErrorCode } from '../errors.ts';
import type { Sandbox, SandboxEnd, SandboxEngine, SandboxEvents } from './engine.ts';

/** Room for the start message: prelude and module in one frame. */
const INIT_MAX_BYTES = 16 * 2 ** 20;

/** Most bytes that may wait for a sandbox to read them: one that asks and does not listen must not fill the host's memory. */
const BACKLOG_MAX_BYTES = 64 * 2 ** 20;

const BREACHES: ReadonlySet<string> = new Set<ErrorCode>([
  'limit/memory',
  'limit/cpu',
  'limit/message',
  'pack/open-failed',
  'pack/protocol',
]);

/** Runs each program in a V8 isolate inside a process of its own that has no rights and an empty environment. */
export const childProcessEngine: SandboxEngine = { start };

function start(module: string, limits: SandboxLimits, events: SandboxEvents): Sandbox {
  const { args, prelude } = guestLaunch();
  const init = JSON.stringify({ t: 'init', prelude, module, limits });
  if (init.length > INIT_MAX_BYTES) throw new RangeError('The module is too large for a sandbox.');
  const process_ = spawn(process.execPath, args, {
    env: {},
    cwd: path.parse(tmpdir()).root,
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
  });
  const decoder = new FrameDecoder(limits.messageBytes + 4096);
  let ended = false;
  const finish = (end: SandboxEnd) => {
    if (ended) return;
    ended = true;
    process_.kill('SIGKILL');
    events.end(end);
  };
  process_.on('error', (error) =>
    finish({ code: 'pack/crashed', message: `The sandbox did not start: ${error.message}.` }),
  );
  // Not `exit`: what it said last, such as why it ended, may still be in the pipe then.
  process_.on('close', (status, signal) => {
    finish({ code: 'pack/crashed', message: `The sandbox ended by ${signal ?? `status ${status}`}.` });
  });
  // A pipe that breaks is the same event as the exit that follows it.
  process_.stdin.on('error', () => undefined);
  process_.stdout.on('data', (chunk: Buffer) => {
    if (ended) return;
    try {
      for (const text of decoder.push(chunk)) {
        if (text.startsWith('{"t":"breach"')) finish(decodeBreach(text));
        else if (!ended) events.message(text);
      }
    } catch (error) {
      finish({ code: 'limit/message', message: (error as Error).message });
    }
  });
  process_.stdin.write(encodeFrame(init));
  return {
    pid: process_.pid,
    send: (text) => {
      if (ended) return;
      process_.stdin.write(encodeFrame(text));
      if (process_.stdin.writableLength > BACKLOG_MAX_BYTES)
        finish({ code: 'limit/message', message: 'The sandbox does not read what it is sent.' });
    },
    kill: () => finish({ code: 'pack/not-open', message: 'The sandbox was closed.' }),
  };
}

/** A breach is told by the child, but a pack that broke out could tell it too: only these codes, and a bounded text, pass. */
function decodeBreach(text: string): SandboxEnd {
  try {
    const { code, message } = JSON.parse(text) as { code: unknown; message: unknown };
    if (typeof code === 'string' && BREACHES.has(code))
      return { code: code as ErrorCode, message: String(message).slice(0, 2048) };
  } catch {
    // Falls through to the protocol error.
  }
  return { code: 'pack/protocol', message: 'The sandbox sent a malformed message.' };
}
