import { type ChildProcess, spawn } from 'node:child_process';
import { decode, GreenticError, parseJson } from '@greentic/core';
import * as z from 'zod';
import type { Credentials } from './credential.ts';

const ANSWER_MAX_BYTES = 64 * 1024;
// Long enough for somebody to unlock a keychain.
const ANSWER_MS = 60_000;

/** What every helper says when it keeps nothing for a host: docker-credential-helpers, credentials/error.go. */
const NOT_FOUND = 'credentials not found in native keychain';

/** In place of a name, what is kept is an identity token, which is not used here. */
const TOKEN_NAME = '<token>';

const NAME = /^[a-z0-9-]{1,64}$/;

const HelperAnswer = z.looseObject({
  ServerURL: z.string().exactOptional(),
  Username: z
    .string()
    .min(1)
    .regex(/^\P{Cc}*$/u)
    .regex(/^[^:]*$/),
  Secret: z.string().regex(/^\P{Cc}*$/u),
});

/** How a helper is run. */
export interface HelperOptions {
  readonly processEnv: NodeJS.ProcessEnv;
  /** What ends it after so many milliseconds; a timer when left out. */
  readonly deadline?: (ms: number) => AbortSignal;
}

/**
 * Asks the program `docker-credential-<name>`, which docker's configuration names, for what it keeps for exactly one host;
 * undefined when it keeps nothing. Nothing it writes is repeated. Throws `registry/access-denied`.
 */
export async function askHelper(name: string, host: string, options: HelperOptions): Promise<Credentials | undefined> {
  if (!NAME.test(name)) throw denied('A credential helper has a name of small letters, digits and dashes.');
  const program = `docker-credential-${name}`;
  const { status, output } = await run(program, host, options);
  if (status !== 0 && output.includes(NOT_FOUND)) return undefined;
  if (status !== 0) throw denied(`${program} ended with ${status} when asked for ${host}.`);
  const { ServerURL: server = host, Username: username, Secret: password } = answerOf(program, output);
  return username === TOKEN_NAME || hostOf(server) !== host ? undefined : { username, password };
}

/** Decoded without a word about what is wrong: it would quote the secret. */
function answerOf(program: string, output: Buffer): z.infer<typeof HelperAnswer> {
  try {
    const value = parseJson(output, { maxBytes: ANSWER_MAX_BYTES });
    return decode(HelperAnswer, value);
  } catch {
    throw denied(`${program} does not answer with a name and a password.`);
  }
}

function hostOf(server: string): string {
  return server.replace(/^https:\/\//, '').replace(/\/.*$/s, '');
}

function run(program: string, host: string, { processEnv, deadline = AbortSignal.timeout }: HelperOptions) {
  return new Promise<{ status: number | string; output: Buffer }>((resolve, reject) => {
    const child = spawn(program, ['get'], { env: processEnv, stdio: ['pipe', 'pipe', 'ignore'], shell: false });
    const chunks: Buffer[] = [];
    let length = 0;
    const giveUp = (why: string) => {
      abandon(child);
      reject(denied(`${program} ${why}.`));
    };
    deadline(ANSWER_MS).addEventListener('abort', () => giveUp('did not answer in time'), { once: true });
    child.on('error', ({ code }: NodeJS.ErrnoException) => giveUp(`cannot be run: ${code}`));
    child.on('close', (status, signal) => resolve({ status: status ?? `${signal}`, output: Buffer.concat(chunks) }));
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.byteLength;
      if (length > ANSWER_MAX_BYTES) giveUp('answers without an end');
    });
    // It may end without having read anything.
    child.stdin.on('error', () => undefined);
    child.stdin.end(host);
  });
}

/** What it started itself may hold its output open: nobody waits for that. */
function abandon(child: ChildProcess): void {
  child.kill('SIGKILL');
  child.stdout?.destroy();
  child.unref();
}

function denied(message: string): GreenticError {
  return new GreenticError('registry/access-denied', message, {
    hint: 'Correct credHelpers or credsStore in docker’s config.json, or write the host’s entry into auths.',
  });
}
