import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GreenticError } from '../errors.ts';
import { PendingCalls } from './pending-calls.ts';

const code = (value: string) => expect.objectContaining({ code: value });

describe('calls under way', () => {
  test('each get the answer under their own id', async () => {
    const calls = new PendingCalls(2);
    const [a, b] = [calls.open(), calls.open()];
    expect(calls.settle(b.id, { value: 'b' })).toBe(true);
    expect(calls.settle(a.id, { error: new GreenticError('pack/failed', 'a') })).toBe(true);
    expect(await b.result).toBe('b');
    await expect(a.result).rejects.toThrow(code('pack/failed'));
    expect(calls.size).toBe(0);
  });

  test('over the limit are refused, and an answer makes room', () => {
    const calls = new PendingCalls(1);
    const { id } = calls.open();
    expect(() => calls.open()).toThrow(code('limit/concurrency'));
    calls.settle(id, { value: 1 });
    expect(calls.open().id).not.toBe(id);
  });

  test('keep their place when the caller gives up: only the pack’s answer makes room', async () => {
    const calls = new PendingCalls(1);
    const { id, result } = calls.open();
    calls.abandon(id, new GreenticError('limit/deadline'));
    await expect(result).rejects.toThrow(code('limit/deadline'));
    expect(() => calls.open()).toThrow(code('limit/concurrency'));
    expect(calls.settle(id, { value: 'late' })).toBe(true);
    await expect(result).rejects.toThrow(code('limit/deadline'));
    expect(calls.size).toBe(0);
  });

  test('that nobody made, or that were answered already, are known as such', () => {
    const calls = new PendingCalls(1);
    const { id } = calls.open();
    expect(calls.settle(id + 1, { value: 1 })).toBe(false);
    expect(calls.settle(id, { value: 1 })).toBe(true);
    expect(calls.settle(id, { value: 2 })).toBe(false);
    calls.abandon(id, new GreenticError('limit/deadline'));
  });

  test('all fail when nothing will answer any more', async () => {
    const calls = new PendingCalls(3);
    const results = [calls.open(), calls.open(), calls.open()].map(({ result }) => result);
    calls.failAll(new GreenticError('pack/crashed'));
    for (const result of results) await expect(result).rejects.toThrow(code('pack/crashed'));
    expect(calls.size).toBe(0);
  });

  test('never exceed the limit nor share an id, whatever comes when', () => {
    const step = fc.oneof(fc.constant('open'), fc.tuple(fc.constantFrom('settle', 'abandon'), fc.nat(12)));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const calls = new PendingCalls(4);
        const open = new Set<number>();
        for (const each of steps) {
          if (each === 'open') {
            if (open.size === 4) expect(() => calls.open()).toThrow(code('limit/concurrency'));
            else {
              const { id, result } = calls.open();
              result.catch(() => undefined);
              expect(open.has(id)).toBe(false);
              open.add(id);
            }
          } else if (each[0] === 'settle') {
            expect(calls.settle(Number(each[1]), { value: 1 })).toBe(open.delete(Number(each[1])));
          } else calls.abandon(Number(each[1]), new GreenticError('limit/deadline'));
          expect(calls.size).toBe(open.size);
        }
      }),
    );
  });
});
