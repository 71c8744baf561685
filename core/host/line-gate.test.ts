import { describe, expect, test } from 'vitest';
import type { LogLine } from '../broker/ports.ts';
import { gateLines } from './line-gate.ts';

function gate() {
  const lines: LogLine[] = [];
  const log = gateLines((line) => lines.push(line));
  const write = (atMs: number, diagnostic = true) =>
    log({ pack: 'a@1', at: new Date(atMs), level: 'info', message: 'x', fields: { a: 1 }, diagnostic });
  return { lines, write };
}

describe('gateLines', () => {
  test('lets 200 diagnostic lines of a second pass, and tells in the next how many it dropped', () => {
    const { lines, write } = gate();
    for (let i = 0; i < 250; i++) write(1000);
    expect(lines).toHaveLength(200);
    write(2000);
    expect(lines.slice(200).map((line) => line.message)).toEqual(['50 lines were dropped.', 'x']);
    expect(lines[200]?.fields).toEqual({});
  });

  test('a new second lets as many pass again', () => {
    const { lines, write } = gate();
    for (let i = 0; i < 200; i++) write(1999);
    for (let i = 0; i < 200; i++) write(2000);
    expect(lines).toHaveLength(400);
  });

  test('a pack’s own output is not cut', () => {
    const { lines, write } = gate();
    for (let i = 0; i < 1000; i++) write(1000, false);
    expect(lines).toHaveLength(1000);
  });
});
