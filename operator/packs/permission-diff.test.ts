import { type Answers, isWithin, PackManifest, permissionKey, widestGrant } from '@greentic/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffPermissions, isMore } from './permission-diff.ts';

const asking = (...permissions: Record<string, unknown>[]) =>
  PackManifest.parse({
    schema: 'greentic.pack/1',
    name: 'acme.state.x',
    version: '1.0.0',
    title: 'A pack',
    description: 'For the tests of what packs ask.',
    slot: 'state',
    contract: 1,
    permissions: permissions.map((permission) => ({ reason: 'The pack needs this to work.', ...permission })),
  });

const http = (changes: object = {}) => ({
  kind: 'http',
  binding: 'api',
  origins: ['https://a.example', 'https://b.example'],
  methods: ['GET', 'POST'],
  paths: ['/v1/*'],
  ...changes,
});
const kv = (quotaBytes: number) => ({ kind: 'kv', binding: 'store', quotaBytes });
const change = (before: PackManifest, after: PackManifest) =>
  diffPermissions(before, after, {}).map((each) => [each.permission, each.change]);

describe('what an upgrade asks', () => {
  test('the same again is no difference', () => {
    expect(change(asking(http(), kv(10_000)), asking(kv(10_000), http()))).toEqual([]);
  });

  test.each([
    ['a new permission', asking(), asking(http()), 'added'],
    ['one that is gone', asking(http()), asking(), 'removed'],
    ['another origin', asking(http({ origins: ['https://a.example'] })), asking(http()), 'widened'],
    ['another method', asking(http({ methods: ['GET'] })), asking(http()), 'widened'],
    ['another path', asking(http()), asking(http({ paths: ['/v1/*', '/v2/*'] })), 'widened'],
    ['one origin less', asking(http()), asking(http({ origins: ['https://a.example'] })), 'narrowed'],
    ['another origin instead', asking(http()), asking(http({ origins: ['https://c.example'] })), 'widened'],
    ['more room', asking(kv(10_000)), asking(kv(20_000)), 'widened'],
    ['less room', asking(kv(20_000)), asking(kv(10_000)), 'narrowed'],
  ])('%s is %s', (_, before, after, expected) => {
    expect(change(before, after).map(([, kind]) => kind)).toEqual([expected]);
  });

  test('each difference carries the publisher’s reason and whether the pack can do without', () => {
    const [first] = diffPermissions(asking(), asking({ ...http(), optional: true }), {});
    expect(first).toEqual({
      permission: 'http:api',
      change: 'added',
      reason: 'The pack needs this to work.',
      optional: true,
    });
  });

  test('only what is added or widened is more', () => {
    const more = (['added', 'widened', 'removed', 'narrowed'] as const).filter((kind) =>
      isMore({ permission: 'x', change: kind, reason: '', optional: false }),
    );
    expect(more).toEqual(['added', 'widened']);
  });

  const origins = fc.subarray(['https://a.example', 'https://b.example', 'https://c.example'], { minLength: 1 });
  const methods = fc.subarray(['GET', 'POST', 'PUT'], { minLength: 1 });
  const request = fc
    .record({ origins, methods, quota: fc.integer({ min: 1024, max: 4096 }), store: fc.boolean() })
    .map(({ store, quota, ...rest }) => asking(http(rest), ...(store ? [kv(quota)] : [])));

  test('nothing that allows more than before goes without being called more', () => {
    const answers: Answers = {};
    fc.assert(
      fc.property(request, request, (before, after) => {
        const called = new Set(
          diffPermissions(before, after, answers)
            .filter(isMore)
            .map((each) => each.permission),
        );
        const former = new Map(before.permissions.map((each) => [permissionKey(each), widestGrant(each, answers)]));
        for (const each of after.permissions) {
          const old = former.get(permissionKey(each));
          const allowsMore = old === undefined || !isWithin(widestGrant(each, answers), old);
          expect(called.has(permissionKey(each))).toBe(allowsMore);
        }
      }),
    );
  });

  test('there and back again: what is added one way is removed the other', () => {
    fc.assert(
      fc.property(request, request, (before, after) => {
        const kinds = (kind: string, a: PackManifest, b: PackManifest) =>
          diffPermissions(a, b, {})
            .filter((each) => each.change === kind)
            .map((each) => each.permission);
        expect(kinds('added', before, after)).toEqual(kinds('removed', after, before));
        expect(kinds('narrowed', after, before).every((key) => kinds('widened', before, after).includes(key))).toBe(
          true,
        );
      }),
    );
  });
});
