import type { SplitEntry } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { apply, deploymentOf, emptySnapshot, NOW, revisionOf, withDeployment, withReady } from '../testing/sample.ts';
import { assertEnvironment } from './invariant.ts';
import { drain, markFailed } from './revisions.ts';
import { clearTraffic, rollbackTraffic, setTraffic } from './traffic.ts';

const refusal = (code: string) => expect.objectContaining({ code });
const deployment = deploymentOf('acme');
const [one, two] = [revisionOf('acme', 1), revisionOf('acme', 2)];
const first = withReady(withDeployment(emptySnapshot(), 'acme'), 'acme');
const snapshot = withReady(first, 'acme', '2.0.0');

const split = (...weights: [typeof one, number][]): SplitEntry[] =>
  weights.map(([revision, weightBps]) => ({ revision, weightBps }));
const set = (from: typeof snapshot, entries: SplitEntry[]) =>
  apply(from, setTraffic(from, { deployment, entries, updatedBy: 'ada' }, NOW));
const back = (from: typeof snapshot) => apply(from, rollbackTraffic(from, { deployment, updatedBy: 'ada' }, NOW));
const dial = ({ environment }: typeof snapshot) => environment.splits[0];

describe('moving the dial', () => {
  test('is a new generation, and the old entries are kept to go back to', () => {
    const moved = set(set(snapshot, split([one, 10_000])), split([one, 9_000], [two, 1_000]));
    expect(dial(moved)).toMatchObject({
      generation: 2,
      entries: split([one, 9_000], [two, 1_000]),
      history: [split([one, 10_000])],
      updatedBy: 'ada',
    });
    expect(() => assertEnvironment(moved.environment)).not.toThrow();
  });

  test.each([
    ['a sum of 9999', split([one, 9_999]), 'traffic/sum'],
    ['a sum of 10001', split([one, 9_000], [two, 1_001]), 'traffic/sum'],
    ['nothing', [], 'traffic/sum'],
    ['a revision named twice', split([one, 5_000], [one, 5_000]), 'traffic/entry'],
    ['a fraction', split([one, 9_999.5], [two, 0.5]), 'traffic/entry'],
    ['a negative weight', split([one, 10_001], [two, -1]), 'traffic/entry'],
    ['a revision that does not exist', split([revisionOf('acme', 9), 10_000]), 'revision/not-found'],
  ])('to %s is refused', (_what, entries, code) => {
    expect(() => set(snapshot, entries)).toThrow(refusal(code));
  });

  test('to a revision of another customer is refused with traffic/entry', () => {
    const foreign = withReady(withDeployment(snapshot, 'globex'), 'globex');
    expect(() => set(foreign, split([revisionOf('globex', 1), 10_000]))).toThrow(refusal('traffic/entry'));
  });

  test('to one that is not ready is refused with traffic/not-ready; weight 0 on it is fine', () => {
    const draining = apply(snapshot, drain(snapshot, { revision: two }));
    expect(() => set(draining, split([one, 9_999], [two, 1]))).toThrow(refusal('traffic/not-ready'));
    expect(dial(set(draining, split([one, 10_000], [two, 0])))?.generation).toBe(1);
  });

  test('for a deployment that does not exist is refused with deployment/not-found', () => {
    const input = { deployment: deploymentOf('none'), entries: split([one, 10_000]), updatedBy: 'ada' };
    expect(() => setTraffic(snapshot, input, NOW)).toThrow(refusal('deployment/not-found'));
  });

  test('keeps the last twenty splits', () => {
    let moved = snapshot;
    for (let i = 0; i < 25; i++) moved = set(moved, split([one, 10_000 - i], [two, i]));
    expect(dial(moved)?.history).toHaveLength(20);
    expect(dial(moved)?.history[0]).toEqual(split([one, 9_977], [two, 23]));
  });
});

describe('going back', () => {
  const moved = set(set(set(snapshot, split([one, 10_000])), split([one, 5_000], [two, 5_000])), split([two, 10_000]));

  test('restores the split before, exactly, as a new generation; repeated, the one before that', () => {
    expect(dial(back(moved))).toMatchObject({ generation: 4, entries: split([one, 5_000], [two, 5_000]) });
    expect(dial(back(back(moved)))).toMatchObject({ generation: 5, entries: split([one, 10_000]), history: [] });
  });

  test('from the first split, or without one, is refused with traffic/no-history', () => {
    expect(() => back(back(back(moved)))).toThrow(refusal('traffic/no-history'));
    expect(() => back(snapshot)).toThrow(refusal('traffic/no-history'));
  });

  test('to a revision that failed meanwhile is refused with traffic/not-ready', () => {
    const failed = apply(moved, markFailed(moved, { revision: one, message: 'gone' }));
    expect(() => back(failed)).toThrow(refusal('traffic/not-ready'));
  });
});

describe('clearing the dial', () => {
  test('takes it away; a later one counts on from its generation', () => {
    const cleared = apply(snapshot, clearTraffic(set(snapshot, split([one, 10_000])), { deployment }));
    expect(cleared.environment.splits).toEqual([]);
    expect(dial(set(cleared, split([one, 10_000])))).toMatchObject({ generation: 2, history: [] });
  });

  test('that was never set is fine', () => {
    expect(clearTraffic(snapshot, { deployment }).environment).toEqual(snapshot.environment);
  });
});
