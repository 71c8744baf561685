import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openUpstream, parseEndpoint } from './upstream.ts';
import { createUpstreamSet, type UpstreamSet } from './upstream-set.ts';

const times = { connectMs: 1000, headersMs: 1000, silenceMs: 1000 };

describe('an endpoint', () => {
  test.each([
    ['http://127.0.0.1:8080', { origin: 'http://127.0.0.1:8080' }],
    ['http://[::1]:8080/', { origin: 'http://[::1]:8080' }],
    ['http://worker', { origin: 'http://worker' }],
    ['unix:/run/w.sock', { origin: 'http://worker', socketPath: '/run/w.sock' }],
    ['unix:/run/with space', { origin: 'http://worker', socketPath: '/run/with space' }],
  ])('%s is taken', (endpoint, parts) => {
    expect(parseEndpoint(endpoint)).toEqual(parts);
  });

  test.each([
    '',
    '127.0.0.1:8080',
    'https://worker',
    'HTTP://worker',
    'http://',
    'http://worker/path',
    'http://worker/?q',
    'http://worker/#f',
    'http://user@worker',
    'http://:secret@worker',
    'http://worker:99999',
    'unix:',
    'unix:run/w.sock',
    'unix:/run/w\0.sock',
    'UNIX:/run/w.sock',
  ])('%j is refused with runtime/config-invalid', (endpoint) => {
    expect(() => parseEndpoint(endpoint)).toThrow(expect.objectContaining({ code: 'runtime/config-invalid' }));
  });
});

describe('an upstream', () => {
  test('takes 4096 requests at once, and the next is route/overloaded until one has left', async () => {
    const upstream = openUpstream('http://127.0.0.1:9', times, () => undefined);
    for (let i = 0; i < 4096; i++) upstream.enter();
    expect(() => upstream.enter()).toThrow(expect.objectContaining({ code: 'route/overloaded' }));
    upstream.leave();
    expect(() => upstream.enter()).not.toThrow();
    await upstream.destroy();
  });

  test('closes once it is let go and its last request has left, and not before', () => {
    let closed = 0;
    const upstream = openUpstream('http://127.0.0.1:9', times, () => closed++);
    upstream.enter();
    upstream.enter();
    upstream.leave();
    expect(closed).toBe(0);
    upstream.retire();
    expect(closed).toBe(0);
    expect(upstream.pool.closed).toBe(false);
    upstream.leave();
    expect(closed).toBe(1);
    expect(upstream.pool.closed).toBe(true);
  });

  test('closes at once when nothing uses it', () => {
    let closed = 0;
    openUpstream('http://127.0.0.1:9', times, () => closed++).retire();
    expect(closed).toBe(1);
  });
});

describe('the endpoints in use', () => {
  const [a, b] = ['http://127.0.0.1:1', 'http://127.0.0.1:2'];
  let upstreams: UpstreamSet;
  beforeEach(() => {
    upstreams = createUpstreamSet(times);
  });
  afterEach(() => upstreams.destroy());

  test('keep their connections from one configuration to the next', () => {
    upstreams.follow(new Set([a, b]));
    const first = upstreams.take(a);
    upstreams.follow(new Set([a]));
    expect(upstreams.take(a)).toBe(first);
    expect(upstreams.size()).toBe(1);
  });

  test('that are let go live as long as a request uses them', () => {
    upstreams.follow(new Set([a]));
    const used = upstreams.take(a);
    upstreams.follow(new Set([b]));
    expect(upstreams.size()).toBe(2);
    used.leave();
    expect(upstreams.size()).toBe(1);
  });

  test('of an older configuration are opened for the one request that wants them', () => {
    upstreams.follow(new Set([b]));
    const late = upstreams.take(a);
    expect(upstreams.size()).toBe(2);
    late.leave();
    expect(upstreams.size()).toBe(1);
  });

  test('that come back after they were let go are opened anew', () => {
    upstreams.follow(new Set([a]));
    const before = upstreams.take(a);
    upstreams.follow(new Set());
    upstreams.follow(new Set([a]));
    const after = upstreams.take(a);
    expect(after).not.toBe(before);
    before.leave();
    after.leave();
    expect(upstreams.size()).toBe(1);
  });

  test('break everything under way when they are destroyed, those being let go included', async () => {
    upstreams.follow(new Set([a, b]));
    const used = [upstreams.take(a), upstreams.take(b)];
    upstreams.follow(new Set([b]));
    await upstreams.destroy();
    expect(used.map(({ pool }) => pool.destroyed)).toEqual([true, true]);
  });
});
