import fc from 'fast-check';
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

test('the count begins anew with each second, and each stream has its own', () => {
  const [gate, other] = [new LineGate(), new LineGate()];
  for (const second of [1, 2, 3]) expect(gate.take(Buffer.from('x\n'.repeat(200)), at(second))).toHaveLength(200);
  expect(gate.take(Buffer.from('y\n'), at(3))).toEqual([]);
  expect(other.take(Buffer.from('y\n'), at(3))).toEqual(['y']);
  expect(gate.take(Buffer.from(''), at(4))).toEqual(['(1 lines dropped)']);
  expect(gate.take(Buffer.from(''), at(5))).toEqual([]);
});

test('a line that comes in pieces is one line, at the time of its last piece', () => {
  const gate = new LineGate();
  expect(gate.take(Buffer.from('first ha'), at(1))).toEqual([]);
  expect(gate.take(Buffer.from('lf\nsecond'), at(2))).toEqual(['first half']);
  expect(gate.end()).toEqual(['second']);
  expect(gate.end()).toEqual([]);
});

test('however a stream is cut, all of it passes while it is slow, and never more than 200 lines a second', () => {
  const seconds = fc.array(fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { maxLength: 260 }), { maxLength: 4 });
  fc.assert(
    fc.property(seconds, fc.integer({ min: 1, max: 64 }), (written, size) => {
      const gate = new LineGate();
      for (const [second, lines] of written.entries()) {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const passed: string[] = [];
        for (let start = 0; start < bytes.byteLength; start += size)
          passed.push(...gate.take(bytes.subarray(start, start + size), at(second + 1)));
        expect(passed.filter((line) => !line.startsWith('('))).toEqual(lines.slice(0, 200));
      }
    }),
    { seed: 1, numRuns: 50 },
  );
});
