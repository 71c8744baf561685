import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bothWorlds } from './testing/both-worlds.ts';
import { World } from './testing/world.ts';

let world: World;
beforeAll(() => {
  world = World.start();
});
afterAll(() => world.end());

async function agree(expression: string): Promise<void> {
  const { ours, nodes } = await bothWorlds(world, expression);
  expect(ours, expression).toEqual(nodes);
}

const BODIES = [
  'undefined',
  'null',
  "''",
  "'text é'",
  '5',
  'new Uint8Array([104, 105])',
  'new Uint8Array([0, 104, 105]).subarray(1).buffer',
  'new DataView(new Uint8Array([104, 105]).buffer, 1)',
  "new URLSearchParams({ a: 'b c' })",
  "new Blob(['hi', new Uint8Array([33])], { type: 'Text/X' })",
  "new Blob(['hi'])",
  'new ReadableStream({ start(c) { c.enqueue(new Uint8Array([104])); c.enqueue(new Uint8Array([105])); c.close(); } })',
  'new ReadableStream({ start(c) { c.close(); } })',
];

describe('a body', () => {
  test.each(BODIES)('of %s is read, in each form, as in Node', async (body) => {
    for (const read of [
      'text()',
      'bytes().then((b) => [...b])',
      'arrayBuffer().then((b) => b.byteLength)',
      'blob().then((b) => [b.size, b.type])',
    ]) {
      await agree(`((r) => r.${read})(new Response(${body}))`);
    }
    await agree(`((r) => [r.headers.get('content-type'), r.body === null, r.bodyUsed])(new Response(${body}))`);
    await agree(
      `(async (r) => { const c = r.clone(); return [await c.text(), await r.text()]; })(new Response(${body}))`,
    );
    await agree(
      `(async (r) => { await r.text(); return [r.bodyUsed, await r.text().catch((e) => e.name)]; })(new Response(${body}))`,
    );
    await agree(
      `(async (r) => { const parts = []; for await (const part of r.body ?? []) parts.push(...part); return [parts, r.bodyUsed]; })(new Response(${body}))`,
    );
  });

  test('is used once somebody reads from its stream, and unusable while it is locked', async () => {
    await agree(
      "(async (r) => { const reader = r.body.getReader(); const before = r.bodyUsed; await reader.read(); return [before, r.bodyUsed]; })(new Response('x'))",
    );
    await agree("(async (r) => { r.body.getReader(); return r.text(); })(new Response('x'))");
    await agree("(async (r) => { r.body.getReader(); return r.clone(); })(new Response('x'))");
    await agree(
      "(async (r) => { await r.body.cancel(); return [r.bodyUsed, await r.text().catch((e) => e.name)]; })(new Response('x'))",
    );
    await agree("(async (r) => { await r.text(); r.clone(); })(new Response('x'))");
    await agree('new Response(((s) => { s.getReader(); return s; })(new ReadableStream()))');
    await agree("new Response(new ReadableStream({ start(c) { c.enqueue('text'); c.close(); } })).text()");
    await agree("new Response(new ReadableStream({ start(c) { c.error(new RangeError('r')); } })).text()");
  });

  test('does not change with the buffer it was made from', async () => {
    await agree('((b) => { const r = new Response(b); b[0] = 65; return r.text(); })(new Uint8Array([104, 105]))');
    await agree(
      "(async (r) => { const c = r.clone(); (await r.bytes())[0] = 65; return c.text(); })(new Response('hi'))",
    );
  });

  test('is JSON, or a SyntaxError', async () => {
    await agree('new Response(\'{"a":[1]}\').json()');
    await agree("new Response('{').json()");
    await agree("new Response('\\ufeff1').json()");
    await agree('new Response().json()');
  });
});

describe('Response', () => {
  test.each([
    '',
    '{ status: 201, statusText: "Made", headers: { a: "b" } }',
    '{ status: 199 }',
    '{ status: 600 }',
    '{ status: 0 }',
    '{ status: "404" }',
    '{ status: NaN }',
    '{ statusText: "a\\nb" }',
    '{ statusText: "€" }',
    '{ headers: { "content-type": "x/y" } }',
  ])('made with %s ends as in Node', async (init) => {
    await agree(
      `((r) => [r.status, r.ok, r.statusText, r.type, r.url, r.redirected, [...r.headers]])(new Response('x', ${init || '{}'}))`,
    );
  });

  test('with a status that has no body refuses one', async () => {
    for (const status of [204, 205, 304]) {
      await agree(`new Response('', { status: ${status} })`);
      await agree(`new Response(null, { status: ${status} }).status`);
    }
  });

  test('has the three makers of the standard', async () => {
    await agree('((r) => [r.status, r.type, r.ok, r.body])(Response.error())');
    await agree("((r) => [r.status, r.headers.get('location')])(Response.redirect('http://h/a b', 307))");
    await agree("Response.redirect('http://h/', 200)");
    await agree("Response.redirect('relative')");
    await agree(
      "(async (r) => [r.status, r.headers.get('content-type'), await r.json()])(Response.json({ a: 1 }, { status: 400 }))",
    );
    await agree(
      "Response.json({}, { headers: { 'content-type': 'application/problem+json' } }).headers.get('content-type')",
    );
    await agree('Response.json(undefined)');
    await agree('Response.json(() => 1)');
  });
});

describe('Request', () => {
  test.each([
    "'http://h/a b?q#f'",
    "new URL('http://h/')",
    "'relative'",
    "'http://user:pass@h/'",
    "'http://h/', { method: 'post', body: 'x' }",
    "'http://h/', { method: 'patch', body: 'x' }",
    "'http://h/', { method: 'PoSt' }",
    "'http://h/', { method: 'custom' }",
    "'http://h/', { method: 'a b' }",
    "'http://h/', { method: 'CONNECT' }",
    "'http://h/', { method: 'trace' }",
    "'http://h/', { method: '' }",
    "'http://h/', { body: 'x' }",
    "'http://h/', { method: 'HEAD', body: '' }",
    "'http://h/', { headers: { a: 'b' }, method: 'PUT', body: new URLSearchParams('a=b') }",
    "'http://h/', { redirect: 'manual' }",
    "'http://h/', { redirect: 'maybe' }",
    "'http://h/', { signal: {} }",
    "'http://h/', { signal: null }",
    "'http://h/', null",
  ])('made with %s ends as in Node', async (args) => {
    await agree(
      `(async (r) => [r.method, r.url, [...r.headers], r.redirect, r.signal.aborted, await r.text()])(new Request(${args}))`,
    );
  });

  test('takes over another request, its body included', async () => {
    await agree(`(async (a) => { const b = new Request(a, { headers: { x: 'y' } });
      return [b.method, b.url, [...b.headers], await b.text(), a.bodyUsed, await a.text().catch((e) => e.name)];
    })(new Request('http://h/', { method: 'POST', body: 'x', headers: { a: 'b' } }))`);
    await agree(`(async (a) => { const b = a.clone(); return [await a.text(), await b.text(), b.method, [...b.headers]]; })(
      new Request('http://h/', { method: 'POST', body: 'x' }))`);
    await agree(
      "(async (a) => { await a.text(); return new Request(a); })(new Request('http://h/', { method: 'POST', body: 'x' }))",
    );
    await agree(
      "((c) => { const r = new Request(new Request('http://h/', { signal: c.signal })); c.abort(); return r.signal.aborted; })(new AbortController())",
    );
  });
});

describe('Blob', () => {
  test('is cut and read as in Node', async () => {
    for (const range of ['', '1', '1, 3', '-2', '-9, 2', '3, 1', '0, 99', '1, -1', '1.9, 2.9', 'NaN, 2'])
      await agree(
        `(async (b) => [b.size, b.type, await b.text()])(new Blob(['hello'], { type: 'A/B' }).slice(${range}))`,
      );
    await agree("new Blob(['x'], { type: 'a\\u0080' }).type");
    await agree("new Blob('text')");
    await agree('new Blob([5, null]).text()');
    await agree(
      "(async (b) => { const seen = []; for await (const part of b.stream()) seen.push(...part); return [seen, (await b.arrayBuffer()).byteLength, [...(await b.bytes())]]; })(new Blob(['hi', new Blob(['!'])]))",
    );
  });
});
