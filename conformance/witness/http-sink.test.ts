import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HttpSink } from './http-sink.ts';

let sink: HttpSink;
beforeEach(async () => {
  sink = await HttpSink.open();
});
afterEach(() => sink.close());

describe('the collector of the kit', () => {
  test('keeps every body that arrives whole', async () => {
    for (const body of ['{"a":1}', 'text']) {
      const response = await fetch(`${sink.origin}/v1/logs`, { method: 'POST', body });
      expect(response.status).toBe(200);
    }
    await fetch(sink.origin);
    expect(sink.delivered).toEqual(['{"a":1}', 'text']);
  });

  test('refuses a body that is too large, and keeps none of it', async () => {
    const sending = fetch(sink.origin, { method: 'POST', body: 'x'.repeat(5 * 2 ** 20) });
    const status = await sending.then(
      (response) => response.status,
      () => 413,
    );
    expect(status).toBe(413);
    expect(sink.delivered).toEqual([]);
  });

  test('takes a body of 4 MiB, the largest there is', async () => {
    const body = 'x'.repeat(4 * 2 ** 20);
    expect((await fetch(sink.origin, { method: 'POST', body })).status).toBe(200);
    expect(sink.delivered).toEqual([body]);
  });

  test('keeps nothing of a body that breaks off', async () => {
    const { port } = new URL(sink.origin);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nhost: sink\r\ncontent-length: 100\r\n\r\n{"mark":');
    await new Promise<void>((resolve) => socket.once('ready', resolve));
    socket.destroy();
    await fetch(sink.origin, { method: 'POST', body: 'whole' });
    expect(sink.delivered).toEqual(['whole']);
  });

  test('stands on this machine only, and takes nothing once it is closed', async () => {
    expect(new URL(sink.origin).hostname).toBe('127.0.0.1');
    const other = await HttpSink.open();
    const { origin } = other;
    expect(origin).not.toBe(sink.origin);
    await other.close();
    await expect(fetch(origin, { method: 'POST', body: 'late' })).rejects.toThrow();
    expect(other.delivered).toEqual([]);
  });
});
