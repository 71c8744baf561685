import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { run as runHere } from '../run.ts';
import { REPOSITORY, spawnGtc } from '../testing/gtc.ts';

let dir: string;
const file = (name: string) => path.join(dir, name);

interface Ran {
  readonly exit: number;
  readonly result: unknown;
  readonly error: { readonly code: string } | undefined;
}

/** Runs a command in this process: one of its own would cost more than the command. */
async function run(args: readonly string[]): Promise<Ran> {
  let said = '';
  const hear = (text: string | Uint8Array) => {
    said += String(text);
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockImplementation(hear));
  try {
    const exit = await runHere([...args, '--json']);
    const { result, error } = JSON.parse(said.trim().split('\n').at(-1) ?? '') as Ran;
    return { exit, result, error };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** Runs a command that has to succeed; gives its result. */
async function gtc<T>(args: readonly string[]): Promise<T> {
  const { exit, result, error } = await run(args);
  expect([exit, error]).toEqual([0, undefined]);
  return result as T;
}

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'serve-'));
  await gtc(['pack', 'keygen', file('owner.key')]);
  await gtc(['registry', 'init', file('registry'), '--key', file('owner.key')]);
});
afterEach(() => rm(dir, { recursive: true }));

/** Starts the server and waits until it says where it listens. */
async function serving(args: readonly string[]) {
  const child = spawnGtc(['registry', 'serve', file('registry'), '--listen', '127.0.0.1:0', ...args]);
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const events: { event: string; url: string }[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    child.once('close', () => reject(new Error('It ended before it served.')));
    createInterface(child.stdout).on('line', (line) => {
      const event = JSON.parse(line) as { event: string; url: string };
      events.push(event);
      if (event.event === 'serving') resolve(event.url);
    });
  });
  const stop = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    return await exited;
  };
  return { url, events, stop };
}

/** A certificate for 127.0.0.1 that signs itself. */
function makeCertificate(): void {
  const subject = ['-subj', '/CN=registry', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '1'];
  const files = ['-keyout', file('key.pem'), '-out', file('cert.pem')];
  const made = spawnSync('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    ...subject,
    ...files,
  ]);
  expect(made.status).toBe(0);
}

function statusOf(url: string, ca: Buffer, authorization: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/v2/`, { ca, headers: { authorization } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject).end();
  });
}

describe('gtc registry serve', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('serves what an account may see, and ends well on %s', async (signal) => {
    const { token } = await gtc<{ token: string }>(['registry', 'account', 'add', file('registry'), 'ann', '--read']);
    const { url, events, stop } = await serving([]);
    const headers = { Authorization: `Basic ${Buffer.from(`ann:${token}`).toString('base64')}` };
    expect((await fetch(`${url}/v2/`, { headers })).status).toBe(200);
    expect((await fetch(`${url}/v2/`)).status).toBe(401);
    expect(await stop(signal)).toBe(0);
    expect(events.map(({ event }) => event)).toEqual(['serving', 'request', 'request', 'stopping', 'stopped']);
    expect(JSON.stringify(events)).not.toContain(token);
  });

  test('serves over TLS with a certificate', async () => {
    makeCertificate();
    const { token } = await gtc<{ token: string }>(['registry', 'account', 'add', file('registry'), 'ann', '--admin']);
    const { url, stop } = await serving(['--tls-cert', file('cert.pem'), '--tls-key', file('key.pem')]);
    const authorization = `Basic ${Buffer.from(`ann:${token}`).toString('base64')}`;
    expect(url).toMatch(/^https:/);
    expect(await statusOf(url, await readFile(file('cert.pem')), authorization)).toBe(200);
    await stop('SIGTERM');
  });

  test.each([
    ['another address without TLS', ['--listen', '0.0.0.0:0'], 3, 'registry/tls-required'],
    ['an address that is none', ['--listen', 'here'], 2, 'input/invalid'],
    ['a port that is none', ['--listen', '127.0.0.1:70000'], 2, 'input/invalid'],
    ['a certificate without its key', ['--tls-cert', 'x.pem'], 2, 'input/invalid'],
    ['a certificate that is not there', ['--tls-cert', 'x.pem', '--tls-key', 'x.pem'], 2, 'input/invalid'],
  ])('refuses %s', async (_, args, exit, code) => {
    const ran = await run(['registry', 'serve', file('registry'), ...args]);
    expect([ran.exit, ran.error?.code]).toEqual([exit, code]);
  });

  test('refuses a certificate that is no PEM', async () => {
    const args = ['--tls-cert', file('owner.key'), '--tls-key', file('owner.key')];
    const ran = await run(['registry', 'serve', file('registry'), ...args]);
    expect([ran.exit, ran.error?.code]).toEqual([2, 'input/invalid']);
  });
});

describe('gtc pack publish --registry http://…', () => {
  test('publishes with an account and the publisher’s key alone', async () => {
    const key = (name: string) => ['--key', file(`${name}.key`)];
    await gtc(['pack', 'keygen', file('acme.key')]);
    await gtc([
      'registry',
      'delegate',
      file('registry'),
      '--namespace',
      'example',
      '--publisher',
      file('acme.key.pub'),
      ...key('owner'),
    ]);
    const { token } = await gtc<{ token: string }>([
      'registry',
      'account',
      'add',
      file('registry'),
      'ann',
      '--namespace',
      'example',
    ]);
    await writeFile(file('token'), `${token}\n`);
    const bundle = path.join(REPOSITORY, 'templates', 'bundle');
    const { url, stop } = await serving(['--online-key', file('owner.key')]);
    const publish = (...args: string[]) => run(['pack', 'publish', bundle, '--registry', url, ...key('acme'), ...args]);
    const published = await publish('--account', 'ann', '--token-file', file('token'));
    expect([published.exit, published.result]).toEqual([0, expect.objectContaining({ version: '1.0.0' })]);
    expect((await publish('--account', 'ann', '--token-file', file('token'))).error?.code).toBe('pack/version-exists');
    expect((await publish('--account', 'bob', '--token-file', file('token'))).error?.code).toBe(
      'registry/access-denied',
    );
    expect((await publish('--account', 'ann')).error?.code).toBe('input/invalid');
    expect((await publish('--registry-key', file('owner.key'))).error?.code).toBe('input/conflicting-options');
    await stop('SIGTERM');
  });

  test('publishing into a folder still takes the registry’s key', async () => {
    const bundle = path.join(REPOSITORY, 'templates', 'bundle');
    const ran = await run(['pack', 'publish', bundle, '--registry', file('registry'), '--key', file('owner.key')]);
    expect([ran.exit, ran.error?.code]).toEqual([2, 'input/invalid']);
  });
});

describe('gtc registry account', () => {
  const account = (...args: string[]) => run(['registry', 'account', ...args]);

  test('adds, lists and removes', async () => {
    await gtc(['registry', 'account', 'add', file('registry'), 'ann', '--namespace', 'acme', '--namespace', 'zoo']);
    expect(await gtc(['registry', 'account', 'list', file('registry')])).toMatchObject([
      { name: 'ann', role: 'owner', namespaces: ['acme', 'zoo'] },
    ]);
    await gtc(['registry', 'account', 'remove', file('registry'), 'ann']);
    expect(await gtc(['registry', 'account', 'list', file('registry')])).toEqual([]);
  });

  test('is for one thing', async () => {
    for (const flags of [[], ['--admin', '--read'], ['--admin', '--namespace', 'acme']])
      expect((await account('add', file('registry'), 'ann', ...flags)).error?.code).toBe('input/conflicting-options');
  });
});

test('gtc registry catalogue writes pages', async () => {
  const { files, omitted } = await gtc<{ files: number; omitted: unknown[] }>([
    'registry',
    'catalogue',
    file('registry'),
    '--out',
    file('pages'),
  ]);
  expect([files, omitted]).toEqual([3, []]);
  expect(await readFile(path.join(file('pages'), 'index.html'), 'utf8')).toContain('Pack catalogue');
});
