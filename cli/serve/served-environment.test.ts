import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { EnvironmentName } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { Output } from '../output.ts';
import { openSession, type Session } from '../session.ts';
import { Room } from '../testing/here.ts';
import { ServedEnvironment } from './served-environment.ts';

const name = 'local' as EnvironmentName;
const lines = { pack: () => undefined, worker: () => undefined };

/** An environment without packs, served in this process; ended and removed by `await using`. */
class Serving implements AsyncDisposable {
  readonly room: Room;
  readonly session: Session;
  #served: ServedEnvironment | undefined;

  private constructor(room: Room) {
    this.room = room;
    this.session = openSession(room.root, new Output('test', true));
  }

  static async create(): Promise<Serving> {
    return new Serving(await Room.withEnvironment(name));
  }

  /** Starts it, with some parts of the session replaced. */
  async start(replaced: Partial<Session> = {}): Promise<ServedEnvironment> {
    this.#served = await ServedEnvironment.start({ ...this.session, ...replaced }, name, { port: 0, lines });
    return this.#served;
  }

  /** Leaves a worker behind that is to run, of a bundle that no lock names. */
  async wantWorker(): Promise<void> {
    await this.start();
    await this.end();
    const bundle = { name: 'example.bundle.desk', version: '1.0.0', digest: `sha256:${'b'.repeat(64)}` };
    const spec = { revision: 'desk.acme.1', deployment: 'desk.acme', customer: 'acme', bundle };
    const list = { schema: 'greentic.workers/1', workers: [{ spec, wanted: true, starts: 4 }] };
    writeFileSync(path.join(this.session.dataOf(name), 'workers.json'), JSON.stringify(list));
  }

  /** Stores a change that changes nothing but the generation, and gives that. */
  async change(): Promise<number> {
    const { snapshot } = await this.session.store.mutate(name, {
      verb: 'traffic.set',
      target: name,
      input: {},
      decide: ({ environment }) => ({ environment, result: {} }),
    });
    return snapshot.environment.generation;
  }

  /** Ends what was started last. */
  async end(): Promise<void> {
    const served = this.#served;
    this.#served = undefined;
    await served?.close(0);
  }

  get sockets(): string[] {
    const folder = this.room.socketsOf(name);
    return existsSync(folder) ? readdirSync(folder) : [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    rmSync(this.room.socketsOf(name), { recursive: true, force: true });
    await this.room[Symbol.asyncDispose]();
  }
}

const healthOf = async (url: string) => (await fetch(`${url}/.well-known/greentic/health`)).json();

describe('a served environment', () => {
  test('serves the generation that is stored, and shows what it is', async () => {
    await using serving = await Serving.create();
    const { generation } = (await serving.session.store.read(name)).environment;
    const served = await serving.start();
    expect(await healthOf(served.url)).toEqual({ status: 'ok', environment: name, generation });
    expect(await served.status()).toEqual({
      environment: name,
      pid: process.pid,
      startedAt: served.startedAt,
      listen: served.url,
      generation,
      router: { generation, upstreams: 0, deployments: [] },
      workers: [],
    });
  });

  test('takes up what is stored when it is told to, and not before', async () => {
    await using serving = await Serving.create();
    const served = await serving.start();
    const before = (await served.status()).generation;
    const generation = await serving.change();
    expect((await served.status()).generation).toBe(before);
    expect(await served.reload(generation)).toBe(generation);
    expect(await healthOf(served.url)).toMatchObject({ generation });
  });

  test('acknowledges with what it serves: a later generation counts, one that is not stored does not', async () => {
    await using serving = await Serving.create();
    const served = await serving.start();
    const first = await serving.change();
    const second = await serving.change();
    expect(await served.reload(first)).toBe(second);
    await expect(served.reload(second + 1)).rejects.toMatchObject({
      code: 'runtime/not-acknowledged',
      message: `The router serves generation ${second}, not yet ${second + 1}.`,
    });
    expect(await served.reload(second)).toBe(second);
  });

  test('takes up orders that come at once one after the other, and a failed one stops none', async () => {
    await using serving = await Serving.create();
    const served = await serving.start();
    const generation = await serving.change();
    const orders = [generation, generation + 5, generation, 1].map((wanted) => served.reload(wanted));
    const outcomes = await Promise.allSettled(orders);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  });

  test('reads the store for one order at a time, also when the one before could not read it', async () => {
    await using serving = await Serving.create();
    const { store } = serving.session;
    let [under, most, reads] = [0, 0, 0];
    const read: typeof store.read = async (asked) => {
      most = Math.max(most, ++under);
      try {
        if (++reads === 2) throw new Error('The disk is away.');
        return await store.read(asked);
      } finally {
        under--;
      }
    };
    const served = await serving.start({ store: { ...store, read } });
    const generation = await serving.change();
    const orders = [served.review(), served.reload(generation), served.review(), served.reload(generation + 1)];
    const outcomes = await Promise.allSettled(orders);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'rejected']);
    expect([most, reads]).toEqual([1, 5]);
  });

  test('says when it started, by its own clock', async () => {
    await using serving = await Serving.create();
    const served = await serving.start({ now: () => new Date('2031-05-01T12:00:00.000Z') });
    expect((await served.status()).startedAt).toBe('2031-05-01T12:00:00.000Z');
  });

  test('starts the workers that are wanted, listens once none is starting any more, and waits for none that fails', async () => {
    await using serving = await Serving.create();
    await serving.wantWorker();
    const { workers, listen } = await (await serving.start()).status();
    expect(listen).not.toBeNull();
    expect(workers).toMatchObject([{ revision: 'desk.acme.1', phase: 'failed', endpoint: null }]);
    expect(workers[0]?.message).toContain('(lock/invalid)');
    expect(workers[0]?.starts).toBeGreaterThan(4);
  });

  test('takes up what is stored when it looks again by itself', async () => {
    await using serving = await Serving.create();
    const served = await serving.start();
    const generation = await serving.change();
    await served.review();
    expect((await served.status()).generation).toBe(generation);
  });

  test('fails an order while the store cannot be read, goes on serving, and takes the next one', async () => {
    await using serving = await Serving.create();
    const served = await serving.start();
    const file = path.join(serving.session.folderOf(name), 'environment.json');
    const generation = await serving.change();
    const stored = readFileSync(file);
    writeFileSync(file, '{');
    await expect(served.reload(generation)).rejects.toMatchObject({ code: 'env/invalid' });
    await expect(served.review()).rejects.toMatchObject({ code: 'env/invalid' });
    expect(await healthOf(served.url)).toMatchObject({ status: 'ok' });
    writeFileSync(file, stored);
    expect(await served.reload(generation)).toBe(generation);
  });

  test('asks who answers at an endpoint with a question of its own each time', async () => {
    await using serving = await Serving.create();
    const served = await serving.start();
    const order = { revision: 'desk.acme.1', bundleDigest: `sha256:${'a'.repeat(64)}` };
    await expect(served.witness({ ...order, endpoint: 'unix:/nowhere' })).rejects.toMatchObject({
      code: 'worker/failed',
    });
    // The router is no worker, whatever it is asked.
    await expect(served.witness({ ...order, endpoint: served.url })).rejects.toMatchObject({ code: 'worker/failed' });
    await expect(served.witness({ ...order, endpoint: 'ftp://x' })).rejects.toMatchObject({ code: 'input/invalid' });
  });
});

describe('an end', () => {
  test('leaves no socket and no listener, and nothing takes orders any more', async () => {
    await using serving = await Serving.create();
    const served = await serving.start();
    const { url } = served;
    await serving.end();
    await expect(fetch(url)).rejects.toThrow();
    expect(serving.sockets).toEqual([]);
    await expect(served.workers.start({ revision: 'desk.acme.1' })).rejects.toMatchObject({
      code: 'runtime/unreachable',
    });
  });

  test('and a new start keep the keys: who comes back with a cookie is known', async () => {
    await using serving = await Serving.create();
    const keys = path.join(serving.session.dataOf(name), 'router-keys.json');
    await serving.start();
    await serving.end();
    const before = readFileSync(keys, 'utf8');
    await serving.start();
    expect(readFileSync(keys, 'utf8')).toBe(before);
  });
});

describe('a start is refused, and leaves nothing running, when', () => {
  test.each([
    ['there is no such environment', 'environment.json', null, 'env/not-found'],
    ['the list of workers is malformed', path.join('data', 'workers.json'), '{"workers":[]}', 'env/invalid'],
    ['the router’s keys are malformed', path.join('data', 'router-keys.json'), '{}', 'runtime/config-invalid'],
  ])('%s', async (_what, file, content, code) => {
    await using serving = await Serving.create();
    await serving.start();
    await serving.end();
    const place = path.join(serving.session.folderOf(name), file);
    if (content === null) rmSync(serving.session.folderOf(name), { recursive: true });
    else writeFileSync(place, content, { mode: 0o600 });
    await expect(ServedEnvironment.start(serving.session, name, { port: 0, lines })).rejects.toMatchObject({ code });
    expect(serving.sockets).toEqual([]);
  });

  test('its port is taken', async () => {
    await using serving = await Serving.create();
    await using other = await Serving.create();
    const port = Number(new URL((await other.start()).url).port);
    await expect(ServedEnvironment.start(serving.session, name, { port, lines })).rejects.toThrow(/EADDRINUSE/);
    expect(serving.sockets).toEqual([]);
    expect(await healthOf((await serving.start()).url)).toMatchObject({ status: 'ok' });
  });
});
