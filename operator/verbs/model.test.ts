import {
  type DeploymentId,
  decode,
  Environment,
  isGreenticError,
  type Label,
  projectRuntimeConfig,
  type Revision,
  type RevisionId,
  type RevisionState,
  RuntimeConfig,
  type Slot,
  TOTAL_BPS,
} from '@greentic/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Decision, Snapshot } from '../decision.ts';
import {
  apply,
  deploymentOf,
  emptySnapshot,
  NOW,
  revisionOf,
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
const onDeployment = customer.map((name) => ({ deployment: deploymentOf(name), updatedBy: 'ada' }));
const onSlot = fc.constantFrom<Slot[]>('secrets', 'state');
const bundle = samplePin('acme.bundle.shop');

/** A verb on inputs. */
const by = <I>(inputs: fc.Arbitrary<I>, verb: (snapshot: Snapshot, input: I, now: Date) => Decision<unknown>) =>
  inputs.map(
    (input): Verb =>
      (snapshot) =>
        verb(snapshot, input, NOW),
  );

/** A choice among revisions; an aimed one prefers those in a state the verb is meant for, so that long lives come about. */
const choice = fc.record({ nth: fc.nat(5), aimed: fc.boolean() });

function choose(
  revisions: readonly Revision[],
  { nth, aimed }: { nth: number; aimed: boolean },
  states: RevisionState[],
) {
  const meant = revisions.filter(({ state }) => states.includes(state));
  const candidates = aimed && meant.length > 0 ? meant : revisions;
  return candidates[nth % Math.max(1, candidates.length)]?.id ?? revisionOf('acme', 1);
}

/** A verb on a revision that exists, once there is one. */
const byRevision = (
  states: RevisionState[],
  verb: (snapshot: Snapshot, input: { revision: RevisionId }) => Decision<unknown>,
) =>
  by(choice, (snapshot, chosen) =>
    verb(snapshot, { revision: choose(snapshot.environment.revisions, chosen, states) }),
  );

/** A split over one or two revisions of a deployment, ready or not. */
const splits = fc.record({ customer, picks: fc.tuple(choice, choice), weight: fc.nat(TOTAL_BPS) });

function split(
  snapshot: Snapshot,
  { customer: name, picks, weight }: typeof splits extends fc.Arbitrary<infer I> ? I : never,
) {
  const deployment = deploymentOf(name);
  const own = snapshot.environment.revisions.filter((revision) => revision.deployment === deployment);
  const picked = [...new Set(picks.map((pick) => choose(own, pick, ['ready'])))];
  const weights = picked.length === 1 ? [TOTAL_BPS] : [weight, TOTAL_BPS - weight];
  const entries = picked.map((revision, i) => ({ revision, weightBps: weights[i] ?? 0 }));
  return setTraffic(snapshot, { deployment, entries, updatedBy: 'ada' }, NOW);
}

/** Removes a deployment after its traffic and its revisions: chance alone rarely gets there. */
function windDown(snapshot: Snapshot, input: { deployment: DeploymentId }): Decision<unknown> {
  const cleared = apply(snapshot, clearTraffic(snapshot, input));
  const own = cleared.environment.revisions.filter(
    ({ deployment, state }) => deployment === input.deployment && state !== 'archived',
  );
  const idle = own.reduce((now, { id }) => apply(now, archive(now, { revision: id })), cleared);
  return removeDeployment(idle, input);
}

/** Each verb with how often it is tried, so that long lives come about. */
const VERBS: Record<string, [number, fc.Arbitrary<Verb>]> = {
  addDeployment: [
    4,
    by(customer, (snapshot, name, now) => {
      const route = { pathPrefix: `/${name}` };
      return addDeployment(snapshot, { bundle: 'shop' as Label, customer: name as Label, route }, now);
    }),
  ],
  removeDeployment: [1, by(onDeployment, removeDeployment)],
  windDown: [1, by(onDeployment, windDown)],
  stageRevision: [6, by(onDeployment, (snapshot, input, now) => stageRevision(snapshot, { ...input, bundle }, now))],
  markWarming: [8, byRevision(['staged'], markWarming)],
  markReady: [
    8,
    byRevision(['warming'], (snapshot, { revision }) => {
      const witness = sampleWitness(revision, bundle);
      return markReady(snapshot, { revision, endpoint: 'http://127.0.0.1:1', witness });
    }),
  ],
  setTraffic: [8, by(splits, split)],
  rollbackTraffic: [6, by(onDeployment, rollbackTraffic)],
  clearTraffic: [1, by(onDeployment, clearTraffic)],
  markFailed: [1, byRevision(['ready'], (snapshot, input) => markFailed(snapshot, { ...input, message: 'failed' }))],
  drain: [3, byRevision(['ready'], drain)],
  markInactive: [4, byRevision(['draining'], markInactive)],
  restage: [2, byRevision(['failed', 'inactive'], restage)],
  archive: [2, byRevision(['failed', 'inactive'], archive)],
  bindPack: [
    1,
    by(onSlot, (snapshot, slot, now) => bindPack(snapshot, { ...sampleBinding(slot), replace: true }, now)),
  ],
  removePack: [1, by(onSlot, (snapshot, slot) => removePack(snapshot, { slot, lock: sampleLock('none') }))],
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
    fc.property(fc.noBias(fc.array(verb, { minLength: 60, maxLength: 150, size: 'max' })), (verbs) => {
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
  expect([...landed, 'removeDeployment']).toEqual(expect.arrayContaining(Object.keys(VERBS)));
});
