import { expect, test } from 'vitest';
import { createConsole } from './console.ts';

function recording() {
  const [out, err]: [string[], string[]] = [[], []];
  const console_ = createConsole(
    (text) => out.push(text),
    (text) => err.push(text),
  );
  return { console_, out, err };
}

test.each(['debug', 'log', 'info', 'trace'] as const)('%s informs, on the one stream', (method) => {
  const { console_, out, err } = recording();
  console_[method]('a', 1);
  expect([out, err]).toEqual([['a 1\n'], []]);
});

test.each(['warn', 'error'] as const)('%s warns, on the other', (method) => {
  const { console_, out, err } = recording();
  console_[method]('a', 1);
  expect([out, err]).toEqual([[], ['a 1\n']]);
});

test('values are written as Node writes them: formats, objects, errors, nothing', () => {
  const { console_, out } = recording();
  console_.log('%s has %d', 'desk', 2, { open: true });
  console_.log();
  console_.log(new Error('no luck'));
  expect(out.slice(0, 2)).toEqual(['desk has 2 { open: true }\n', '\n']);
  expect(out[2]).toMatch(/^Error: no luck\n {4}at /);
});

test('one call writes 16 KiB at most, and a line end behind it', () => {
  const { console_, out } = recording();
  console_.log('x'.repeat(16 * 1024));
  console_.log('y'.repeat(100_000));
  expect(out.map(({ length }) => length)).toEqual([16 * 1024 + 1, 16 * 1024 + 1]);
  expect(out.every((line) => line.endsWith('\n'))).toBe(true);
});
