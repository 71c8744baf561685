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
});
