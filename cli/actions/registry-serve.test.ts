import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gtc, run, spawnGtc } from '../testing/gtc.ts';

let dir: string;
const file = (name: string) => path.join(dir, name);
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
