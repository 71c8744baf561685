import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ErrorCode } from '../errors.ts';
import type { Sandbox, SandboxEnd, SandboxEngine, SandboxEvents, SandboxLimits } from './engine.ts';
import { encodeFrame, FrameDecoder } from './frame.ts';

// The same code runs from source and from the built package, where child and prelude lie beside the front door.
const fromSource = import.meta.url.endsWith('.ts');
const here = path.dirname(fileURLToPath(import.meta.url));
const child = path.join(here, fromSource ? 'child.ts' : 'child.js');
const packageRoot = path.dirname(here);
const preludePath = path.join(packageRoot, 'dist', 'prelude.js');

let prelude: string | undefined;

/** Folders a child has to read to load its own code and the isolate addon; nothing else on the disk is readable to it. */
function readableFolders(): string[] {
  const require = createRequire(import.meta.url);
  const addon = path.dirname(require.resolve('isolated-vm/package.json'));
  const loader = path.dirname(createRequire(addon + path.sep).resolve('node-gyp-build/package.json'));
  // The addon's loader asks this file which C library the machine has.
  return [here, path.join(packageRoot, 'package.json'), addon, loader, '/etc/alpine-release'];
}

const flags = [
  '--no-node-snapshot',
  '--no-warnings',
  '--max-old-space-size=128',
  '--permission',
  '--allow-addons',
  ...readableFolders().map((folder) => `--allow-fs-read=${folder}`),
];

/** Room for the start message: prelude and module in one frame. */
const INIT_MAX_BYTES = 16 * 2 ** 20;

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
  prelude ??= readFileSync(preludePath, 'utf8');
  const init = JSON.stringify({ t: 'init', prelude, module, limits });
  if (init.length > INIT_MAX_BYTES) throw new RangeError('The module is too large for a sandbox.');
  const process_ = spawn(process.execPath, [...flags, child], {
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
  process_.on('exit', (status, signal) => {
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
      if (!ended) process_.stdin.write(encodeFrame(text));
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
