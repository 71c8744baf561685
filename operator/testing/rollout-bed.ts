import {
  type Deployer,
  type DeploymentId,
  type Digest,
  GreenticError,
  type Label,
  type ObservedRevision,
  type Revision,
  type RevisionId,
  type RevisionSpec,
  type RevisionState,
  type Witness,
} from '@greentic/core';
import type { RolloutPorts, Runtime } from '../rollout/ports.ts';
import { addDeployment } from '../verbs/deployments.ts';
import { PublishedPacks } from './published-packs.ts';
import { ENVIRONMENT, NOW } from './sample.ts';

/** The deployment of the sample bundle for the customer `ada`. */
export const DEPLOYMENT = 'shop.ada' as DeploymentId;

/** The n-th revision of it. */
export const revisionId = (n: number) => `${DEPLOYMENT}.${n}` as RevisionId;

/** A platform in memory. It keeps the deployer's contract; a test may have a method do something else once or always. */
export class MemoryPlatform implements Deployer {
  /** What was asked for, in order: `stage shop.ada.1`. */
  readonly asked: string[] = [];
  readonly known = new Map<string, { spec: RevisionSpec; phase: ObservedRevision['phase'] }>();
  /** Throws in place of a method's effect. */
  readonly refuse = new Map<keyof Deployer, GreenticError>();
  /** How often `observe` shows `starting` before a started revision is ready. */
  slowness = 0;

  async stage({ revision: spec }: { revision: RevisionSpec }): Promise<Record<never, never>> {
    this.#hear('stage', spec.revision);
    if (!this.known.has(spec.revision)) this.known.set(spec.revision, { spec, phase: 'staged' });
    return {};
  }

  async warm({ revision }: { revision: string }): Promise<Record<never, never>> {
    this.#hear('warm', revision);
    this.#of(revision).phase = 'starting';
    return {};
  }

  async observe({ revisions }: { revisions: string[] }): Promise<{ revisions: ObservedRevision[] }> {
    this.#refusal('observe');
    for (const id of revisions) {
      const known = this.known.get(id);
      if (known?.phase === 'starting' && this.slowness-- <= 0) known.phase = 'ready';
      else if (known?.phase === 'draining' && this.slowness-- <= 0) known.phase = 'staged';
    }
    return {
      revisions: revisions.map((revision) => {
        const phase = this.known.get(revision)?.phase ?? 'absent';
        const endpoint = phase === 'ready' || phase === 'draining' ? `unix:/run/${revision}.sock` : null;
        return { revision, phase, endpoint, message: `It is ${phase}.` };
      }),
    };
  }

  async drain({ revision }: { revision: string }): Promise<Record<never, never>> {
    this.#hear('drain', revision);
    this.#of(revision).phase = 'draining';
    return {};
  }

  async archive({ revision }: { revision: string }): Promise<Record<never, never>> {
    this.#hear('archive', revision);
    this.known.delete(revision);
    return {};
  }

  async applySplit({ entries }: { entries: { revision: string; weightBps: number }[] }): Promise<Record<never, never>> {
    this.#hear('applySplit', entries.map(({ revision, weightBps }) => `${revision}=${weightBps}`).join(' '));
    return {};
  }

  async destroy(): Promise<Record<never, never>> {
    this.known.clear();
    return {};
  }

  #hear(method: keyof Deployer, about: string): void {
    this.asked.push(`${method} ${about}`);
    this.#refusal(method);
  }

  #refusal(method: keyof Deployer): void {
    const error = this.refuse.get(method);
    if (error !== undefined) throw error;
  }

  #of(revision: string) {
    const known = this.known.get(revision);
    if (known === undefined) throw new GreenticError('deploy/revision-unknown', `${revision} was never staged.`);
    return known;
  }
}

/** A running half in memory: remembers what it was told to serve, and answers for every worker. */
export class MemoryRuntime implements Runtime {
  readonly reloads: number[] = [];
  /** Thrown in place of an answer, one a call; what is left over is not. */
  readonly witnessRefusals: GreenticError[] = [];
  unreachable = false;
  deaf = false;

  async assertReachable(): Promise<void> {
    if (this.unreachable) throw new GreenticError('runtime/unreachable');
  }

  async reload(generation: number): Promise<void> {
    this.reloads.push(generation);
    if (this.deaf) throw new GreenticError('runtime/not-acknowledged');
  }

  async witness(expected: { revision: RevisionId; bundleDigest: Digest }): Promise<Witness> {
    const refusal = this.witnessRefusals.shift();
    if (refusal !== undefined) throw refusal;
    const { revision, bundleDigest } = expected;
    return { revision, bundleDigest, bootId: 'boot-1', observedAt: NOW.toISOString() };
  }
}

/** A rollout over a real store and registry, with a platform, a runtime and a clock in memory. */
export class RolloutBed {
  readonly published: PublishedPacks;
  readonly platform = new MemoryPlatform();
  readonly runtime = new MemoryRuntime();
  readonly steps: string[] = [];
  readonly ports: RolloutPorts;
  #now = NOW.getTime();

  private constructor(published: PublishedPacks) {
    this.published = published;
    this.ports = {
      environment: ENVIRONMENT,
      store: published.store,
      runtime: this.runtime,
      deployer: async () => this.platform,
      now: () => new Date(this.#now),
      wait: async (ms) => {
        this.#now += ms;
      },
      onProgress: (step) => this.steps.push(step),
    };
  }

  /** With the deployment there, and nothing staged. */
  static async create(): Promise<RolloutBed> {
    const bed = new RolloutBed(await PublishedPacks.create());
    const input = { bundle: 'shop' as Label, customer: 'ada' as Label, route: { pathPrefix: '/ada' } };
    await bed.ports.store.mutate(ENVIRONMENT, {
      verb: 'bundles.add',
      target: DEPLOYMENT,
      input,
      decide: (snapshot, now) => addDeployment(snapshot, input, now),
    });
    return bed;
  }

  /** The same rollout with some ports changed. */
  with(changes: Partial<RolloutPorts>): RolloutPorts {
    return { ...this.ports, ...changes };
  }

  async environment() {
    return (await this.ports.store.read(ENVIRONMENT)).environment;
  }

  /** A revision as the store has it. */
  async revision(n: number) {
    return (await this.environment()).revisions.find(({ id }) => id === revisionId(n));
  }

  /** Puts a revision into a state, as a command that was killed there leaves it. */
  async leave(n: number, state: RevisionState): Promise<void> {
    await this.ports.store.mutate(ENVIRONMENT, {
      verb: 'sample.leave',
      target: revisionId(n),
      input: { state },
      decide: ({ environment }) => {
        const revisions = environment.revisions.map((each) => (each.id === revisionId(n) ? left(each, state) : each));
        return { environment: { ...environment, revisions }, result: null };
      },
    });
  }
}

/** Only what runs was observed, and only what failed says why. */
function left({ endpoint, witness, failure: _failure, ...rest }: Revision, state: RevisionState): Revision {
  const runs = state === 'draining' && endpoint !== undefined && witness !== undefined;
  return { ...rest, state, ...(runs ? { endpoint, witness } : {}), ...(state === 'failed' ? { failure: 'left' } : {}) };
}
