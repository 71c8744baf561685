import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFrame, FrameDecoder } from './frame.ts';

describe('frames', () => {
  test('come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary-ascii' })),
        fc.array(fc.integer({ min: 1, max: 9 })),
        (texts, cuts) => {
          const stream = Buffer.concat(texts.map(encodeFrame));
          const decoder = new FrameDecoder(1000);
          const out: string[] = [];
          let at = 0;
          for (let i = 0; at < stream.length; i++) {
            const size = cuts.length === 0 ? stream.length : (cuts[i % cuts.length] ?? 1);
            out.push(...decoder.push(stream.subarray(at, at + size)));
            at += size;
          }
          expect(out).toEqual(texts);
        },
      ),
    );
  });

  test('text outside ASCII survives', () => {
    expect(new FrameDecoder(100).push(encodeFrame('é \u{1F600} \0'))).toEqual(['é \u{1F600} \0']);
  });

  test('a frame over the limit is refused by its header alone', () => {
    const header = Buffer.alloc(4);
    header.writeUInt32BE(101);
    expect(() => new FrameDecoder(100).push(header)).toThrow(RangeError);
    header.writeUInt32BE(100);
    expect(new FrameDecoder(100).push(header)).toEqual([]);
  });
});
