import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseChallenges } from './challenge.ts';

/** What was read, as plain objects. */
const read = (header: string) =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, { ...parameters }] as const);

describe('a challenge', () => {
  test.each([
    ['Basic', [['basic', {}]]],
    ['Basic realm="a"', [['basic', { realm: 'a' }]]],
    ['BEARER Realm=a , SERVICE = "b c"', [['bearer', { realm: 'a', service: 'b c' }]]],
    [
      'Bearer realm="https://a/token",service="a",scope="repository:x:pull,push"',
      [['bearer', { realm: 'https://a/token', service: 'a', scope: 'repository:x:pull,push' }]],
    ],
    [
      'Negotiate, Basic realm="a", Bearer realm="b"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'a' }],
        ['bearer', { realm: 'b' }],
      ],
    ],
    ['Bearer realm="a \\"quoted\\" \\\\ b"', [['bearer', { realm: 'a "quoted" \\ b' }]]],
    ['Bearer realm="Basic realm=b"', [['bearer', { realm: 'Basic realm=b' }]]],
    ['Bearer realm="first", realm="second"', [['bearer', { realm: 'first' }]]],
    ['Bearer realm=""', [['bearer', { realm: '' }]]],
    ['Bearer __proto__="x", realm="a"', [['bearer', { ['__proto__']: 'x', realm: 'a' }]]],
    [' , ,Basic realm=a,,', [['basic', { realm: 'a' }]]],
  ])('%s is read', (header, challenges) => {
    expect(read(header)).toEqual(challenges);
  });

  test.each([
    ['', []],
    ['realm="a"', []],
    ['="a"', []],
    ['"Basic"', []],
    ['Bearer realm="a', [['bearer', {}]]],
    ['Bearer realm="a\\"', [['bearer', {}]]],
    ['Bearer realm=', [['bearer', {}]]],
    ['Bearer realm="a" @, service="b"', [['bearer', { realm: 'a' }]]],
    ['Negotiate dG9rZW4=, Bearer realm="a"', [['negotiate', {}]]],
  ])('%s is read up to where nobody can read it', (header, challenges) => {
    expect(read(header)).toEqual(challenges);
  });

  test('is read as it was meant, whatever its names and values are', () => {
    const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/);
    const value = fc.stringMatching(/^[\x20-\x7e]{0,20}$/);
    const challenge = fc.tuple(
      token,
      fc.dictionary(
        token.map((name) => name.toLowerCase()),
        value,
        { minKeys: 1, maxKeys: 4 },
      ),
    );
    const quote = (text: string) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
    fc.assert(
      fc.property(fc.array(challenge, { maxLength: 4 }), (challenges) => {
        const header = challenges
          .map(([scheme, parameters]) => {
            const list = Object.entries(parameters).map(([name, text]) => `${name}=${quote(text)}`);
            return `${scheme} ${list.join(', ')}`;
          })
          .join(', ');
        expect(read(header)).toEqual(
          challenges.map(([scheme, parameters]) => [scheme.toLowerCase(), { ...parameters }]),
        );
      }),
    );
  });

  test('is never more than the text that was read, and no text is too much', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'aB=", \\\t@'), maxLength: 200 }), (header) => {
        for (const { scheme, parameters } of parseChallenges(header)) {
          expect(header.toLowerCase()).toContain(scheme);
          expect(Object.getPrototypeOf(parameters)).toBeNull();
        }
      }),
    );
    const [long] = parseChallenges(`Bearer realm="a",${'x=y,'.repeat(100_000)}service="b"`);
    expect(long?.parameters).toEqual({ realm: 'a', x: 'y' });
  });
});
