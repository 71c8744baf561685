import { digestOf } from '@greentic/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BoundedBody } from './body.ts';
import type { AnswerHead } from './exchange.ts';

const head = (status: number, headers: Record<string, string> = {}): AnswerHead => ({
  status,
  header: (name) => headers[name],
});
const whole = head(200);
const part = (range: string) => head(206, { 'content-range': range });
const code = (expected: string) => expect.objectContaining({ code: expected });
const bytes = Buffer.from('0123456789');

/** A body of which the first four bytes came. */
function broken(length?: string): BoundedBody {
  const body = new BoundedBody(10, 'It');
  body.begin(length === undefined ? whole : head(200, { 'content-length': length }));
  body.push(bytes.subarray(0, 4));
  return body;
}

describe('a body', () => {
  test('of as many bytes as are allowed is taken, with its digest', () => {
    const body = new BoundedBody(10, 'It');
    body.begin(head(200, { 'content-length': '10' }));
    body.push(bytes);
    expect(body.take()).toEqual({ bytes, digest: digestOf(bytes) });
  });

  test('of one byte more is refused: as soon as its head says so, or as soon as it comes', () => {
    const body = new BoundedBody(9, 'It', 'blob/size-mismatch');
    expect(() => body.begin(head(200, { 'content-length': '10' }))).toThrow(code('blob/size-mismatch'));
    body.begin(whole);
    expect(() => body.push(bytes)).toThrow(code('blob/size-mismatch'));
  });

  test('of a length nobody can read is as long as what comes', () => {
    const body = new BoundedBody(9, 'It');
    body.begin(head(200, { 'content-length': 'many' }));
    expect(() => body.push(bytes)).toThrow(code('registry/protocol'));
  });

  test.each(['bytes 4-9/10', 'bytes 4-9/*'])('that broke off goes on with the part %s', (range) => {
    const body = broken('10');
    body.begin(part(range));
    body.push(bytes.subarray(4));
    expect(body.take()).toEqual({ bytes, digest: digestOf(bytes) });
  });

  test.each([
    'bytes 0-9/10',
    'bytes 3-9/10',
    'bytes 5-9/10',
    'bytes 4-9/11',
    'bytes 4-9',
    'bytes */10',
    'bytes=4-9/10',
    'bytes 04-9/10',
    'bytes 4-9/10, bytes 4-9/10',
    'items 4-9/10',
    '',
  ])('that broke off does not go on with the part %s', (range) => {
    expect(() => broken('10').begin(part(range))).toThrow(code('registry/protocol'));
  });

  test('that broke off may go on with any whole when the first answer named none', () => {
    expect(() => broken().begin(part('bytes 4-9/11'))).not.toThrow();
  });

  test('that has not begun does not begin with a part', () => {
    expect(() => new BoundedBody(10, 'It').begin(part('bytes 0-9/10'))).toThrow(code('registry/protocol'));
  });

  test('stays within its bound over all of its parts', () => {
    const body = broken('10');
    body.begin(part('bytes 4-9/*'));
    expect(() => body.push(Buffer.alloc(7))).toThrow(code('registry/protocol'));
  });

  test('that comes whole again, or is forgotten, begins anew', () => {
    const body = broken();
    body.begin(whole);
    body.push(bytes);
    expect(body.take().bytes).toEqual(bytes);
    body.clear();
    expect(body.take()).toEqual({ bytes: Buffer.alloc(0), digest: digestOf('') });
  });

  test('is the same wherever it breaks off, and however it is cut into pieces', () => {
    const cuts = fc.array(fc.record({ piece: fc.nat(5), breaks: fc.boolean() }), { maxLength: 12 });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), cuts, (content, steps) => {
        const body = new BoundedBody(content.byteLength, 'It');
        body.begin(whole);
        for (const { piece, breaks } of steps) {
          body.push(content.subarray(body.length, body.length + piece));
          if (breaks && body.length > 0) body.begin(part(`bytes ${body.length}-${content.byteLength}/*`));
        }
        body.push(content.subarray(body.length));
        expect(body.take()).toEqual({ bytes: Buffer.from(content), digest: digestOf(content) });
      }),
    );
  });
});
