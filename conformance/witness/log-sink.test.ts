import type { LogLine } from '@greentic/core';
import { expect, test } from 'vitest';
import { LogSink } from './log-sink.ts';

function lineOf(message: string, changes: Partial<LogLine> = {}): LogLine {
  return { pack: 'p@1.0.0', at: new Date(0), level: 'info', message, fields: {}, diagnostic: false, ...changes };
}

function sinkOf(...lines: LogLine[]): LogSink {
  const sink = new LogSink();
  for (const line of lines) sink.take(line);
  return sink;
}

test('what a pack writes under its permission is delivered, in order, with its fields and nothing of the host', () => {
  const sink = sinkOf(lineOf('first', { fields: { n: 1, ok: false } }), lineOf('second'));
  expect(sink.delivered).toEqual([
    { message: 'first', fields: { n: 1, ok: false } },
    { message: 'second', fields: {} },
  ]);
});

test('console lines, and what the host says, are no delivery: they are diagnostics', () => {
  const sink = sinkOf(lineOf('record'), lineOf('debugging', { diagnostic: true, fields: { code: 'pack/crashed' } }));
  expect(sink.delivered).toEqual([{ message: 'record', fields: {} }]);
  expect(sink.diagnostics).toBe('{"message":"debugging","fields":{"code":"pack/crashed"}}');
});

test('the whole text has both, so that a value is found wherever it was written', () => {
  const sink = sinkOf(lineOf('a', { fields: { value: 'canary-1' } }), lineOf('canary-2', { diagnostic: true }));
  expect(sink.text).toContain('canary-1');
  expect(sink.text).toContain('canary-2');
  expect(sink.diagnostics).not.toContain('canary-1');
  expect(new LogSink().text).toBe('');
});

test('what was delivered before does not change with what comes', () => {
  const sink = sinkOf(lineOf('first'));
  const before = sink.delivered;
  sink.take(lineOf('second'));
  expect(before).toHaveLength(1);
});
