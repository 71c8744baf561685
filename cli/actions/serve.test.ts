import { once } from 'node:events';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { acquireServeLock, connectControl, controlPath } from '@greentic/runtime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { Room } from '../testing/here.ts';

let room: Room;
const folder = () => path.join(room.root, 'local');
const control = () => connectControl(controlPath(folder()));

beforeEach(async () => {
  room = await Room.withEnvironment('local');
});
afterEach(async () => {
  await rm(room.socketsOf('local'), { recursive: true, force: true });
  await room[Symbol.asyncDispose]();
});

/** Serves until told to stop; gives the events it printed and how it ended. */
async function serveUntilStopped(use: (url: string) => Promise<void>) {
  const serving = room.json('serve', 'local');
  const { listen } = await eventually(async () => {
    const status = await control()
      .status()
      .catch(() => undefined);
    return status?.listen === null ? undefined : status;
  });
  await use(listen ?? '');
  await control().stop();
  const ran = await serving;
  return {
    ...ran,
    events: ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string }),
  };
}

describe('gtc serve', () => {
  test('says when it serves, where, and when it stops and has stopped: one line of JSON each', async () => {
    let url = '';
    const { exit, stderr, events } = await serveUntilStopped(async (at) => {
      url = at;
      const health = await fetch(`${at}/.well-known/greentic/health`);
      expect([health.status, await health.json()]).toEqual([
        200,
        { status: 'ok', environment: 'local', generation: 1 },
      ]);
    });
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    // It says as well that it could not ask for revocations: there is no registry to ask.
    const life = events.filter(({ event }) => !event.startsWith('revocations'));
    expect(life.map(({ event }) => event)).toEqual(['serving', 'stopping', 'stopped']);
    expect(events[0]).toEqual({ event: 'serving', environment: 'local', url, pid: process.pid });
    await expect(fetch(url)).rejects.toThrow();
  });

  test('leaves no socket and no lock behind, so that the next one serves', async () => {
    await serveUntilStopped(async () => undefined);
    expect(await readdir(room.socketsOf('local'))).toEqual([]);
    const { exit } = await serveUntilStopped(async () => undefined);
    expect(exit).toBe(0);
  });

  test('takes up what is stored while it serves, and says so to who stored it', async () => {
    await serveUntilStopped(async () => {
      await room.json('op', 'bundles', 'add', 'local', 'desk', 'acme');
      expect(await control().reload({ generation: 2 })).toEqual({ generation: 2 });
      await expect(control().reload({ generation: 3 })).rejects.toMatchObject({ code: 'runtime/not-acknowledged' });
      const { result } = await room.json('op', 'env', 'show', 'local');
      expect(result).toMatchObject({ environment: { generation: 2 }, running: { generation: 2, pid: process.pid } });
    });
  });

  test('a second one on the same environment is refused with exit code 5, and the first goes on', async () => {
    await serveUntilStopped(async (url) => {
      const second = await room.json('serve', 'local');
      expect(second).toMatchObject({ exit: 5, stdout: '', error: { code: 'runtime/already-running' } });
      expect((await fetch(`${url}/.well-known/greentic/health`)).status).toBe(200);
    });
  });

  test('that cannot listen for orders ends, and leaves neither its router nor its lock', async () => {
    await mkdir(room.socketsOf('local'), { recursive: true, mode: 0o700 });
    const stranger = createServer((_, response) => response.end());
    await once(stranger.listen(controlPath(folder())), 'listening');
    const ran = await room.json('serve', 'local', '--port', '0');
    stranger.close();
    expect(ran).toMatchObject({ exit: 5, error: { code: 'runtime/already-running' } });
    expect(process.getActiveResourcesInfo().filter((each) => each === 'TCPServerWrap')).toEqual([]);
    acquireServeLock(folder()).release();
  });

  test('that cannot take its port ends, and leaves no lock', async () => {
    const taken = createServer();
    await once(taken.listen(0, '127.0.0.1'), 'listening');
    const { port } = taken.address() as { port: number };
    const ran = await room.json('serve', 'local', '--port', String(port));
    taken.close();
    expect(ran).toMatchObject({ stdout: '', error: { message: expect.stringContaining(String(port)) } });
    acquireServeLock(folder()).release();
  });

  test.each([
    ['--port', ''],
    ['--port', '-1'],
    ['--port', '65536'],
    ['--port', '80.5'],
    ['--port', '0x50'],
    ['--revocations-every', '0'],
    ['--revocations-every', '86401'],
    ['--revocations-every', 'often'],
    ['--revocations-every', '1e2'],
  ])('refuses %s %j before it takes the lock', async (option, value) => {
    const ran = await room.json('serve', 'local', option, value);
    expect(ran).toMatchObject({ exit: 2, stdout: '', error: { code: 'input/invalid' } });
    expect(await readdir(folder())).not.toContain('serve.lock');
  });
});
