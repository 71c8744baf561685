import { GreenticError } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { BrokenConnection, requestFailure, statusFailure } from './failure.ts';

const coded = (code: unknown, name = 'Error') => Object.assign(new Error('what the system says'), { code, name });
const wrapped = (cause: unknown) => new TypeError('fetch failed', { cause });
const fail = (error: unknown, signal?: AbortSignal) => requestFailure(error, 'registry.example', signal);

describe('a request that failed', () => {
  test.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'EAI_AGAIN',
    'UND_ERR_SOCKET',
    'UND_ERR_CONNECT_TIMEOUT',
  ])('for %s may be made again, however deep that is', (code) => {
    const several = new AggregateError([coded(code), coded('EHOSTUNREACH')]);
    for (const error of [coded(code), wrapped(coded(code)), wrapped(wrapped(several))])
      expect(fail(error)).toBeInstanceOf(BrokenConnection);
  });

  test.each([
    ['CERT_HAS_EXPIRED', 'registry/tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'registry/tls'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'registry/tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'registry/tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'registry/tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'registry/tls'],
    ['EPROTO', 'registry/tls'],
    ['UND_ERR_HEADERS_OVERFLOW', 'registry/protocol'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'registry/protocol'],
    ['UND_ERR_BODY_TIMEOUT', 'registry/unreachable'],
    ['ENOTFOUND', 'registry/unreachable'],
    ['EHOSTUNREACH', 'registry/unreachable'],
    [undefined, 'registry/unreachable'],
    [11, 'registry/unreachable'],
  ])('for %s is %s, and is not made again', (code, expected) => {
    const failure = fail(wrapped(coded(code)));
    expect(failure).toMatchObject({ code: expected });
    expect(failure.message).toContain('registry.example');
    expect(failure.message).not.toContain('what the system says');
  });

  test('because its answer is no HTTP is registry/protocol, with a code and without', () => {
    expect(fail(coded(undefined, 'HTTPParserError'))).toMatchObject({ code: 'registry/protocol' });
    expect(fail(coded('HPE_INVALID_CONSTANT', 'HTTPParserError')).message).toContain('HPE_INVALID_CONSTANT');
  });

  test('because its time ran out is registry/unreachable; because whoever asked gave up, call/cancelled', () => {
    const late = new DOMException('late', 'TimeoutError');
    expect(fail(late)).toMatchObject({ code: 'registry/unreachable' });
    expect(fail(late, new AbortController().signal)).toMatchObject({ code: 'registry/unreachable' });
    expect(fail(coded('ECONNRESET'), AbortSignal.abort())).toMatchObject({ code: 'call/cancelled' });
  });

  test('for a reason of our own keeps it', () => {
    const own = new GreenticError('blob/size-mismatch', 'own');
    expect(fail(own, AbortSignal.abort())).toBe(own);
    const broken = new BrokenConnection('own');
    expect(fail(broken)).toBe(broken);
  });

  test('for causes without an end is a failure all the same', () => {
    const endless = new Error('endless');
    endless.cause = endless;
    expect(fail(endless)).toMatchObject({ code: 'registry/unreachable' });
    expect(fail('no error at all')).toMatchObject({ code: 'registry/unreachable' });
  });
});

describe('an answer that is no success', () => {
  test.each([
    [401, 'registry/access-denied'],
    [403, 'registry/access-denied'],
    [429, 'registry/rate-limited'],
    [408, 'registry/unreachable'],
    [500, 'registry/unreachable'],
    [599, 'registry/unreachable'],
    [304, 'registry/protocol'],
    [400, 'registry/protocol'],
    [418, 'registry/protocol'],
  ])('of %i is %s, and says what was asked', (status, code) => {
    const failure = statusFailure(status, 'GET /v2/a', 'registry.example', 'DENIED');
    expect(failure).toMatchObject({ code, message: `registry.example answered ${status} DENIED to GET /v2/a.` });
  });

  test('for want of an account names the host to log in to', () => {
    expect(statusFailure(401, 'GET /v2/a', 'registry.example:5000', '').hint).toContain(
      'docker login registry.example:5000',
    );
  });
});
