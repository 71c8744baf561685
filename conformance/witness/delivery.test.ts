import type { Json } from '@greentic/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { markOf, recordsIn, valuesIn } from './delivery.ts';

const countsOf = (documents: Json[]) =>
  Object.fromEntries([...recordsIn(documents)].map(([mark, records]) => [mark, records.length]));
const [a, b] = [markOf('run', 1), markOf('run', 2)];

describe('records in what arrived', () => {
  test('are found once each when every document is one record', () => {
    expect(countsOf([{ message: 'x', fields: { mark: a } }, { fields: { mark: b } }])).toEqual({ [a]: 1, [b]: 1 });
  });

  test('are found in one body of many, and in JSON inside a string', () => {
    const body = { resourceLogs: [{ logRecords: [{ body: a }, { body: b }] }] };
    expect(countsOf([body])).toEqual({ [a]: 1, [b]: 1 });
    expect(countsOf([JSON.stringify({ line: JSON.stringify(body) })])).toEqual({ [a]: 1, [b]: 1 });
  });

  test('are counted twice when they arrived twice, in two documents or in one', () => {
    expect(countsOf([{ mark: a }, { mark: a }])).toEqual({ [a]: 2 });
    expect(countsOf([[{ mark: a }, { mark: a }]])).toEqual({ [a]: 2 });
    expect(countsOf([[{ mark: a }, { mark: b }, { mark: a }]])).toEqual({ [a]: 2, [b]: 1 });
  });

  test('are counted once when a record names its mark in two of its fields', () => {
    expect(countsOf([{ name: a, attributes: { mark: a } }])).toEqual({ [a]: 1 });
  });

  test('are as many as were sent, however they are packed into documents', () => {
    const packing = fc.array(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 8 }), { maxLength: 8 });
    fc.assert(
      fc.property(packing, fc.boolean(), (batches, asText) => {
        const documents = batches.map((batch) => ({ records: batch.map((n) => ({ mark: markOf('r', n) })) }));
        const expected: Record<string, number> = {};
        for (const n of batches.flat()) expected[markOf('r', n)] = (expected[markOf('r', n)] ?? 0) + 1;
        expect(countsOf(asText ? documents.map((each) => JSON.stringify(each)) : documents)).toEqual(expected);
      }),
    );
  });

  test('do not mix with those of another run or with what is no mark', () => {
    expect(countsOf(['kit-record', 'kit-record-run', { mark: 'record-run-1' }, null, 3])).toEqual({});
  });
});

describe('values on a record', () => {
  test('are found as plain fields and as OTLP attributes, with their types', () => {
    const attributes = [
      { key: 'text', value: { stringValue: '' } },
      { key: 'whole', value: { intValue: '3' } },
      { key: 'real', value: { doubleValue: 0.5 } },
      { key: 'truth', value: { boolValue: false } },
    ];
    const [record = null] = recordsIn([{ body: a, attributes }]).get(a) ?? [];
    expect(valuesIn(record, 'text')).toEqual(['']);
    expect(valuesIn(record, 'whole')).toEqual([3]);
    expect(valuesIn(record, 'real')).toEqual([0.5]);
    expect(valuesIn(record, 'truth')).toEqual([false]);
    expect(valuesIn({ fields: { text: 'x' } }, 'text')).toEqual(['x']);
  });

  test('of one record are not taken from its neighbour', () => {
    const records = recordsIn([
      [
        { mark: a, size: 1 },
        { mark: b, size: 2 },
      ],
    ]);
    expect(valuesIn(records.get(a)?.[0] ?? null, 'size')).toEqual([1]);
  });

  test('that are missing, or only inherited, are none', () => {
    expect(valuesIn({ mark: a }, 'size')).toEqual([]);
    expect(valuesIn({ mark: a }, 'constructor')).toEqual([]);
  });
});
