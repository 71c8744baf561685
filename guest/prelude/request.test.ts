import { describe, expect, test } from 'vitest';
import { sharedWorld } from './testing/shared-world.ts';

const { agree, outcome } = sharedWorld();
const posted = "new Request('http://h/', { method: 'POST', body: 'x', headers: { a: '1' } })";

describe('a request that cannot be made', () => {
  test.each([
    "{ method: 'GET' }",
    "{ method: 'HEAD' }",
    "{ method: 'CONNECT' }",
    "{ method: 'a b' }",
    "{ headers: { 'a b': '1' } }",
    "{ headers: { a: 'x\\ny' } }",
    "{ redirect: 'sideways' }",
    '{ signal: 5 }',
    '{ signal: {} }',
    "{ method: 'GET', body: 'y' }",
  ])('with %s leaves the body of the one it was made from readable', async (init) => {
    await agree(
      `(async (a) => { try { new Request(a, ${init}); return 'made'; } catch (e) { return [e.name, a.bodyUsed, await a.text()]; } })(${posted})`,
    );
  });

  test('from one whose body was read is refused, unless it brings a body of its own', async () => {
    await agree(`(async (a) => { await a.text(); return new Request(a); })(${posted})`);
    await agree(`(async (a) => { await a.text(); return await new Request(a, { body: 'y' }).text(); })(${posted})`);
    await agree(`(async (a) => { a.body.getReader(); return new Request(a); })(${posted})`);
  });
});

describe('a request made from another', () => {
  test.each([
    ['{}', 'everything'],
    ["{ body: 'y' }", 'all but the body, which stays with the other'],
    ["{ method: 'PUT' }", 'all but the method'],
    ['{ headers: {} }', 'all but the headers'],
    ['{ headers: undefined }', 'the headers when none are given'],
    ["{ redirect: 'error' }", 'all but the redirect mode'],
    ['null', 'everything when the options are null'],
  ])('with %s takes over %s', async (init) => {
    await agree(`(async (a) => { const b = new Request(a, ${init});
      return [b.method, b.url, b.redirect, [...b.headers], await b.text(), a.bodyUsed]; })(${posted})`);
  });

  test('has headers of its own', async () => {
    await agree(
      `((a) => { const b = new Request(a); b.headers.set('a', '2'); return [a.headers.get('a'), b.headers.get('a')]; })(${posted})`,
    );
    await agree(
      `((a) => { const b = a.clone(); b.headers.set('a', '2'); return [a.headers.get('a'), b.headers.get('a')]; })(${posted})`,
    );
    await agree(
      "((h) => { const r = new Request('http://h/', { headers: h }); h.set('a', '2'); return r.headers.get('a'); })(new Headers({ a: '1' }))",
    );
  });

  test('follows the signal of the other, or none when told so', async () => {
    const made = (from: string) =>
      `((c) => { const a = new Request('http://h/', { signal: c.signal }), b = ${from}; c.abort(); return b.signal.aborted; })(new AbortController())`;
    for (const from of [
      'a',
      'new Request(a)',
      'a.clone()',
      'new Request(a, { signal: null })',
      'new Request(a, { signal: undefined })',
      'new Request(a, { signal: AbortSignal.any([]) })',
    ])
      await agree(made(from));
  });

  test('as a clone is read apart from it, whichever is read first', async () => {
    for (const order of [
      '[await a.text(), await b.text()]',
      '[await b.text(), await a.text()]',
      'await Promise.all([a.text(), b.text()])',
    ])
      await agree(`(async (a) => { const b = a.clone(); return ${order}; })(${posted})`);
  });
});

describe('a request’s body', () => {
  test.each([
    ["'é'", 'text'],
    ["new URLSearchParams('a=b')", 'a form'],
    ["new Blob(['x'], { type: 'a/b' })", 'a blob with its type'],
    ["new Blob(['x'])", 'a blob without type'],
    ['new Uint8Array([1])', 'bytes'],
    ['null', 'nothing'],
    ['5', 'a number'],
    ['{}', 'an object'],
  ])('of %s has the media type of %s', async (body) => {
    await agree(
      `(async (r) => [r.headers.get('content-type'), (await r.blob()).type])(new Request('http://h/', { method: 'POST', body: ${body} }))`,
    );
  });

  test('keeps the media type the sender gave, and a blob of it shows what the headers say by then', async () => {
    await agree(
      "new Request('http://h/', { method: 'POST', body: 'x', headers: { 'Content-Type': 'a/b' } }).headers.get('content-type')",
    );
    await agree(
      "(async (r) => { r.headers.set('content-type', 'z/z'); return (await r.blob()).type; })(new Request('http://h/', { method: 'POST', body: 'x' }))",
    );
  });

  test('of a symbol is refused', async () => {
    await agree("new Request('http://h/', { method: 'POST', body: Symbol('x') })");
  });
});

describe('a request’s address', () => {
  test.each([
    "'http://u:p@h/'",
    "'http://u@h/'",
    "'http://:p@h/'",
    "'//h/'",
    "'/p'",
    "''",
    "'http://'",
    "'http://h:99999/'",
    "'http://[::1'",
    'undefined',
    'null',
    '{}',
    '5',
  ])('%s is refused', async (address) => {
    expect(await outcome(`new Request(${address})`)).toBe('TypeError');
  });

  test.each(["'http://h'", "'HTTP://H:80/a/../b?q#f'", "'  http://h/  '", "{ toString: () => 'http://h/x' }"])(
    '%s is as in Node',
    async (address) => {
      await agree(`new Request(${address}).url`);
    },
  );
});
