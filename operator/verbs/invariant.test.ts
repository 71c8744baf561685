import { type Environment, TOTAL_BPS } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import {
  apply,
  deploymentOf,
  emptySnapshot,
  NOW,
  revisionOf,
  sampleBinding,
  samplePin,
  withDeployment,
  withReady,
} from '../testing/sample.ts';
import { bindPack } from './env-packs.ts';
import { assertEnvironment } from './invariant.ts';
import { setTraffic } from './traffic.ts';

/** An environment with one of everything, and two deployments. */
function full(): Environment {
  const ready = withReady(withDeployment(withDeployment(emptySnapshot(), 'acme'), 'globex'), 'acme');
  const both = withReady(withReady(ready, 'acme', '2.0.0'), 'globex');
  const bound = apply(both, bindPack(both, sampleBinding('secrets'), NOW));
  const entries = [{ revision: revisionOf('acme', 1), weightBps: TOTAL_BPS }];
  return setTraffic(bound, { deployment: deploymentOf('acme'), entries, updatedBy: 'ada' }, NOW).environment;
}

/** The environment with one thing wrong, put there by hand. */
function broken(change: (environment: ReturnType<typeof plain>) => void): Environment {
  const environment = plain(full());
  change(environment);
  return environment as unknown as Environment;
}

// biome-ignore lint/suspicious/noExplicitAny: the point is to write what the types forbid.
const plain = (environment: Environment) => structuredClone(environment) as any;

test('an environment with one of everything is whole', () => {
  expect(() => assertEnvironment(full())).not.toThrow();
});

describe('refused with env/invalid and the path:', () => {
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  test.each<[string, string, (e: any) => void]>([
    ['two packs in one slot', 'bindings.1', (e) => e.bindings.push(e.bindings[0])],
    ['two deployments of one id', 'deployments.2', (e) => e.deployments.push(e.deployments[0])],
    ['a deployment named after another customer', 'deployments.0.id', (e) => (e.deployments[0].customer = 'other')],
    ['two deployments on one route', 'deployments.1.route', (e) => (e.deployments[1].route = e.deployments[0].route)],
    ['two revisions of one id', 'revisions.3', (e) => e.revisions.push(e.revisions[0])],
    ['a revision of no deployment', 'revisions.0.deployment', (e) => (e.revisions[0].deployment = 'shop.none')],
    ['a revision of another deployment', 'revisions.0.id', (e) => (e.revisions[0].deployment = 'shop.globex')],
    ['a sequence that was not given out', 'revisions.1.sequence', (e) => (e.deployments[0].nextSequence = 2)],
    ['ready without an endpoint', 'revisions.0.endpoint', (e) => delete e.revisions[0].endpoint],
    ['ready without a witness', 'revisions.0.witness', (e) => delete e.revisions[0].witness],
    [
      'a witness of other bytes',
      'revisions.0.witness',
      (e) => (e.revisions[0].witness.bundleDigest = samplePin('x').digest),
    ],
    ['an endpoint where nothing runs', 'revisions.1.endpoint', (e) => (e.revisions[1].state = 'staged')],
    ['a split of no deployment', 'splits.0.deployment', (e) => (e.splits[0].deployment = 'shop.none')],
    ['two splits of one deployment', 'splits.1', (e) => e.splits.push(e.splits[0])],
    ['weights that do not add up', 'splits.0.entries', (e) => (e.splits[0].entries[0].weightBps = 9_999)],
    [
      'weight for a revision that does not exist',
      'splits.0.entries',
      (e) => (e.splits[0].entries[0].revision = 'shop.acme.9'),
    ],
    [
      'weight for another customer’s revision',
      'splits.0.entries',
      (e) => (e.splits[0].entries[0].revision = 'shop.globex.1'),
    ],
    ['weight for a revision that does not run', 'splits.0.entries', (e) => stop(e.revisions[0], 'failed')],
    ['an archived revision in the dial', 'splits.0.entries', (e) => stop(e.revisions[0], 'archived')],
    [
      'a history that does not add up',
      'splits.0.history.0',
      (e) => (e.splits[0].history = [[{ revision: 'shop.acme.1', weightBps: 1 }]]),
    ],
  ])('%s', (_what, path, change) => {
    expect(() => assertEnvironment(broken(change))).toThrow(
      expect.objectContaining({ code: 'env/invalid', details: { path } }),
    );
  });

  test('a malformed record of removed things', () => {
    expect(() => assertEnvironment(broken((e) => (e.retired = { x: -1 })))).toThrow(
      expect.objectContaining({ code: 'env/invalid' }),
    );
  });
});

function stop(revision: { state: string; endpoint?: string; witness?: unknown }, state: string): void {
  revision.state = state;
  delete revision.endpoint;
  delete revision.witness;
}
