import { type EnvironmentName, type Label, TOTAL_BPS } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { apply, deploymentOf, emptySnapshot, NOW, revisionOf, withDeployment, withReady } from '../testing/sample.ts';
import { addDeployment, removeDeployment } from './deployments.ts';
import { createEnvironment } from './environments.ts';
import { archive } from './revisions.ts';
import { clearTraffic, setTraffic } from './traffic.ts';

const refusal = (code: string) => expect.objectContaining({ code });
const shop = 'shop' as Label;
const add = (customer: string, route: { hosts?: string[]; pathPrefix?: string }, snapshot = emptySnapshot()) =>
  addDeployment(snapshot, { bundle: shop, customer: customer as Label, route }, NOW);

describe('a new environment', () => {
  test('believes nobody and listens on this machine only', () => {
    const { environment } = createEnvironment({ name: 'local' as EnvironmentName }, NOW);
    expect(environment.trustRoot).toBeUndefined();
    expect(environment.listen).toEqual({ host: '127.0.0.1', port: 8080 });
  });

  test('with a name that is none, or a port that is none, is refused with input/invalid', () => {
    expect(() => createEnvironment({ name: 'No Name' as EnvironmentName }, NOW)).toThrow(refusal('input/invalid'));
    const listen = { host: 'localhost', port: 70_000 };
    expect(() => createEnvironment({ name: 'local' as EnvironmentName, listen }, NOW)).toThrow(
      refusal('input/invalid'),
    );
  });
});

describe('a deployment', () => {
  test('is named after bundle and customer, keeps hosts in lower case and each once', () => {
    const { environment, result } = add('acme', {
      hosts: ['A.example', 'a.Example', 'b.example'],
      pathPrefix: '/shop',
    });
    expect(result).toEqual({ deployment: 'shop.acme' });
    expect(environment.deployments).toMatchObject([
      { route: { hosts: ['a.example', 'b.example'], pathPrefix: '/shop' }, nextSequence: 1 },
    ]);
  });

  test('of the same bundle and customer is refused with deployment/exists', () => {
    expect(() => add('acme', { pathPrefix: '/other' }, withDeployment(emptySnapshot(), 'acme'))).toThrow(
      refusal('deployment/exists'),
    );
  });

  test.each([
    [{}, {}],
    [{ hosts: ['a.example'] }, { hosts: ['b.example', 'A.EXAMPLE'] }],
    [
      { hosts: ['a.example'], pathPrefix: '/x' },
      { hosts: ['a.example'], pathPrefix: '/x' },
    ],
  ])('on the route of another is refused with deployment/route-conflict: %j and %j', (one, two) => {
    const snapshot = apply(emptySnapshot(), add('acme', one));
    expect(() => add('globex', two, snapshot)).toThrow(refusal('deployment/route-conflict'));
  });

  test.each([
    [{ hosts: ['a.example'] }, { hosts: ['b.example'] }],
    [{ hosts: ['a.example'] }, {}],
    [{ pathPrefix: '/a' }, { pathPrefix: '/a/b' }],
  ])('beside another is fine: %j and %j', (one, two) => {
    const { environment } = add('globex', two, apply(emptySnapshot(), add('acme', one)));
    expect(environment.deployments).toHaveLength(2);
  });

  test.each([
    { hosts: ['a.example:80'] },
    { hosts: ['*'] },
    { hosts: [''] },
    { pathPrefix: 'x' },
    { pathPrefix: '/x/' },
    { pathPrefix: '/a/../b/?' },
    { pathPrefix: '/a/../b' },
    { pathPrefix: '/.' },
    { pathPrefix: '/.well-known/greentic/worker' },
    { pathPrefix: '/.Well-Known/Greentic' },
  ])('on a malformed route is refused with input/invalid: %j', (route) => {
    expect(() => add('acme', route)).toThrow(refusal('input/invalid'));
  });
});

describe('removing a deployment', () => {
  const id = deploymentOf('acme');
  const revision = revisionOf('acme', 1);
  const ready = withReady(withDeployment(emptySnapshot(), 'acme'), 'acme');

  test('is refused with bundle/in-use while a revision is not archived or the dial is set', () => {
    expect(() => removeDeployment(ready, { deployment: id })).toThrow(refusal('bundle/in-use'));
    const entries = [{ revision, weightBps: TOTAL_BPS }];
    const routed = apply(ready, setTraffic(ready, { deployment: id, entries, updatedBy: 'ada' }, NOW));
    expect(() => removeDeployment(routed, { deployment: id })).toThrow(
      expect.objectContaining({ message: expect.stringContaining('traffic') }),
    );
  });

  test('takes its archived revisions along; a later one of the same name gives out no sequence twice', () => {
    const archived = apply(ready, archive(ready, { revision }));
    const removed = apply(archived, removeDeployment(archived, { deployment: id }));
    expect(removed.environment).toMatchObject({ deployments: [], revisions: [] });
    expect(add('acme', {}, removed).environment.deployments).toMatchObject([{ nextSequence: 2 }]);
  });

  test('leaves the dial’s last generation behind, for the dial of a later one', () => {
    const entries = [{ revision, weightBps: TOTAL_BPS }];
    const routed = apply(ready, setTraffic(ready, { deployment: id, entries, updatedBy: 'ada' }, NOW));
    const cleared = apply(routed, clearTraffic(routed, { deployment: id }));
    expect(setTraffic(cleared, { deployment: id, entries, updatedBy: 'ada' }, NOW).result.generation).toBe(2);
  });

  test('that does not exist is refused with deployment/not-found', () => {
    expect(() => removeDeployment(ready, { deployment: deploymentOf('globex') })).toThrow(
      refusal('deployment/not-found'),
    );
  });
});
