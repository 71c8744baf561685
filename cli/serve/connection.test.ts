import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type EnvironmentName, GreenticError } from '@greentic/core';
import { type Control, controlPath, createControl } from '@greentic/runtime';
import { afterEach, describe, expect, test } from 'vitest';
import { Output } from '../output.ts';
import { openSession, type Session } from '../session.ts';
import { Room } from '../testing/here.ts';
import { connectRuntime, reloadIfRunning } from './connection.ts';

const name = 'local' as EnvironmentName;
type Handlers = Parameters<typeof createControl>[0]['handlers'];

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** A session in a room of its own; nothing serves. */
async function sessionOf(): Promise<Session> {
  const room = await Room.create();
  const session = openSession(room.root, new Output('test', true));
  const sockets = path.dirname(controlPath(session.folderOf(name)));
  closing.push(
    () => room[Symbol.asyncDispose](),
    () => rmSync(sockets, { recursive: true, force: true }),
  );
  mkdirSync(sockets, { recursive: true, mode: 0o700 });
  return session;
}

/** Lets a process that answers like this serve the environment. */
async function serve(session: Session, replaced: Partial<Handlers> = {}): Promise<Control> {
  const refuse = async () => Promise.reject(new GreenticError('worker/not-found'));
  const handlers: Handlers = {
    status: () => ({ environment: name, pid: 1, startedAt: '2026-01-01', generation: 3, listen: null, workers: [] }),
    reload: async ({ generation }) => ({ generation }),
    witness: refuse,
    stop: () => undefined,
    workers: { define: refuse, start: refuse, stop: refuse, remove: refuse, list: async () => ({ workers: [] }) },
    ...replaced,
  };
  const control = await createControl({ path: controlPath(session.folderOf(name)), handlers, reloadMs: 100 });
  closing.push(() => control.close());
  return control;
}

describe('a change that was just stored', () => {
  test('is taken up by what serves the environment', async () => {
    const session = await sessionOf();
    const asked: number[] = [];
    await serve(session, {
      reload: async ({ generation }) => {
        asked.push(generation);
        return { generation };
      },
    });
    await reloadIfRunning(session, name, 7);
    expect(asked).toEqual([7]);
  });

  test('is no failure when nothing serves: it is taken up at the next start', async () => {
    await expect(reloadIfRunning(await sessionOf(), name, 7)).resolves.toBeUndefined();
  });

  test('that the router does not take up in time is told: runtime/not-acknowledged', async () => {
    const session = await sessionOf();
    await serve(session, { reload: () => new Promise(() => undefined) });
    await expect(reloadIfRunning(session, name, 7)).rejects.toMatchObject({ code: 'runtime/not-acknowledged' });
  });

  test('that the router is still behind of is told as well', async () => {
    const session = await sessionOf();
    await serve(session, { reload: async () => ({ generation: 6 }) });
    await expect(reloadIfRunning(session, name, 7)).rejects.toMatchObject({ code: 'runtime/not-acknowledged' });
  });

  test('goes to no socket that others could have put there', async () => {
    const session = await sessionOf();
    const folder = path.dirname(controlPath(session.folderOf(name)));
    rmSync(folder, { recursive: true });
    mkdirSync(folder, { mode: 0o755 });
    await expect(reloadIfRunning(session, name, 7)).rejects.toMatchObject({ code: 'runtime/socket-folder' });
  });
});

describe('the running half of an environment', () => {
  test('is reachable when it answers, and runtime/unreachable before and after', async () => {
    const session = await sessionOf();
    const connection = connectRuntime(session, name);
    const unreachable = { code: 'runtime/unreachable' };
    await expect(connection.assertReachable()).rejects.toMatchObject(unreachable);
    const control = await serve(session);
    await expect(connection.assertReachable()).resolves.toBeUndefined();
    await control.close();
    closing.pop();
    await expect(connection.assertReachable()).rejects.toMatchObject(unreachable);
    await expect(connection.reload(1)).rejects.toMatchObject(unreachable);
  });

  test('shows what the router counted beside the rest', async () => {
    const session = await sessionOf();
    const router = { generation: 3, upstreams: 0, deployments: [] };
    const status = {
      environment: name,
      pid: 1,
      startedAt: '2026-01-01',
      generation: 3,
      listen: null,
      workers: [],
      router,
    };
    await serve(session, { status: () => status });
    expect(await connectRuntime(session, name).status()).toEqual(status);
  });

  test('gives orders to workers and hears their refusals, and is told to stop', async () => {
    const session = await sessionOf();
    let stopped = false;
    await serve(session, {
      stop: () => {
        stopped = true;
      },
    });
    const { workers, witness, stop } = connectRuntime(session, name);
    expect(await workers.list()).toEqual({ workers: [] });
    await expect(workers.start({ revision: 'desk.acme.1' })).rejects.toMatchObject({ code: 'worker/not-found' });
    const order = { revision: 'desk.acme.1', bundleDigest: `sha256:${'a'.repeat(64)}`, endpoint: 'unix:/x' };
    await expect(witness(order as Parameters<typeof witness>[0])).rejects.toMatchObject({ code: 'worker/not-found' });
    await stop();
    await expect.poll(() => stopped).toBe(true);
  });
});
