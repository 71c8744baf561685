import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readHead } from './request-head.ts';

const code = (value: string) => expect.objectContaining({ code: value });

/** Header lines as Node gives them. */
const raw = (...lines: string[]) => lines.flatMap((line) => line.split(': ', 2));

describe('what the router reads of a request', () => {
  test('is its own lines, whatever their case; of one that comes twice the first', () => {
    const head = readHead(
      raw(
        'HOST: shop.example',
        'X-Greentic-Session: one',
        'x-greentic-session: two',
        'X-GREENTIC-REVISION: shop.acme.1',
        'x-greentic-revision-token: t',
        'Content-Length: 12',
        'Expect: 100-continue',
      ),
    );
    expect(head).toMatchObject({
      host: 'shop.example',
      session: 'one',
      revision: 'shop.acme.1',
      token: 't',
      length: 12,
      chunked: false,
      expectsContinue: true,
    });
  });

  test('is nothing where nothing is said', () => {
    expect(readHead([])).toEqual({
      host: undefined,
      cookie: undefined,
      session: undefined,
      revision: undefined,
      token: undefined,
      length: undefined,
      chunked: false,
      expectsContinue: false,
      forwarded: [],
    });
  });

  test('joins cookie lines, as HTTP/2 splits them', () => {
    expect(readHead(raw('Cookie: a=1', 'Accept: */*', 'cookie: b=2')).cookie).toBe('a=1; b=2');
  });

  test.each([
    ['the same host twice', ['Host: a', 'Host: a']],
    ['two hosts', ['Host: a', 'host: b']],
  ])('%s is refused with input/invalid: two readers could believe different ones', (_what, lines) => {
    expect(() => readHead(raw(...lines))).toThrow(code('input/invalid'));
  });

  test('128 lines are read, and one more is refused with input/too-large', () => {
    const lines = Array.from({ length: 128 }, (_, i) => `x-${i}: y`);
    expect(readHead(raw(...lines)).forwarded).toHaveLength(256);
    expect(() => readHead(raw(...lines, 'x: y'))).toThrow(code('input/too-large'));
  });
});

describe('what goes on to a worker', () => {
  test.each([
    ['a proxy’s word on the client', ['Forwarded', 'X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto']],
    ['more of it', ['X-Forwarded-Port', 'X-Real-IP']],
    ['the connection', ['Keep-Alive', 'Proxy-Connection', 'TE', 'Trailer', 'Upgrade', 'HTTP2-Settings']],
    ['what is a proxy’s own', ['Proxy-Authorization', 'Proxy-Authenticate']],
    ['the framing', ['Content-Length', 'Transfer-Encoding', 'Expect', 'Connection']],
    ['what the router says itself', ['X-Greentic-Customer', 'X-Greentic-Deployment', 'x-greentic-', 'X-GREENTIC-X']],
    ['what the router writes itself', ['Host', 'Cookie']],
  ])('is never %s', (_what, names) => {
    for (const name of names)
      expect(readHead([name, 'keep-alive', 'accept', '*/*']).forwarded).toEqual(['accept', '*/*']);
  });

  test('is everything else, in its order, also what only looks like the router’s', () => {
    const lines = raw('X-Greenticx: 1', 'Accept: a', 'accept: b', 'Authorization: Basic x', 'x-forwarded: y');
    expect(readHead(lines).forwarded).toEqual([
      'x-greenticx',
      '1',
      'accept',
      'a',
      'accept',
      'b',
      'authorization',
      'Basic x',
      'x-forwarded',
      'y',
    ]);
  });

  test('is not what a Connection line names, over several lines and in any case', () => {
    const lines = raw(
      'X-One: 1',
      'Connection: close, X-TWO',
      'x-two: 2',
      'connection: x-three ,',
      'X-Three: 3',
      'x-4: 4',
    );
    expect(readHead(lines).forwarded).toEqual(['x-one', '1', 'x-4', '4']);
  });

  test('does not lose a line to a value that a Connection line names', () => {
    expect(readHead(raw('Connection: secret', 'x-note: secret')).forwarded).toEqual(['x-note', 'secret']);
  });

  test('is a part of what came: no line is made, renamed or taken from another', () => {
    const name = fc.constantFrom('Host', 'Cookie', 'TE', 'X-A', 'x-b', 'Accept', 'X-Greentic-A', 'Via', 'Upgrade');
    const value = fc.stringMatching(/^[a-z0-9]{0,6}$/);
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, value), { maxLength: 20, selector: ([each]) => each }), (lines) => {
        const { forwarded } = readHead(lines.flat());
        const came = new Map(lines.map(([each, text]) => [each.toLowerCase(), text]));
        for (let i = 0; i < forwarded.length; i += 2) expect(came.get(forwarded[i] ?? '')).toBe(forwarded[i + 1]);
        const kept = ['x-a', 'x-b', 'accept', 'via'].filter((each) => came.has(each));
        expect(forwarded.filter((_, i) => i % 2 === 0).toSorted()).toEqual(kept.toSorted());
      }),
      { seed: 3, numRuns: 500 },
    );
  });
});
