import { describe, expect, test } from 'vitest';
import { BEARER_SECONDS, BearerMint, parseScope } from './bearer.ts';

const claims = { account: 'ann', scopes: [{ repository: 'acme/x', actions: ['pull' as const] }] };

describe('a bearer token', () => {
  test('says what was put in, until it expires', () => {
    let now = 1_000_000;
    const mint = new BearerMint(() => new Date(now));
    const token = mint.issue(claims);
    expect(mint.open(token)).toMatchObject(claims);
    now += BEARER_SECONDS * 1000 - 1;
    expect(mint.open(token)).toBeDefined();
    now += 1;
    expect(mint.open(token)).toBeUndefined();
  });

  test('of another process is refused', () => {
    const now = () => new Date(0);
    expect(new BearerMint(now).open(new BearerMint(now).issue(claims))).toBeUndefined();
  });

  test('that was changed anywhere is refused', () => {
    const mint = new BearerMint(() => new Date(0));
    const token = mint.issue(claims);
    for (let i = 0; i < token.length; i++) {
      // The last characters of base64url may hold bits that mean nothing: a change there is none of the bytes.
      const changed = `${token.slice(0, i)}${token[i] === 'A' ? 'B' : 'A'}${token.slice(i + 1)}`;
      const same = Buffer.from(changed.split('.')[1] ?? '', 'base64url').equals(
        Buffer.from(token.split('.')[1] ?? '', 'base64url'),
      );
      if (changed.split('.')[0] === token.split('.')[0] && same) continue;
      expect(mint.open(changed)).toBeUndefined();
    }
    for (const other of ['', '.', 'x', 'a.b.c', 'x'.repeat(100_000)]) expect(mint.open(other)).toBeUndefined();
  });
});

describe('the scope of a token request', () => {
  test.each([
    ['repository:acme/x:pull', { repository: 'acme/x', actions: ['pull'] }],
    ['repository:acme/x:push,pull', { repository: 'acme/x', actions: ['pull', 'push'] }],
    ['repository:acme/x:*', { repository: 'acme/x', actions: ['pull', 'push', 'delete'] }],
    ['repository(plugin):acme/x:pull', { repository: 'acme/x', actions: ['pull'] }],
    ['repository:acme/x:fly', { repository: 'acme/x', actions: [] }],
    ['registry:catalog:*', undefined],
    ['repository:acme/x', undefined],
    ['', undefined],
  ])('%s', (text, scope) => {
    expect(parseScope(text)).toEqual(scope);
  });
});
