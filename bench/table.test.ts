import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { describeRow } from './table.ts';

const plain = (row: Parameters<typeof describeRow>[0]) =>
  stripVTControlCharacters(describeRow(row)).replace(/ +/g, ' ');

test('a row shows its figure with what it has beside it, and its note on a line of its own', () => {
  const spread = { value: 12, p95: 15, least: 9, rounds: 7 };
  const beside = { peer: 'node -e 0', peerValue: 10, ratio: 1.2 };
  expect(plain({ name: 'start', ...spread, unit: 'ms', ...beside, goal: '<= 1.5 ×', note: 'cold' })).toBe(
    'start 12 ms p95 15, least 9 · node -e 0 10, ratio 1.2 · goal <= 1.5 ×\n cold',
  );
});

test('a row that is a count shows nothing it does not have', () => {
  expect(plain({ name: 'sockets', value: 0, unit: '', goal: '0' })).toBe('sockets 0 goal 0');
  expect(plain({ name: 'files read', value: 6, unit: '' })).toBe('files read 6');
});
