import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createExactPicker } from './exact-pick.ts';
import { type DeploymentView, decide, type RequestFacts } from './pick.ts';
import { cookieName, createRevisionCookies } from './revision-cookie.ts';
import { signRevisionToken } from './revision-token.ts';
import { testKey } from './testbed.ts';

const NOW = Date.parse('2026-01-01T00:00:30.000Z');
const MINUTE = 60_000;
const keys = [testKey('k1')];
const proofs = { keys, cookies: createRevisionCookies(keys), nowMs: NOW };
const nothing: RequestFacts = { revision: undefined, token: undefined, cookie: undefined, pin: undefined };
const R = (n: number) => `shop.acme.${n}`;

/** Revisions 1 and 2 take new sessions half and half, 3 drains, 4 is ready at weight 0. */
function view(changes: Partial<DeploymentView> = {}): DeploymentView {
  return {
    environment: 'local',
    deployment: 'shop.acme',
    cookieName: cookieName('shop.acme'),
    targets: new Set([R(1), R(2), R(3), R(4)]),
    keeps: new Set([R(1), R(2), R(3)]),
    open: [R(1), R(2)],
    picker: createExactPicker([5000, 5000]),
    ...changes,
  };
}

const cookieFor = (revision: string, at = NOW, scope = { environment: 'local', deployment: 'shop.acme' }, by = keys) =>
  `${cookieName('shop.acme')}=${createRevisionCookies(by).issue(scope, revision, at)}`;
const tokenFor = (revision: string, now = NOW) =>
  signRevisionToken(keys, { deployment: 'shop.acme', revision }, { now: new Date(now), minutes: 5 });

describe('the order of deciding', () => {
  test('a valid token addresses any target, also one at weight 0 or draining', () => {
    for (const n of [1, 2, 3, 4]) {
      const facts = { ...nothing, revision: R(n), token: tokenFor(R(n)), cookie: cookieFor(R(1)), pin: R(2) };
      expect(decide(facts, view(), proofs)).toEqual({ decision: { revision: R(n), reason: 'header' } });
    }
  });

  test('a valid token for a revision that is gone gives none, not another', () => {
    expect(decide({ ...nothing, revision: R(9), token: tokenFor(R(9)) }, view(), proofs).decision).toBeUndefined();
  });

  test('a cookie wins over a pin, and sets no cookie again', () => {
    expect(decide({ ...nothing, cookie: cookieFor(R(2)), pin: R(1) }, view(), proofs)).toEqual({
      decision: { revision: R(2), reason: 'cookie' },
    });
  });

  test('a pin wins over the picker', () => {
    expect(decide({ ...nothing, pin: R(2) }, view(), proofs)).toEqual({ decision: { revision: R(2), reason: 'pin' } });
  });

  test('a new client gets a cookie that brings it back; a new session asks to be pinned instead', () => {
    const { decision } = decide(nothing, view(), proofs);
    expect(decision).toMatchObject({ revision: R(1), reason: 'weight', setCookie: expect.any(String) });
    const cookie = `${cookieName('shop.acme')}=${decision?.setCookie}`;
    expect(decide({ ...nothing, cookie }, view(), proofs).decision).toEqual({ revision: R(1), reason: 'cookie' });
    expect(decide({ ...nothing, pin: null }, view(), proofs).decision).toEqual({
      revision: R(1),
      reason: 'weight',
      pin: true,
    });
  });

  test.each([
    ['draining', 3, 'cookie'],
    ['at weight 0', 4, 'weight'],
    ['gone', 9, 'weight'],
  ])('a cookie and a pin for a revision that is %s: decided by the right one', (_, n, reason) => {
    expect(decide({ ...nothing, cookie: cookieFor(R(n)) }, view(), proofs).decision?.reason).toBe(reason);
    expect(decide({ ...nothing, pin: R(n) }, view(), proofs).decision?.reason).toBe(
      reason === 'cookie' ? 'pin' : 'weight',
    );
  });

  test('no open revision gives no decision to a new session, and a draining one still keeps its own', () => {
    const closed = view({ open: [], keeps: new Set([R(3)]) });
    expect(decide(nothing, closed, proofs)).toEqual({ decision: undefined });
    expect(decide({ ...nothing, cookie: cookieFor(R(3)) }, closed, proofs).decision?.reason).toBe('cookie');
  });

  test('returning sessions do not move the picker: new sessions alternate exactly, whatever comes between', () => {
    const returning = fc.constantFrom<RequestFacts>(
      { ...nothing, cookie: cookieFor(R(1)) },
      { ...nothing, pin: R(2) },
      { ...nothing, revision: R(4), token: tokenFor(R(4)) },
    );
    fc.assert(
      fc.property(fc.array(fc.option(returning), { maxLength: 60 }), (requests) => {
        const shown = view({ picker: createExactPicker([5000, 5000]) });
        const fresh = requests.flatMap((facts) => {
          const { decision } = decide(facts ?? nothing, shown, proofs);
          return facts === null ? [decision?.revision] : [];
        });
        expect(fresh).toEqual(fresh.map((_, i) => R((i % 2) + 1)));
      }),
    );
  });
});

describe('proofs that do not hold', () => {
  const other = [testKey('k1', 8)];

  test.each([
    ['expired', cookieFor(R(2), NOW - 2 * 3600_000), 'cookie-expired'],
    [
      'of another deployment',
      cookieFor(R(2), NOW, { environment: 'local', deployment: 'shop.other' }),
      'cookie-foreign',
    ],
    [
      'of another environment',
      cookieFor(R(2), NOW, { environment: 'prod', deployment: 'shop.acme' }),
      'cookie-foreign',
    ],
    ['signed with another key', cookieFor(R(2), NOW, undefined, other), 'cookie-invalid'],
    ['signed with a key unknown by name', cookieFor(R(2), NOW, undefined, [testKey('k9')]), 'cookie-invalid'],
    ['empty', `${cookieName('shop.acme')}=`, 'cookie-invalid'],
    ['a megabyte long', `${cookieName('shop.acme')}=${'A'.repeat(1_000_000)}.k1.x`, 'cookie-invalid'],
    ['a token in a cookie’s place', `${cookieName('shop.acme')}=${tokenFor(R(2))}`, 'cookie-invalid'],
  ])('a cookie that is %s is ignored and said to be', (_, cookie, ignored) => {
    expect(decide({ ...nothing, cookie }, view(), proofs)).toMatchObject({ decision: { reason: 'weight' }, ignored });
  });

  test.each([
    ['missing', undefined],
    ['for another revision', tokenFor(R(1))],
    [
      'for another deployment',
      signRevisionToken(keys, { deployment: 'shop.other', revision: R(4) }, { now: new Date(NOW) }),
    ],
    ['expired', tokenFor(R(4), NOW - 10 * MINUTE)],
    ['from the future', tokenFor(R(4), NOW + 90 * MINUTE)],
    [
      'signed with another key',
      signRevisionToken(other, { deployment: 'shop.acme', revision: R(4) }, { now: new Date(NOW) }),
    ],
    ['with a later expiry written over it', tokenFor(R(4)).replace(/^\d+/, (minute) => String(Number(minute) + 1))],
    ['a cookie’s value', cookieFor(R(4)).split('=')[1]],
    ['nonsense', '...'],
  ])('a token that is %s opens nothing and is said to be ignored', (_, token) => {
    expect(decide({ ...nothing, revision: R(4), token }, view(), proofs)).toMatchObject({
      decision: { reason: 'weight' },
      ignored: 'token',
    });
  });

  test('a token lives for its minutes and not one longer', () => {
    const scope = { ...nothing, revision: R(4), token: tokenFor(R(4)) };
    const at = (nowMs: number) => decide(scope, view(), { ...proofs, nowMs }).decision?.reason;
    expect([at(NOW), at(NOW + 5 * MINUTE), at(NOW + 6 * MINUTE)]).toEqual(['header', 'header', 'weight']);
  });

  test('each of 3,000 mutated cookies is treated as new: no byte of one can be changed', () => {
    const genuine = cookieFor(R(2));
    const start = genuine.indexOf('=') + 1;
    fc.assert(
      fc.property(
        fc.integer({ min: start, max: genuine.length - 1 }),
        fc.constantFrom(...'ABab01-_.=%'),
        (at, character) => {
          fc.pre(genuine[at] !== character);
          const cookie = genuine.slice(0, at) + character + genuine.slice(at + 1);
          expect(decide({ ...nothing, cookie }, view(), proofs).decision?.reason).toBe('weight');
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

describe('rotating keys', () => {
  test('a cookie of the key before is still read, and new ones are signed by the new key', () => {
    const rotated = [testKey('k2', 9), ...keys];
    const now = { keys: rotated, cookies: createRevisionCookies(rotated), nowMs: NOW };
    expect(decide({ ...nothing, cookie: cookieFor(R(2)) }, view(), now).decision?.reason).toBe('cookie');
    expect(decide({ ...nothing, revision: R(4), token: tokenFor(R(4)) }, view(), now).decision?.reason).toBe('header');
    expect(decide(nothing, view(), now).decision?.setCookie?.split('.')[1]).toBe('k2');
  });

  test('once the key is dropped, its cookies are worth nothing', () => {
    const dropped = [testKey('k2', 9)];
    const now = { keys: dropped, cookies: createRevisionCookies(dropped), nowMs: NOW };
    expect(decide({ ...nothing, cookie: cookieFor(R(2)) }, view(), now)).toMatchObject({
      decision: { reason: 'weight' },
      ignored: 'cookie-invalid',
    });
  });
});
