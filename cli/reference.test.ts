import { DeploymentId, isGreenticError } from '@greentic/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  MAX_PORT,
  parseCount,
  parseDeployment,
  parsePair,
  parseReference,
  parseRevision,
  parseShare,
  parseSlot,
  parseWhole,
} from './reference.ts';

const invalid = expect.objectContaining({ code: 'input/invalid' });
const desk = DeploymentId.parse('desk.acme');

/** Whatever is typed, it is taken or refused with a code: nothing else happens. */
function refusesWithCode(parse: (text: string) => unknown): void {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
      try {
        parse(text);
        return true;
      } catch (error) {
        return isGreenticError(error, 'input/invalid');
      }
    }),
  );
}

describe('a reference', () => {
  test.each([
    ['acme.secrets.vault', 'acme.secrets.vault', '*'],
    ['acme.secrets.vault@1.2.0', 'acme.secrets.vault', '1.2.0'],
    ['acme.secrets.vault@^1.2 <2', 'acme.secrets.vault', '^1.2 <2'],
    ['acme.secrets.vault@', 'acme.secrets.vault', ''],
    ['acme.secrets.vault@1@2', 'acme.secrets.vault', '1@2'],
  ])('%s is a name and a range', (text, name, range) => {
    expect(parseReference(text)).toEqual({ name, range });
  });

  test.each(['', '@1.0.0', 'vault', 'Acme.secrets.vault', 'acme..vault', '../secrets/vault', 'acme.secrets.vault '])(
    '%j has no name and is refused',
    (text) => {
      expect(() => parseReference(text)).toThrow(invalid);
    },
  );

  test('is taken or refused, whatever it is', () => refusesWithCode(parseReference));
});

describe('ids', () => {
  test.each([
    ['slot', parseSlot, 'secrets', ['secret', 'SECRETS', '', 'constructor']],
    ['deployment', parseDeployment, 'desk.acme', ['desk', 'desk.acme.1', '.acme', 'desk..acme', 'desk.acme/..']],
    ['revision', parseRevision, 'desk.acme.12', ['desk.acme', 'desk.acme.0', 'desk.acme.x', 'desk.acme.1.2', '1']],
  ] as const)('of a %s are taken as they are, and nothing near them', (_, parse, good, bad) => {
    expect(parse(good)).toBe(good);
    for (const text of bad) expect(() => parse(text)).toThrow(invalid);
    refusesWithCode(parse);
  });
});

describe('a share', () => {
  test.each([
    ['1=90%', 'desk.acme.1', 9000],
    ['2=12.5%', 'desk.acme.2', 1250],
    ['2=0.01%', 'desk.acme.2', 1],
    ['2=1250bps', 'desk.acme.2', 1250],
    ['2=0%', 'desk.acme.2', 0],
    ['desk.acme.7=100%', 'desk.acme.7', 10_000],
  ])('%s is a revision and basis points', (text, revision, weightBps) => {
    expect(parseShare(text, desk)).toEqual({ revision, weightBps });
  });

  test.each([
    '1=90',
    '1=',
    '=90%',
    '1=100.01%',
    '1=101%',
    '1=10001bps',
    '1=0.5bps',
    '1=0.001%',
    '1=-1%',
    '1=1e1%',
    '1= 1%',
    '1=1%%',
    '1=1,5%',
    '0=10%',
    'x=10%',
    '1=10%\n',
    '1==10%',
  ])('%j is refused', (text) => {
    expect(() => parseShare(text, desk)).toThrow(invalid);
  });

  test('of another deployment’s revision is kept as it is named, for the dial to refuse', () => {
    expect(parseShare('desk.globex.1=10%', desk).revision).toBe('desk.globex.1');
  });

  test('written in basis points or in per cent is the same, for every basis point there is', () => {
    for (let bps = 0; bps <= 10_000; bps++) {
      expect(parseShare(`1=${bps / 100}%`, desk).weightBps).toBe(bps);
      expect(parseShare(`1=${bps}bps`, desk).weightBps).toBe(bps);
    }
  });

  test('is taken or refused, whatever it is', () => refusesWithCode((text) => parseShare(text, desk)));
});

describe('a pair', () => {
  test('is cut at the first equals sign; the value may be empty or hold more of them', () => {
    expect(parsePair('url=https://a/?b=c')).toEqual(['url', 'https://a/?b=c']);
    expect(parsePair('empty=')).toEqual(['empty', '']);
  });

  test.each(['', '=', '=value', 'name'])('%j is refused', (text) => {
    expect(() => parsePair(text)).toThrow(invalid);
  });
});

describe('numbers', () => {
  test('are digits alone: what JavaScript would also take for a number is refused', () => {
    for (const text of ['', ' ', ' 1', '1 ', '0x10', '1e3', '1.0', '+1', '-1', '-0', 'NaN', 'Infinity', '１']) {
      expect(() => parseWhole(text, '--port', MAX_PORT)).toThrow(invalid);
      expect(() => parseCount(text, '--days')).toThrow(invalid);
    }
  });

  test('have their bounds, both within', () => {
    expect([parseWhole('0', '--port', MAX_PORT), parseWhole('65535', '--port', MAX_PORT)]).toEqual([0, 65_535]);
    expect(() => parseWhole('65536', '--port', MAX_PORT)).toThrow(invalid);
    expect([parseCount('1', '--days'), parseCount('999999999', '--days')]).toEqual([1, 999_999_999]);
    for (const text of ['0', '1000000000']) expect(() => parseCount(text, '--days')).toThrow(invalid);
    expect(parseCount('60', '--seconds', 60)).toBe(60);
    expect(() => parseCount('61', '--seconds', 60)).toThrow('--seconds takes a whole number from 1 to 60, not 61.');
  });

  test('too large to be told apart are refused, not rounded', () => {
    expect(parseWhole('9007199254740991', '--after')).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => parseWhole('9007199254740992', '--after')).toThrow(invalid);
    expect(() => parseWhole('99999999999999999999', '--after')).toThrow(invalid);
  });

  test('that are refused are told with the option and what was given', () => {
    expect(() => parseWhole('soon', '--if-generation')).toThrow(/--if-generation .* not soon\.$/);
    expect(() => parseWhole('', '--port', MAX_PORT)).toThrow(
      '--port takes a whole number from 0 to 65535, not nothing.',
    );
    expect(() => parseCount('0', '--days')).toThrow(/--days .* not 0\.$/);
  });
});
