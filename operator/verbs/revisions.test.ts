import { TOTAL_BPS } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import {
  apply,
  deploymentOf,
  emptySnapshot,
  NOW,
  revisionOf,
  samplePin,
  sampleWitness,
  withDeployment,
  withReady,
} from '../testing/sample.ts';
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
import { setTraffic } from './traffic.ts';

const refusal = (code: string) => expect.objectContaining({ code });
const deployment = deploymentOf('acme');
const revision = revisionOf('acme', 1);
const bundle = samplePin('acme.bundle.shop');
const deployed = withDeployment(emptySnapshot(), 'acme');
const staged = apply(deployed, stageRevision(deployed, { deployment, bundle }, NOW));
const warming = apply(staged, markWarming(staged, { revision }));
const ready = withReady(deployed, 'acme');
const routed = apply(
  ready,
  setTraffic(ready, { deployment, entries: [{ revision, weightBps: TOTAL_BPS }], updatedBy: 'ada' }, NOW),
);
const witness = sampleWitness(revision, bundle);
const endpoint = 'unix:/run/shop.sock';

describe('staging', () => {
  test('gives the next sequence and pins the bundle', () => {
    const two = stageRevision(staged, { deployment, bundle: samplePin('acme.bundle.shop', '2.0.0') }, NOW);
    expect(two.result).toEqual({ revision: 'shop.acme.2', state: 'staged' });
    expect(two.environment.deployments).toMatchObject([{ nextSequence: 3 }]);
    expect(two.environment.revisions[1]?.bundle.version).toBe('2.0.0');
  });

  test.each(['acme.secrets.shop', 'acme.bundle.other', 'acme.bundle.workshop'])(
    'of %s is refused with pack/slot-mismatch',
    (name) => {
      expect(() => stageRevision(deployed, { deployment, bundle: samplePin(name) }, NOW)).toThrow(
        refusal('pack/slot-mismatch'),
      );
    },
  );

  test('for a deployment that does not exist is refused with deployment/not-found', () => {
    expect(() => stageRevision(deployed, { deployment: deploymentOf('none'), bundle }, NOW)).toThrow(
      refusal('deployment/not-found'),
    );
  });
});

describe('ready', () => {
  test('is what a witness saw, with where it answers', () => {
    const { environment, result } = markReady(warming, { revision, endpoint, witness });
    expect(result.state).toBe('ready');
    expect(environment.revisions).toMatchObject([{ state: 'ready', endpoint, witness }]);
    expect(() => assertEnvironment(environment)).not.toThrow();
  });

  test.each([
    ['another revision', { ...witness, revision: revisionOf('acme', 2) }],
    ['another bundle', { ...witness, bundleDigest: samplePin('acme.bundle.shop', '2.0.0').digest }],
  ])('is refused with witness/mismatch when the witness saw %s', (_what, seen) => {
    expect(() => markReady(warming, { revision, endpoint, witness: seen })).toThrow(refusal('witness/mismatch'));
  });

  test.each(['https://x', 'http://user@host', 'http://host/path', 'tcp:1', 'unix:', ''])(
    'at %j is refused with input/invalid',
    (wrong) => {
      expect(() => markReady(warming, { revision, endpoint: wrong, witness })).toThrow(refusal('input/invalid'));
    },
  );

  test('is refused with revision/transition before it was warming', () => {
    expect(() => markReady(staged, { revision, endpoint, witness })).toThrow(refusal('revision/transition'));
  });
});

describe('a revision with traffic', () => {
  test.each([
    ['drained', () => drain(routed, { revision })],
    ['archived', () => archive(routed, { revision })],
    ['failed', () => markFailed(routed, { revision, message: 'gone' })],
    ['inactive', () => markInactive(routed, { revision })],
  ])('cannot be %s: revision/in-use', (_what, verb) => {
    expect(verb).toThrow(refusal('revision/in-use'));
  });
});

describe('a revision without traffic', () => {
  test('that drains keeps where it answers; inactive, it forgets it, and may start again', () => {
    const draining = apply(ready, drain(ready, { revision }));
    expect(draining.environment.revisions[0]).toHaveProperty('endpoint');
    const inactive = apply(draining, markInactive(draining, { revision }));
    expect(inactive.environment.revisions[0]).not.toHaveProperty('endpoint');
    expect(inactive.environment.revisions[0]).not.toHaveProperty('witness');
    expect(restage(inactive, { revision }).result.state).toBe('staged');
  });

  test('that failed says why, briefly, until it is staged again', () => {
    const failed = apply(ready, markFailed(ready, { revision, message: 'x'.repeat(5000) }));
    expect(failed.environment.revisions[0]?.failure).toHaveLength(2000);
    expect(restage(failed, { revision }).environment.revisions[0]).not.toHaveProperty('failure');
  });

  test('keeps fields nobody knows through every step', () => {
    const revisions = staged.environment.revisions.map((known) => ({ ...known, note: 'kept' }));
    const noted = apply(staged, { environment: { ...staged.environment, revisions } });
    expect(markWarming(noted, { revision }).environment.revisions[0]).toMatchObject({ note: 'kept' });
  });

  test('that is archived leaves the dial and its history, which counts as a new generation', () => {
    const two = withReady(ready, 'acme', '2.0.0');
    const second = revisionOf('acme', 2);
    const all = (id: typeof revision) => ({
      deployment,
      entries: [{ revision: id, weightBps: TOTAL_BPS }],
      updatedBy: 'ada',
    });
    const first = apply(two, setTraffic(two, all(revision), NOW));
    const zero = { revision, weightBps: 0 };
    const moved = apply(first, setTraffic(first, { ...all(second), entries: [...all(second).entries, zero] }, NOW));
    const { environment } = archive(moved, { revision });
    expect(environment.splits).toMatchObject([{ generation: 3, entries: all(second).entries, history: [] }]);
    expect(() => assertEnvironment(environment)).not.toThrow();
  });

  test('that is archived stays archived: revision/transition', () => {
    const archived = apply(ready, archive(ready, { revision }));
    expect(() => restage(archived, { revision })).toThrow(refusal('revision/transition'));
  });

  test('that does not exist is refused with revision/not-found', () => {
    expect(() => drain(ready, { revision: revisionOf('acme', 9) })).toThrow(refusal('revision/not-found'));
  });
});
