import type { ServerResponse } from 'node:http';
import { ERRORS, type GreenticError } from '@greentic/core';

/** The bytes of an error as HTTP: status from the table unless given, JSON `{error}`, never to be cached. */
export function refusalOf(
  error: GreenticError,
  status: number = ERRORS[error.code].http,
): { status: number; headers: string[]; body: Buffer } {
  const { code, message, hint } = error.toData();
  const body = Buffer.from(JSON.stringify({ error: { code, message, hint } }));
  const headers = [
    'content-type',
    'application/json',
    'content-length',
    String(body.byteLength),
    'cache-control',
    'no-store',
  ];
  if (status === 503) headers.push('retry-after', '1');
  return { status, headers, body };
}

/** Answers with an error; does nothing when an answer has begun. `close` ends the connection after it. */
export function refuse(
  response: ServerResponse,
  error: GreenticError,
  { close = false, lines = [] }: { close?: boolean; lines?: readonly string[] } = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const { status, headers, body } = refusalOf(error);
  if (close) headers.push('connection', 'close');
  response.writeHead(status, [...headers, ...lines]).end(body);
}
