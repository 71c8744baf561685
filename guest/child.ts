import { createRequire } from 'node:module';
import type IsolatedVm from 'isolated-vm';
import { compute } from './compute.ts';
import { encodeFrame, FrameDecoder } from './frame.ts';
import type { SandboxLimits } from './limits.ts';

// The whole program of a sandbox process: one isolate, one module, frames on stdin and stdout. It trusts the host and
// nothing that comes out of the isolate.

const ivm = createRequire(import.meta.url)('isolated-vm') as typeof IsolatedVm;
const HOST_MAX_BYTES = 64 * 2 ** 20;
const WATCH_EVERY_MS = 100;
const NOTE_CHARACTERS = 2000;
/** What the process takes besides its isolate's heap, in bytes. */
const PROCESS_BYTES = 256 * 2 ** 20;
const ENTRY_OPTIONS = { arguments: { copy: true } } as const;

interface Init {
  prelude: string;
  module: string;
  limits: SandboxLimits;
}

interface Program {
  readonly limits: SandboxLimits;
  readonly deliver: IsolatedVm.Reference<(json: string) => void>;
}

let isolate: IsolatedVm.Isolate | undefined;
let program: Program | undefined;
let waiting: string[] = [];
let callsUnderWay = 0;

function write(text: string): void {
  process.stdout.write(encodeFrame(text));
}

/** Tells the host why this sandbox cannot go on, and ends it: after a breach nothing in the isolate can be relied on. */
function breach(code: string, message: string): void {
  process.stdout.write(encodeFrame(JSON.stringify({ t: 'breach', code, message })), end);
}

/** Ends the process by force: an orderly exit waits for the isolate, and hangs when that is busy. */
function end(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** Passes a message of the isolate on. Timers are the child's own: they need no right. */
function onSend(json: unknown, limits: SandboxLimits): void {
  if (typeof json !== 'string') breach('pack/protocol', 'The pack sent something other than text.');
  else if (Buffer.byteLength(json) > limits.messageBytes) {
    breach('limit/message', `The pack sent a message of more than ${limits.messageBytes} bytes.`);
  } else if (json.startsWith('{"t":"timer"')) setTimer(JSON.parse(json) as { id: number; ms: number });
  else {
    if (json.startsWith('{"t":"reply"')) callsUnderWay--;
    write(json);
  }
}

function setTimer({ id, ms }: { id: number; ms: number }): void {
  setTimeout(() => enter(JSON.stringify({ t: 'fire', id })), Math.min(Math.max(0, ms), 2 ** 31 - 1));
}

/** Runs the isolate on one message, bounded in processor time, microtasks included. */
function enter(json: string): void {
  if (program === undefined) {
    waiting.push(json);
    return;
  }
  const { deliver, limits } = program;
  deliver.apply(undefined, [json], { timeout: limits.cpuMs, ...ENTRY_OPTIONS }).catch(explain);
}

/**
 * Why an entry failed. Only what the isolate itself did ends the sandbox; a rejection that the pack left unhandled comes here
 * as well, in the pack's own words, and is a line in the log.
 */
function explain(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  if (message === 'Script execution timed out.')
    breach('limit/cpu', 'The pack used the processor for too long at once.');
  else if (isolate?.isDisposed) breach('limit/memory', 'The pack used more memory than its limit.');
  else note(`Unhandled: ${message}`);
}

function note(message: string): void {
  write(JSON.stringify({ t: 'note', message: message.slice(0, NOTE_CHARACTERS) }));
}

/** Starts isolate, world and pack, in that order; a module that does not load is told as `pack/open-failed`. */
async function init({ prelude, module: source, limits }: Init): Promise<void> {
  isolate = new ivm.Isolate({
    memoryLimit: limits.memoryMib,
    onCatastrophicError: () => process.abort(),
  });
  const context = await isolate.createContext();
  await (await isolate.compileScript(prelude)).run(context);
  const send = new ivm.Callback((json: unknown) => onSend(json, limits));
  const sync = new ivm.Callback((json: string) => compute(json));
  const api = await context.evalClosure('return globalThis.__greentic.boot($0, $1)', [send, sync], {
    result: { reference: true },
  });
  const deliver = await api.get('deliver', { reference: true });
  const register = await api.get('register', { reference: true });
  const pack = await isolate.compileModule(source, { filename: 'file:///pack.js' });
  await pack.instantiate(context, (specifier) => {
    throw new Error(`The module imports ${JSON.stringify(specifier)}; a pack is one file.`);
  });
  await pack.evaluate({ timeout: limits.cpuMs });
  const definition = await pack.namespace.get('default', { reference: true });
  const refusal = await register.apply(undefined, [definition.derefInto()], {
    timeout: limits.cpuMs,
    result: { copy: true },
  });
  if (refusal !== '') throw new Error(String(refusal));
  watch(isolate, limits);
  program = { limits, deliver };
  const early = waiting;
  waiting = [];
  for (const json of early) enter(json);
}

/**
 * Bounds what a pack does while nobody called it: one entry's worth of processor time, refilled at a tenth of real time.
 * Work for a call is bounded by its entries and its deadline.
 */
function watch(isolate: IsolatedVm.Isolate, limits: SandboxLimits): void {
  let allowance = limits.cpuMs;
  let seen = isolate.cpuTime;
  setInterval(() => {
    if (isolate.isDisposed) return;
    // Some memory is not of the isolate's heap, and not counted by it.
    if (process.memoryUsage.rss() > PROCESS_BYTES + 2 * limits.memoryMib * 2 ** 20) {
      breach('limit/memory', 'The pack used more memory than its limit.');
    }
    const used = Number(isolate.cpuTime - seen) / 1e6;
    seen = isolate.cpuTime;
    if (callsUnderWay > 0) return;
    allowance = Math.min(limits.cpuMs, allowance + WATCH_EVERY_MS / 10) - used;
    if (allowance < 0) breach('limit/cpu', 'The pack keeps the processor busy while nobody calls it.');
  }, WATCH_EVERY_MS);
}

const decoder = new FrameDecoder(HOST_MAX_BYTES);
process.stdin.on('data', (chunk: Buffer) => {
  for (const text of decoder.push(chunk)) {
    if (text.startsWith('{"t":"init"')) {
      init(JSON.parse(text) as Init).catch((error: Error) => {
        if (error.message === 'Script execution timed out.' || isolate?.isDisposed) explain(error);
        else breach('pack/open-failed', `The module does not load: ${error.message.slice(0, 1500)}`);
      });
      continue;
    }
    if (/^\{"t":"(?:invoke|open|close)"/.test(text)) callsUnderWay++;
    enter(text);
  }
});
// The host is gone: so is the reason to be here.
process.stdin.on('end', end);
