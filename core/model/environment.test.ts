import { describe, expect, test } from 'vitest';
import { Environment } from './environment.ts';

const at = '2030-01-02T03:04:05.678Z';
const digest = `sha256:${'a'.repeat(64)}`;
const pin = { name: 'acme.bundle.desk', version: '1.0.0', digest };
const environment = {
  schema: 'greentic.environment/1',
  name: 'local',
  generation: 1,
  createdAt: at,
  listen: { host: '127.0.0.1', port: 8080 },
  bindings: [
    { slot: 'state', pack: { ...pin, name: 'acme.state.map' }, generation: 1, grants: [], answers: {}, boundAt: at },
  ],
  deployments: [
    {
      id: 'desk.acme',
      bundle: 'desk',
      customer: 'acme',
      route: { hosts: [], pathPrefix: '/' },
      nextSequence: 2,
      createdAt: at,
    },
  ],
  revisions: [{ id: 'desk.acme.1', deployment: 'desk.acme', sequence: 1, bundle: pin, state: 'ready', stagedAt: at }],
  splits: [],
};

/** The same document with a field that this version does not know in each of its open objects. */
function withUnknown<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withUnknown) as T;
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([key, each]) => [key, key === 'answers' ? each : withUnknown(each)]);
  return {
    ...Object.fromEntries(fields),
    ...('answers' in value || !isEmpty(value) ? { later: { x: [1] } } : {}),
  } as T;
}
const isEmpty = (value: object) => Object.keys(value).length === 0;

describe('an environment', () => {
  test('comes out of a parse as it went in', () => {
    expect(Environment.parse(environment)).toEqual(environment);
  });

  test('keeps the fields that a later version wrote, wherever they stand', () => {
    const later = withUnknown(environment);
    expect(later.revisions[0]).toHaveProperty('bundle.later');
    expect(Environment.parse(later)).toEqual(later);
  });

  test.each([
    ['another schema', { schema: 'greentic.environment/2' }],
    ['no generation', { generation: 0 }],
    ['a name that is no label', { name: '../prod' }],
    ['an instant without milliseconds', { createdAt: '2030-01-02T03:04:05Z' }],
    ['an instant elsewhere than in UTC', { createdAt: '2030-01-02T03:04:05.678+02:00' }],
    ['a port out of range', { listen: { host: 'h', port: 65_536 } }],
    ['more bindings than slots', { bindings: Array.from({ length: 6 }, () => environment.bindings[0]) }],
    ['a trust root without digest', { trustRoot: { version: 1 } }],
    ['a lock of another digest', { lock: { digest: 'md5:abc' } }],
    ['a lock that is not there', { lock: undefined }],
    [
      'a grant with a field nobody knows',
      { bindings: [{ ...environment.bindings[0], grants: [{ kind: 'log', extra: 1 }] }] },
    ],
    ['a deployment with an id of three', { deployments: [{ ...environment.deployments[0], id: 'a.b.c' }] }],
    ['a path that steps up', { deployments: [{ ...environment.deployments[0], route: { pathPrefix: '/a//b' } }] }],
    ['a path that ends in a slash', { deployments: [{ ...environment.deployments[0], route: { pathPrefix: '/a/' } }] }],
    ['a revision whose number begins with 0', { revisions: [{ ...environment.revisions[0], id: 'desk.acme.01' }] }],
    ['a revision in no known state', { revisions: [{ ...environment.revisions[0], state: 'live' }] }],
  ])('with %s is refused', (_, change) => {
    expect(Environment.safeParse({ ...environment, ...change }).success).toBe(false);
  });
});
