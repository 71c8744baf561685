import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Refusal } from './refusal.ts';
import { parseRoute } from './route.ts';

const DIGEST = `sha256:${'0a'.repeat(32)}`;
const ID = '01234567-89ab-cdef-0123-456789abcdef';

function refusal(path: string): [number, string] {
  try {
    return [200, parseRoute(path).kind];
  } catch (error) {
    return [(error as Refusal).status, (error as Refusal).code];
  }
}

describe('the path of a request', () => {
  test.each([
    ['/v2/', { kind: 'base' }],
    ['/v2', { kind: 'base' }],
    ['/token', { kind: 'token' }],
    ['/', { kind: 'page', file: 'index.html' }],
    ['/pack/acme.state.memory.html', { kind: 'page', file: 'pack/acme.state.memory.html' }],
    [`/v2/a/b/blobs/${DIGEST}`, { kind: 'blob', repository: 'a/b', digest: DIGEST }],
    [`/v2/a/b/blobs/${DIGEST.replace(':', '%3A')}`, { kind: 'blob', repository: 'a/b', digest: DIGEST }],
    ['/v2/a/b/blobs/uploads/', { kind: 'uploads', repository: 'a/b' }],
    ['/v2/a/b/blobs/uploads', { kind: 'uploads', repository: 'a/b' }],
    [`/v2/a/blobs/uploads/${ID}`, { kind: 'upload', repository: 'a', id: ID }],
    ['/v2/a/manifests/v1.0', { kind: 'manifest', repository: 'a', reference: { tag: 'v1.0' } }],
    [`/v2/a/manifests/${DIGEST}`, { kind: 'manifest', repository: 'a', reference: { digest: DIGEST } }],
    [`/v2/a/referrers/${DIGEST}`, { kind: 'referrers', repository: 'a', digest: DIGEST }],
    ['/v2/a/tags/list', { kind: 'tags', repository: 'a' }],
    ['/tuf/12.acme.json', { kind: 'metadata', file: '12.acme.json' }],
    ['/index/acme', { kind: 'publication', namespace: 'acme' }],
  ])('%s is understood', (path, route) => {
    expect(parseRoute(path)).toEqual(route);
  });

  test.each([
    ['/v2/A/tags/list', 400, 'NAME_INVALID'],
    ['/v2/a__-b/tags/list', 400, 'NAME_INVALID'],
    ['/v2/a/../b/tags/list', 400, 'NAME_INVALID'],
    ['/v2/a//b/tags/list', 400, 'NAME_INVALID'],
    ['/v2/a\\b/tags/list', 400, 'NAME_INVALID'],
    ['/v2/%2e%2e/tags/list', 400, 'NAME_INVALID'],
    [`/v2/${'a'.repeat(256)}/tags/list`, 400, 'NAME_INVALID'],
    ['/v2/a/blobs/sha256:00', 400, 'DIGEST_INVALID'],
    [`/v2/a/blobs/sha512:${'0'.repeat(128)}`, 400, 'DIGEST_INVALID'],
    ['/v2/a/manifests/.hidden', 404, 'MANIFEST_UNKNOWN'],
    [`/v2/a/manifests/${'t'.repeat(129)}`, 404, 'MANIFEST_UNKNOWN'],
    ['/v2/a/blobs/uploads/../../x', 404, 'UNSUPPORTED'],
    ['/v2/a/blobs/uploads/not-an-id', 404, 'BLOB_UPLOAD_UNKNOWN'],
    ['/v2/a/other', 404, 'UNSUPPORTED'],
    ['/tuf/../accounts.json', 404, 'UNSUPPORTED'],
    ['/tuf/.hidden.json', 404, 'UNSUPPORTED'],
    ['/tuf/a\\b', 404, 'UNSUPPORTED'],
    ['/tuf//etc/passwd', 404, 'UNSUPPORTED'],
    ['/tuf/c:/x', 404, 'UNSUPPORTED'],
    ['/index/Acme', 400, 'NAME_INVALID'],
    [`/${'x'.repeat(1024)}`, 414, 'UNSUPPORTED'],
  ])('%s is refused', (path, status, code) => {
    expect(refusal(path)).toEqual([status, code]);
  });

  test('whatever it is, it is a route without a dot segment or a refusal', () => {
    const part = fc.constantFrom(
      '..',
      '.',
      '/',
      '%2e',
      '\\',
      'a',
      'v2',
      'blobs',
      'tuf',
      ':',
      '\0',
      'tags',
      'list',
      DIGEST,
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        try {
          const route = parseRoute(`/${parts.join('/')}`);
          for (const value of Object.values(route))
            if (typeof value === 'string') expect(value).not.toMatch(/(^|\/)\.|\\|\0/);
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
        }
      }),
    );
  });
});
