import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Channel, channelOf, fallbacksOf, parseChannel, RISKS } from './channel.ts';

describe('naming a channel', () => {
  test.each([
    ['stable', 'latest/stable'],
    ['edge', 'latest/edge'],
    ['1.x/beta', '1.x/beta'],
    ['lts-2/candidate', 'lts-2/candidate'],
  ])('%s is %s', (text, channel) => {
    expect(parseChannel(text)).toBe(channel);
    expect(channelOf(text)).toBe(channel);
  });

  test.each([
    '',
    'latest',
    'latest/',
    '/stable',
    'latest/nightly',
    'Latest/stable',
    '../stable',
    'a/b/stable',
    '-a/stable',
    `${'a'.repeat(40)}/stable`,
  ])('%j is no channel: input/invalid', (text) => {
    expect(parseChannel(text)).toBeUndefined();
    expect(() => channelOf(text)).toThrow(expect.objectContaining({ code: 'input/invalid' }));
  });

  test('no version and no usual range is taken for a channel', () => {
    fc.assert(
      fc.property(fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.constantFrom('', '^', '~', '>=')), ([a, b, c, sign]) => {
        expect(parseChannel(`${sign}${a}.${b}.${c}`)).toBeUndefined();
      }),
    );
  });
});

describe('following a closed channel', () => {
  test('each risk falls back to the lower ones of its own track, nearest first', () => {
    expect(fallbacksOf(Channel.parse('1.x/beta'))).toEqual(['1.x/beta', '1.x/candidate', '1.x/stable']);
    expect(fallbacksOf(Channel.parse('latest/stable'))).toEqual(['latest/stable']);
  });

  test('nobody who asks for a lower risk is given a higher one', () => {
    for (const [i, risk] of RISKS.entries()) {
      const risks = fallbacksOf(Channel.parse(`latest/${risk}`)).map((channel) => channel.split('/')[1]);
      for (const higher of RISKS.slice(i + 1)) expect(risks).not.toContain(higher);
    }
  });
});
