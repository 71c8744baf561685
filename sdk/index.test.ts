import { describe, expect, test } from 'vitest';
import * as sdk from './index.ts';
import { definePack, PackError } from './index.ts';
import * as testing from './testing/index.ts';

const telemetry = {
  export: async ({ records }: { records: readonly unknown[] }) => ({ accepted: records.length }),
  flush: async () => ({}),
};

test('the front doors offer exactly these names', () => {
  expect(Object.keys(sdk).toSorted()).toEqual(['PackError', 'definePack']);
  expect(Object.keys(testing).toSorted()).toEqual(['MemoryKv', 'MemorySeal', 'MemoryWorkers', 'openForTest']);
});

describe('definePack', () => {
  test('gives the slot and the way to open it, and nothing else', () => {
    const open = () => telemetry;
    expect(definePack('telemetry', { open })).toEqual({ slot: 'telemetry', open });
  });

  // What follows is checked by the compiler: each marked line has to be an error.
  test('takes every method of its slot, as the contract has it, and no less', () => {
    definePack('telemetry', { open: async () => ({ ...telemetry, close() {} }) });
    // @ts-expect-error There is no flush.
    definePack('telemetry', { open: () => ({ export: telemetry.export }) });
    // @ts-expect-error A count is a number.
    definePack('telemetry', { open: () => ({ ...telemetry, export: async () => ({ accepted: 'all' }) }) });
    // @ts-expect-error The methods are those of another slot.
    definePack('state', { open: () => telemetry });
    // @ts-expect-error There is no such slot.
    definePack('billing', { open: () => telemetry });
    // @ts-expect-error A pack has to be opened.
    definePack('telemetry', {});
    expect.assertions(0);
  });
});

describe('PackError', () => {
  test('carries code, message and details', () => {
    const error = new PackError('state/conflict', 'The entry has revision 3.', { actual: 3 });
    expect(error).toBeInstanceOf(Error);
    expect({ ...error }).toMatchObject({ name: 'PackError', code: 'state/conflict', details: { actual: 3 } });
    expect(error.message).toBe('The entry has revision 3.');
    expect(new PackError('a', 'b').details).toBeUndefined();
  });
});
