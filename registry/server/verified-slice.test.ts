import { digestOf } from '@greentic/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sliceOf, verifiedSlice } from './verified-slice.ts';

/** A file in memory that gives at most some bytes at a time. */
function fileOf(bytes: Uint8Array, atMost = Number.POSITIVE_INFINITY): Parameters<typeof verifiedSlice>[0] {
  return {
    read: async (buffer: Buffer, _offset: number, length: number, position: number) => {
      const bytesRead = Buffer.from(bytes).copy(buffer, 0, position, position + Math.min(length, atMost));
      return { bytesRead, buffer };
    },
  } as unknown as Parameters<typeof verifiedSlice>[0];
}

async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

describe('a verified slice', () => {
  test('is the slice, however the file is read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 400 }),
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1, max: 90 }),
        async (bytes, a, b, atMost) => {
          const [start = 0, end = 0] = [a % bytes.length, b % bytes.length].toSorted((x, y) => x - y);
          const slice = await collect(verifiedSlice(fileOf(bytes, atMost), digestOf(bytes), { start, end }));
          expect(slice).toEqual(Buffer.from(bytes.subarray(start, end + 1)));
        },
      ),
    );
  });

  test('never ends for other bytes than the digest, wherever the change is', async () => {
    const bytes = Buffer.alloc(200_000, 7);
    const digest = digestOf(bytes);
    for (const at of [0, 100_000, 199_999]) {
      const changed = Buffer.from(bytes);
      changed[at] = 8;
      let sent = 0;
      const read = async () => {
        for await (const chunk of verifiedSlice(fileOf(changed), digest, { start: 0, end: 99 }))
          sent += chunk.byteLength;
      };
      await expect(read()).rejects.toMatchObject({ code: 'blob/digest-mismatch' });
      expect(sent).toBe(0);
    }
  });

  test('keeps the last chunk back until the whole is known', async () => {
    const bytes = Buffer.alloc(200_000, 7);
    const changed = Buffer.from(bytes);
    changed[199_999] = 8;
    let sent = 0;
    const read = async () => {
      for await (const chunk of verifiedSlice(fileOf(changed), digestOf(bytes), { start: 0, end: 199_999 }))
        sent += chunk.byteLength;
    };
    await expect(read()).rejects.toMatchObject({ code: 'blob/digest-mismatch' });
    expect(sent).toBeLessThan(200_000);
  });

  test('of an empty blob is empty', async () => {
    const empty = new Uint8Array();
    expect(await collect(verifiedSlice(fileOf(empty), digestOf(empty), { start: 0, end: -1 }))).toHaveLength(0);
  });
});

describe('the Range header', () => {
  test.each([
    [undefined, { start: 0, end: 9, partial: false }],
    ['bytes=0-4', { start: 0, end: 4, partial: true }],
    ['bytes=5-', { start: 5, end: 9, partial: true }],
    ['bytes=-3', { start: 7, end: 9, partial: true }],
    ['bytes=-99', { start: 0, end: 9, partial: true }],
    ['bytes=8-99', { start: 8, end: 9, partial: true }],
    ['bytes=10-', undefined],
    ['bytes=-0', undefined],
    ['bytes=4-2', { start: 0, end: 9, partial: false }],
    ['bytes=0-1,4-5', { start: 0, end: 9, partial: false }],
    ['lines=0-1', { start: 0, end: 9, partial: false }],
    ['bytes=-', { start: 0, end: 9, partial: false }],
  ])('%s of ten bytes', (header, slice) => {
    expect(sliceOf(header, 10)).toEqual(slice);
  });
});
