import { expect, test } from 'vitest';
import { LineGate } from './worker-line.ts';

const at = (second: number) => new Date(second * 1000);

test('a worker gets at most 200 lines a second out, and the surplus is counted', () => {
  const gate = new LineGate();
  expect(gate.take(Buffer.from('x\n'.repeat(500)), at(1))).toHaveLength(200);
  expect(gate.take(Buffer.from('x\n'), at(1))).toEqual([]);
  expect(gate.take(Buffer.from('y\n'), at(2))).toEqual(['(301 lines dropped)', 'y']);
  expect(gate.end()).toEqual([]);
});

test('what a worker wrote last comes out when it is gone, with the count of what did not', () => {
  const gate = new LineGate();
  expect(gate.take(Buffer.from(`${'x\n'.repeat(201)}last words`), at(1))).toHaveLength(200);
  expect(gate.end()).toEqual(['(1 lines dropped)', 'last words']);
});

test('a line without an end is cut at 8 KiB', () => {
  const lines = new LineGate().take(Buffer.alloc(20_000, 'x'), at(1));
  expect(lines.map(({ length }) => length)).toEqual([8192, 8192]);
});
