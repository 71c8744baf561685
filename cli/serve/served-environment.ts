import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type BrokerPorts,
  Digest,
  type EnvironmentName,
  GreenticError,
  type LogLine,
  projectRuntimeConfig,
} from '@greentic/core';
import { EnvironmentPacks, nextEnd, openArtifact, type Snapshot } from '@greentic/operator';
import {
  createRouter,
  createSupervisor,
  observeWorker,
  type Router,
  runFolder,
  type Supervisor,
  type WorkerLine,
} from '@greentic/runtime';
import { recordRefusal } from '../rollout.ts';
import type { Session } from '../session.ts';
import { Alarm } from './alarm.ts';
import { openCookieKeys } from './cookie-keys.ts';

const WITNESS_MS = 2000;
const SETTLE_MS = 10_000;
const SETTLE_LOOK_MS = 10;

/** Where the lines of packs and workers go. */
export interface Lines {
  pack(line: LogLine): void;
  worker(line: WorkerLine): void;
}

/** How a served environment stands. */
export interface ServedStatus {
  readonly environment: string;
  readonly pid: number;
  readonly startedAt: string;
  /** Where the router listens; null until it does. */
  readonly listen: string | null;
  /** Generation the router serves; null while it has none. */
  readonly generation: number | null;
  readonly router: ReturnType<Router['stats']>;
  readonly workers: Awaited<ReturnType<Supervisor['list']>>['workers'];
}

/** The running half of an environment: its packs, its workers and its router, over one snapshot of the store. */
export class ServedEnvironment {
  readonly #session: Session;
  readonly #name: EnvironmentName;
  readonly #packs: EnvironmentPacks;
  readonly #supervisor: Supervisor;
  readonly #router: Router;
  readonly startedAt: string;
  /** When something stops holding by itself: what rested on it is refused then, not at the next look. */
  readonly #nextEnd = new Alarm(() => void this.review().catch(() => undefined));
  #snapshot: Snapshot;
  #url = '';
  #reloading: Promise<void> = Promise.resolve();

  private constructor(
    session: Session,
    parts: {
      name: EnvironmentName;
      snapshot: Snapshot;
      packs: EnvironmentPacks;
      supervisor: Supervisor;
      router: Router;
    },
  ) {
    this.#session = session;
    this.#name = parts.name;
    this.#snapshot = parts.snapshot;
    this.#packs = parts.packs;
    this.#supervisor = parts.supervisor;
    this.#router = parts.router;
    this.startedAt = session.now().toISOString();
  }

  /** Verifies every pack, starts the workers that are wanted, and listens. Whatever fails, nothing is left running. */
  static async start(
    session: Session,
    name: EnvironmentName,
    { port, lines }: { port?: number | undefined; lines: Lines },
  ): Promise<ServedEnvironment> {
    const snapshot = await session.store.read(name);
    const { now, cacheOf } = session;
    let served: ServedEnvironment | undefined;
    const packs = new EnvironmentPacks(snapshot, {
      cacheOf,
      now,
      onRefused: (slot, code) => recordRefusal(session, name, slot, code),
      brokerPorts: () => brokerPorts(),
    });
    const supervisor = await createSupervisor({
      environment: name,
      folder: runFolder(session.folderOf(name)),
      stateFile: path.join(session.dataOf(name), 'workers.json'),
      loadBundle: async ({ digest }) => {
        const current = served === undefined ? snapshot : await session.store.read(name);
        return (await openArtifact(current, Digest.parse(digest), { cacheOf, now })).bytes;
      },
      onCall: async (_facts, slot, method, input) => await (await packs.generation(slot)).call(method, input),
      onLog: (line) => lines.worker(line),
      now,
      random: (bytes) => randomBytes(bytes),
    });
    const brokerPorts = (): BrokerPorts => ({
      dataDir: session.dataOf(name),
      log: (line) => lines.pack(line),
      workers: supervisor,
      secrets: async (secret) =>
        Buffer.from((await (await packs.client('secrets')).get({ tenant: '_env', name: secret })).value, 'base64'),
    });
    const { host, port: ownPort } = snapshot.environment.listen;
    const router = createRouter({
      listen: { host, port: port ?? ownPort },
      keys: await openCookieKeys(path.join(session.dataOf(name), 'router-keys.json')),
      pins: {
        lookup: async (input) => await (await packs.client('sessions')).lookup(input),
        pin: async (input) => await (await packs.client('sessions')).pin(input),
        release: async (input) => await (await packs.client('sessions')).release(input),
      },
      now,
    });
    served = new ServedEnvironment(session, { name, snapshot, packs, supervisor, router });
    try {
      await served.#open();
      return served;
    } catch (error) {
      await served.close(0);
      throw error;
    }
  }

  /** Where the router listens. */
  get url(): string {
    return this.#url;
  }

  get workers(): Supervisor {
    return this.#supervisor;
  }

  /** Takes up what the store holds, and returns the generation served. Throws `runtime/not-acknowledged` when it is older. */
  async reload(wanted: number): Promise<number> {
    const turn = this.#reloading.then(() => this.#takeUp(wanted));
    this.#reloading = turn.catch(() => undefined);
    await turn;
    const { generation } = this.#router;
    if (generation >= wanted) return generation;
    throw new GreenticError(
      'runtime/not-acknowledged',
      `The router serves generation ${generation}, not yet ${wanted}.`,
    );
  }

  /** Takes up what the store holds, and looks again at what may have stopped holding by itself. */
  async review(): Promise<void> {
    const turn = this.#reloading.then(() => this.#readAgain());
    this.#reloading = turn.catch(() => undefined);
    await turn;
  }

  /** Asks what answers at an endpoint who it is. */
  async witness({
    endpoint,
    ...expected
  }: {
    revision: string;
    bundleDigest: string;
    endpoint: string;
  }): ReturnType<typeof observeWorker> {
    const nonce = randomBytes(24).toString('base64url');
    return await observeWorker(endpoint, expected, { nonce, deadlineMs: WITNESS_MS, now: this.#session.now });
  }

  async status(): Promise<ServedStatus> {
    const { workers } = await this.#supervisor.list();
    const generation = this.#router.generation || null;
    const { startedAt } = this;
    return {
      environment: this.#name,
      pid: process.pid,
      startedAt,
      listen: this.#url || null,
      generation,
      router: this.#router.stats(),
      workers,
    };
  }

  /** Lets requests end, then stops router, workers and packs. */
  async close(drainMs: number): Promise<void> {
    this.#nextEnd.clear();
    await using closing = new AsyncDisposableStack();
    // Each also when another does not close, in turn: requests, then workers, then packs.
    closing.defer(() => this.#packs.close());
    closing.defer(() => this.#supervisor.close({ drainMs }));
    closing.defer(() => this.#router.close({ drainMs }));
  }

  async #open(): Promise<void> {
    await this.#packs.verifyAll();
    await this.#supervisor.restore();
    await this.#settle();
    const { environment } = this.#snapshot;
    this.#router.apply(projectRuntimeConfig(environment));
    this.#nextEnd.set(nextEnd(this.#snapshot, this.#session.now()));
    const { host, port } = await this.#router.listen();
    this.#url = `http://${host}:${port}`;
  }

  /** Waits for workers that start: a router that listened earlier would fail their visitors. One that does not come up is not waited for. */
  async #settle(): Promise<void> {
    const deadline = performance.now() + SETTLE_MS;
    const starting = async () => (await this.#supervisor.list()).workers.some(({ phase }) => phase === 'starting');
    while (performance.now() < deadline && (await starting())) await wait(SETTLE_LOOK_MS);
  }

  async #takeUp(wanted: number): Promise<void> {
    if (this.#router.generation < wanted) await this.#readAgain();
  }

  async #readAgain(): Promise<void> {
    this.#snapshot = await this.#session.store.read(this.#name);
    const doubtful = await this.#packs.update(this.#snapshot);
    if (doubtful) await this.#supervisor.review();
    const { environment } = this.#snapshot;
    this.#nextEnd.set(nextEnd(this.#snapshot, this.#session.now()));
    if (this.#router.generation < environment.generation) this.#router.apply(projectRuntimeConfig(environment));
  }
}
