import { describe, expect, test } from 'vitest';
import { passHead, passTrailers } from './response-head.ts';

describe('a worker’s answer', () => {
  test('goes on with its lines, each value of a list on a line of its own', () => {
    expect(passHead({ 'content-type': 'text/plain', 'set-cookie': ['a=1', 'b=2'], etag: '"x"' })).toEqual([
      'content-type',
      'text/plain',
      'set-cookie',
      'a=1',
      'set-cookie',
      'b=2',
      'etag',
      '"x"',
    ]);
  });

  test.each([
    'connection',
    'keep-alive',
    'proxy-connection',
    'proxy-authenticate',
    'transfer-encoding',
    'te',
    'upgrade',
    'x-greentic-revision',
    'x-greentic-generation',
  ])('goes on without %s', (name) => {
    expect(passHead({ [name]: 'close', etag: '"x"' })).toEqual(['etag', '"x"']);
  });

  test('goes on without what its Connection line names, in any case', () => {
    const headers = { connection: 'close, X-Secret , x-other', 'x-secret': '1', 'x-other': '2', 'x-kept': '3' };
    expect(passHead(headers)).toEqual(['x-kept', '3']);
    expect(passHead({ connection: ['x-secret', 'close'], 'x-secret': '1' })).toEqual([]);
  });

  test.each(['keep-alive', 'close'])('loses nothing to a plain Connection: %s', (connection) => {
    expect(passHead({ connection, 'x-kept': '3' })).toEqual(['x-kept', '3']);
  });

  test('has no line for what is undefined', () => {
    expect(passHead({ etag: undefined })).toEqual([]);
  });
});

describe('a worker’s trailers', () => {
  test('go on but for those that frame, or are the router’s', () => {
    const trailers = {
      'content-length': '3',
      'transfer-encoding': 'chunked',
      'x-greentic-revision': 'shop.acme.9',
      gone: undefined,
      'grpc-status': '0',
      digest: ['a', 'b'],
    };
    expect(passTrailers(trailers)).toEqual([
      ['grpc-status', '0'],
      ['digest', 'a,b'],
    ]);
  });
});
