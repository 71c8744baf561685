import {
  type DeploymentId,
  decode,
  Environment,
  isGreenticError,
  type Label,
  projectRuntimeConfig,
  type RevisionId,
  RuntimeConfig,
  type Slot,
  TOTAL_BPS,
} from '@greentic/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Decision, Snapshot } from '../decision.ts';
import {
  deploymentOf,
  emptySnapshot,
  NOW,
  sampleBinding,
  sampleLock,
  samplePin,
  sampleWitness,
} from '../testing/sample.ts';
import { addDeployment, removeDeployment } from './deployments.ts';
import { bindPack, removePack } from './env-packs.ts';
import { assertEnvironment } from './invariant.ts';
import {
  archive,
  drain,
  markFailed,
  markInactive,
  markReady,
  markWarming,
  restage,
  stageRevision,
} from './revisions.ts';
import { clearTraffic, rollbackTraffic, setTraffic } from './traffic.ts';

type Verb = (snapshot: Snapshot) => Decision<unknown>;

const customer = fc.constantFrom('acme', 'globex');
const deployment = customer.map(deploymentOf);
const slot = fc.constantFrom<Slot[]>('secrets', 'state');

/** A revision that exists, most of the time: the n-th of the environment. */
const nth = ({ environment }: Snapshot, n: number) =>
  environment.revisions[n % Math.max(1, environment.revisions.length)]?.id ?? ('shop.acme.1' as RevisionId);

const onRevision = (verb: (snapshot: Snapshot, input: { revision: RevisionId }) => Decision<unknown>) =>
  fc.nat(5).map(
    (n): Verb =>
      (snapshot) =>
        verb(snapshot, { revision: nth(snapshot, n) }),
  );

const ready = onRevision((snapshot, { revision }) => {
  const bundle =
    snapshot.environment.revisions.find(({ id }) => id === revision)?.bundle ?? samplePin('acme.bundle.shop');
  return markReady(snapshot, { revision, endpoint: 'http://127.0.0.1:1', witness: sampleWitness(revision, bundle) });
});

const traffic = fc.tuple(deployment, fc.nat(5), fc.nat(5), fc.nat(TOTAL_BPS)).map(
  ([id, a, b, weight]): Verb =>
    (snapshot) => {
      const own = snapshot.environment.revisions
        .filter((revision) => revision.deployment === id)
        .map((revision) => revision.id);
      const [first, second] = [own[a % Math.max(1, own.length)], own[b % Math.max(1, own.length)]];
      const entries = [first, second].flatMap((revision, i) =>
        revision === undefined ? [] : [{ revision, weightBps: i === 0 ? weight : TOTAL_BPS - weight }],
      );
      return setTraffic(
        snapshot,
        { deployment: id, entries: first === second ? entries.slice(0, 1) : entries, updatedBy: 'ada' },
        NOW,
      );
    },
);

const at = NOW;
const bundle = samplePin('acme.bundle.shop');

/** Each verb with how often it is tried, so that long lives come about. */
const VERBS: Record<string, [number, fc.Arbitrary<Verb>]> = {
  addDeployment: [
    2,
    customer.map(
      (name): Verb =>
        (s) =>
          addDeployment(s, { bundle: 'shop' as Label, customer: name as Label, route: { pathPrefix: `/${name}` } }, at),
    ),
  ],
  removeDeployment: [
    1,
    deployment.map(
      (id): Verb =>
        (s) =>
          removeDeployment(s, { deployment: id }),
    ),
  ],
  stageRevision: [
    4,
    deployment.map(
      (id): Verb =>
        (s) =>
          stageRevision(s, { deployment: id, bundle }, at),
    ),
  ],
  markWarming: [5, onRevision(markWarming)],
  markReady: [5, ready],
  setTraffic: [6, traffic],
  rollbackTraffic: [
    4,
    deployment.map(
      (id): Verb =>
        (s) =>
          rollbackTraffic(s, { deployment: id, updatedBy: 'ada' }, at),
    ),
  ],
  clearTraffic: [
    1,
    deployment.map(
      (id): Verb =>
        (s) =>
          clearTraffic(s, { deployment: id }),
    ),
  ],
  markFailed: [1, onRevision((s, input) => markFailed(s, { ...input, message: 'failed' }))],
  drain: [1, onRevision(drain)],
  markInactive: [2, onRevision(markInactive)],
  restage: [2, onRevision(restage)],
  archive: [3, onRevision(archive)],
  bindPack: [
    1,
    fc.tuple(slot, fc.boolean()).map(
      ([name, replace]): Verb =>
        (s) =>
          bindPack(s, { ...sampleBinding(name), replace }, at),
    ),
  ],
  removePack: [
    1,
    slot.map(
      (name): Verb =>
        (s) =>
          removePack(s, { slot: name, lock: sampleLock('none') }),
    ),
  ],
};

const verb = fc.oneof(
  ...Object.entries(VERBS).map(([name, [weight, arbitrary]]) => ({
    weight,
    arbitrary: arbitrary.map((decide) => ({ name, decide })),
  })),
);

/** What must never come twice or go back: revision ids, and the generations of dials and slots. */
class Memory {
  readonly #known = new Set<RevisionId>();
  readonly #dials = new Map<DeploymentId, { generation: number; entries: string }>();
  readonly #slots = new Map<Slot, number>();
  #alive = new Set<RevisionId>();

  assertGrowth(environment: Environment): void {
    const alive = new Set(environment.revisions.map(({ id }) => id));
    for (const id of alive) {
      expect(this.#known.has(id) && !this.#alive.has(id), `${id} came back`).toBe(false);
      this.#known.add(id);
    }
    this.#alive = alive;
    for (const { deployment: id, generation, entries } of environment.splits) {
      const before = this.#dials.get(id);
      const now = { generation, entries: JSON.stringify(entries) };
      expect(generation).toBeGreaterThanOrEqual(before?.generation ?? 1);
      if (generation === before?.generation) expect(now).toEqual(before);
      this.#dials.set(id, now);
    }
    for (const { slot: name, generation } of environment.bindings) {
      expect(generation).toBeGreaterThanOrEqual(this.#slots.get(name) ?? 1);
      this.#slots.set(name, generation);
    }
  }
}

test('whatever verbs come in whatever order, the environment stays whole, or the verb is refused with a code', () => {
  const landed = new Set<string>();
  fc.assert(
    fc.property(fc.array(verb, { minLength: 60, maxLength: 150, size: 'max' }), (verbs) => {
      const memory = new Memory();
      let snapshot = emptySnapshot();
      for (const { name, decide } of verbs) {
        const before = JSON.stringify(snapshot.environment);
        try {
          const { environment } = decide(snapshot);
          expect(JSON.stringify(snapshot.environment)).toBe(before);
          snapshot = { ...snapshot, environment };
          landed.add(name);
        } catch (error) {
          if (!isGreenticError(error)) throw error;
          expect(['internal/unforeseen', 'env/invalid', 'input/invalid']).not.toContain(error.code);
        }
        assertEnvironment(snapshot.environment);
        memory.assertGrowth(snapshot.environment);
        expect(decode(Environment, snapshot.environment)).toEqual(snapshot.environment);
        expect(RuntimeConfig.safeParse(projectRuntimeConfig(snapshot.environment)).success).toBe(true);
      }
    }),
    { numRuns: 80 },
  );
  expect([...landed].sort()).toEqual(Object.keys(VERBS).sort());
});
