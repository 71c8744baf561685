import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { guestLaunch } from './launch.ts';

const { args, prelude } = guestLaunch();
const flags = args.slice(0, -1);
const program = args.at(-1) ?? '';

/** Runs a text with the rights of a sandbox process, as a pack would that broke out of its isolate. */
async function runWithout(text: string): Promise<string> {
  const child = spawn(process.execPath, [...flags, '--input-type=commonjs', '-e', text], {
    env: {},
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await once(child, 'close');
  return output.trim();
}

/** Says whether an action was done, or which error kept it from that. */
const attempt = (action: string) =>
  `const done = (outcome) => { console.log(outcome); process.exit(0); };
   const refused = (error) => done((error && error.code) || String(error));
   (async () => { ${action} })().then(() => done('done'), refused);`;

test('the program and its world exist', () => {
  expect(existsSync(program)).toBe(true);
  expect(prelude).toContain('__greentic');
  expect(guestLaunch()).toBe(guestLaunch());
});

test('the process takes no right but to read its own code and to load the isolate', () => {
  const rights = flags.filter((flag) => flag.startsWith('--allow-'));
  expect(rights.filter((flag) => !flag.startsWith('--allow-fs-read='))).toEqual(['--allow-addons']);
  expect(flags).toContain('--permission');
  const root = path.parse(program).root;
  for (const flag of rights.slice(1)) expect(flag.slice('--allow-fs-read='.length)).not.toMatch(/^\/?\*?$/);
  expect(flags).not.toContain(`--allow-fs-read=${root}`);
});

test('what it may do, it can: its own program is readable', async () => {
  const text = `require('node:fs').readFileSync(${JSON.stringify(program)})`;
  expect(await runWithout(attempt(text))).toBe('done');
});

test.each([
  ['read the users of the machine', "require('node:fs').readFileSync('/etc/passwd')"],
  ['list the root', "require('node:fs').readdirSync('/')"],
  [
    'read the project it belongs to',
    `require('node:fs').readFileSync(${JSON.stringify(path.join(import.meta.dirname, '..', 'package.json'))})`,
  ],
  ['read what processes are given', "require('node:fs').readFileSync('/proc/self/environ')"],
  ['write where it may read', `require('node:fs').writeFileSync(${JSON.stringify(`${program}.x`)}, 'x')`],
  ['write a temporary file', "require('node:fs').writeFileSync('/tmp/greentic-sandbox-probe', 'x')"],
  ['make a link', "require('node:fs').symlinkSync('/etc/passwd', '/tmp/greentic-sandbox-link')"],
  ['start a program', "require('node:child_process').execFileSync('/bin/sh', ['-c', 'true'])"],
  ['start a thread', "new (require('node:worker_threads').Worker)('1', { eval: true })"],
  ['use WASI', "new (require('node:wasi').WASI)({ version: 'preview1', preopens: { '/': '/' } })"],
  ['open an inspector', "require('node:inspector').open(0, '127.0.0.1')"],
])('it may not %s', async (_, action) => {
  expect(await runWithout(attempt(action))).toBe('ERR_ACCESS_DENIED');
});

test.each([
  ['connect', "await new Promise((ok, no) => require('node:net').connect(9, '127.0.0.1', ok).on('error', no))"],
  [
    'send a datagram',
    "await new Promise((ok, no) => { const s = require('node:dgram').createSocket('udp4').on('error', no); s.send('x', 9, '127.0.0.1', (e) => (e ? no(e) : ok())); })",
  ],
  ['resolve a name', "await require('node:dns').promises.lookup('localhost')"],
  ['fetch', "try { await fetch('http://127.0.0.1:8080/') } catch (error) { throw error.cause ?? error }"],
])('it may not reach the network: %s', async (_, action) => {
  expect(await runWithout(attempt(action))).toBe('ERR_ACCESS_DENIED');
});

test('it may not listen: the refusal comes where nobody can catch it', async () => {
  const text = `process.on('uncaughtException', (error) => { console.log(error.code); process.exit(0); });
    require('node:net').createServer().listen(0, '127.0.0.1', () => { console.log('listens'); process.exit(0); });`;
  expect(await runWithout(text)).toBe('ERR_ACCESS_DENIED');
});

test('it has an empty environment', async () => {
  expect(await runWithout('console.log(JSON.stringify(process.env))')).toBe('{}');
});
