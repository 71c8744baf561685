import { mkdtempSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isAlive } from '../testing/eventually.ts';
import { sampleBundle } from '../testing/sample-bundle.ts';
import { launchWorker } from './worker-process.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'gtc-process-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const bundle = sampleBundle('export default { fetch: () => new Response("hello") };');
const identity = { environment: 'local', customer: 'acme', deployment: 'desk.acme', revision: 'desk.acme.1' };
const silent = { call: () => undefined, output: () => undefined, silent: () => undefined };
const launch = (bytes = bundle.bytes, socket = 'w.sock') =>
  launchWorker(
    { identity, bundleDigest: bundle.digest, needs: [], bytes, socketPath: path.join(root, socket) },
    silent,
  );

test.each(['image', 'config', 'module'] as const)(
  'the process itself refuses a flipped byte in its %s with blob/digest-mismatch',
  async (part) => {
    const flipped = Buffer.from(bundle.bytes[part]);
    flipped[0] = (flipped[0] ?? 0) ^ 1;
    const running = launch({ ...bundle.bytes, [part]: flipped });
    await expect(running.listening).rejects.toMatchObject({ code: 'blob/digest-mismatch' });
    expect((await running.ended).code).toBe('blob/digest-mismatch');
    expect(isAlive(running.pid ?? 0)).toBe(false);
  },
);

test('a process that cannot listen says why', async () => {
  const running = launch(bundle.bytes, path.join('missing', 'w.sock'));
  await expect(running.listening).rejects.toMatchObject({ code: 'worker/failed' });
});

test('a process ends by itself when it is drained and nothing runs', async () => {
  const running = launch();
  await running.listening;
  running.drain(5000);
  expect((await running.ended).message).toBe('The worker ended by status 0.');
});

test.skipIf(process.platform === 'win32')(
  'a process that asks and does not listen is ended before its answers fill the memory of the host',
  async () => {
    const running = launch();
    await running.listening;
    process.kill(running.pid ?? 0, 'SIGSTOP');
    const value = 'x'.repeat(2 ** 20);
    for (let id = 0; id < 40; id++) running.reply({ t: 'reply', id, ok: true, value });
    expect(await running.ended).toMatchObject({
      code: 'worker/failed',
      message: expect.stringMatching('does not read'),
    });
    expect(isAlive(running.pid ?? 0)).toBe(false);
  },
);

test.runIf(process.platform === 'linux')(
  'a process has no environment, and works in the folder of its socket',
  async () => {
    const running = launch();
    await running.listening;
    expect(readFileSync(`/proc/${running.pid}/environ`, 'utf8')).toBe('');
    expect(readlinkSync(`/proc/${running.pid}/cwd`)).toBe(realpathSync(root));
    running.kill();
    await running.ended;
  },
);

test.skipIf(process.platform === 'win32')(
  'a process goes on when the terminal is interrupted, and ends its requests when it is asked to end',
  async () => {
    const running = launch();
    await running.listening;
    const pid = running.pid ?? 0;
    process.kill(pid, 'SIGINT');
    process.kill(pid, 'SIGINT');
    process.kill(pid, 'SIGTERM');
    expect((await running.ended).message).toBe('The worker ended by status 0.');
  },
);

describe('a bundle that fails as it loads', () => {
  const failing = (thrown: string) => {
    const { bytes, digest } = sampleBundle(`throw ${thrown};`);
    const socketPath = path.join(root, 'w.sock');
    return launchWorker({ identity, bundleDigest: digest, needs: [], bytes, socketPath }, silent);
  };

  test.each([
    ['claims a code of the platform', `Object.assign(new Error('mine'), { code: 'deploy/revision-conflict' })`, 'mine'],
    ['claims a code that is none', `Object.assign(new Error('mine'), { code: 'constructor' })`, 'mine'],
    ['throws a text', `'only a text'`, 'only a text'],
    ['throws what cannot be read', `{ message: { toString: () => 'hidden' } }`, 'hidden'],
  ])('and %s is worker/failed, with its words', async (_what, thrown, message) => {
    const running = failing(thrown);
    await expect(running.listening).rejects.toMatchObject({ code: 'worker/failed', message });
    expect(await running.ended).toMatchObject({ code: 'worker/failed', message });
  });

  test('is heard for 2,000 characters', async () => {
    const { message } = await failing(`new Error('x'.repeat(100_000))`).ended;
    expect(message).toBe('x'.repeat(2000));
  });

  test('because it imports something is permission/denied', async () => {
    const { bytes, digest } = sampleBundle(`import 'node:fs'; export default { fetch() {} };`);
    const socketPath = path.join(root, 'w.sock');
    const running = launchWorker({ identity, bundleDigest: digest, needs: [], bytes, socketPath }, silent);
    expect(await running.ended).toMatchObject({
      code: 'permission/denied',
      message: expect.stringContaining('node:fs'),
    });
  });
});
