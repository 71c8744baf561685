import { describe, expect, test } from 'vitest';
import { CallBook } from './call.ts';
import { createContext } from './context.ts';
import type { WorkerMessage } from './message.ts';

const identity = { environment: 'local', customer: 'acme', deployment: 'desk.acme', revision: 'desk.acme.1' };
const now = () => new Date(1000);

function recording(answer: unknown) {
  const asked: unknown[][] = [];
  const ask = async (...request: unknown[]) => {
    asked.push(request);
    return answer;
  };
  return { asked, ask };
}

describe('what a handler gets', () => {
  test.each(['state', 'sessions', 'secrets', 'telemetry'] as const)(
    'refuses %s with permission/denied unless the bundle needs it',
    (slot) => {
      const { ask } = recording(null);
      const without = ['state', 'sessions', 'secrets', 'telemetry'].filter((need) => need !== slot);
      const context = createContext(identity, without, ask, now);
      expect(() => context[slot]).toThrow(expect.objectContaining({ code: 'permission/denied' }));
      expect(createContext(identity, [slot], ask, now)[slot]).toBeTypeOf('object');
    },
  );

  test('cannot be changed by the bundle', () => {
    const context = createContext(identity, [], recording(null).ask, now);
    expect(Object.isFrozen(context) && Object.isFrozen(context.identity)).toBe(true);
  });

  test('asks for each ability with exactly what the supervisor expects', async () => {
    const { asked, ask } = recording(Buffer.from('key').toString('base64'));
    const { state, sessions, secrets, telemetry } = createContext(
      identity,
      ['state', 'sessions', 'secrets', 'telemetry'],
      ask,
      now,
    );
    await state.get('a');
    await state.put('a', 'b', { ifRevision: 0 });
    await state.delete('a');
    await state.list('p', { after: 'q' });
    await sessions.get('s');
    await sessions.put('s', 'v', { ttlSeconds: 60 });
    await sessions.delete('s');
    expect(new TextDecoder().decode(await secrets.get('name'))).toBe('key');
    await telemetry.log('opened', { n: 1 });
    await telemetry.metric('count', 2);
    await telemetry.span('work', 3);
    const wire = JSON.parse(JSON.stringify(asked));
    expect(wire).toEqual([
      ['state', 'get', { key: 'a' }],
      ['state', 'put', { key: 'a', value: 'b', ifRevision: 0 }],
      ['state', 'delete', { key: 'a' }],
      ['state', 'list', { prefix: 'p', after: 'q', limit: 100 }],
      ['sessions', 'get', { session: 's' }],
      ['sessions', 'put', { session: 's', value: 'v', ttlSeconds: 60 }],
      ['sessions', 'delete', { session: 's' }],
      ['secrets', 'get', { name: 'name' }],
      ['telemetry', 'export', { kind: 'log', name: 'opened', attributes: { n: 1 }, timeMs: 1000 }],
      ['telemetry', 'export', { kind: 'metric', name: 'count', attributes: {}, timeMs: 1000, value: 2 }],
      ['telemetry', 'export', { kind: 'span', name: 'work', attributes: {}, timeMs: 1000, durationMs: 3 }],
    ]);
  });
});

describe('an ability', () => {
  test('asks for no more than it was told: what is left out is not sent', async () => {
    const { asked, ask } = recording({});
    const { state, telemetry } = createContext(identity, ['state', 'telemetry'], ask, now);
    await state.put('k', 'v');
    await state.list('p', { limit: 5 });
    await telemetry.log('n');
    expect(JSON.parse(JSON.stringify(asked))).toEqual([
      ['state', 'put', { key: 'k', value: 'v' }],
      ['state', 'list', { prefix: 'p', limit: 5 }],
      ['telemetry', 'export', { kind: 'log', name: 'n', attributes: {}, timeMs: 1000 }],
    ]);
  });

  test('gives nothing where there is nothing to tell', async () => {
    const { ask } = recording({ leaked: true });
    const { sessions, telemetry } = createContext(identity, ['sessions', 'telemetry'], ask, now);
    expect(await sessions.put('s', 'v', { ttlSeconds: 1 })).toBeUndefined();
    expect(await sessions.delete('s')).toBeUndefined();
    expect(await telemetry.span('n', 1)).toBeUndefined();
  });

  test('gives secrets as bytes, each of them', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const { ask } = recording(Buffer.from(bytes).toString('base64'));
    expect(await createContext(identity, ['secrets'], ask, now).secrets.get('n')).toEqual(bytes);
  });

  test('stamps a record with the time at which it was told, and the caller’s word does not change it', async () => {
    const { asked, ask } = recording({});
    let ms = 5;
    const { telemetry } = createContext(identity, ['telemetry'], ask, () => new Date(ms));
    await telemetry.log('a', { timeMs: 1, kind: 'metric' });
    ms = 6;
    await telemetry.metric('b', 1);
    expect(asked.map(([, , input]) => (input as { timeMs: number }).timeMs)).toEqual([5, 6]);
    expect(asked[0]?.[2]).toMatchObject({ kind: 'log', attributes: { timeMs: 1, kind: 'metric' } });
  });

  test('is told of its identity by a copy: whoever changes the original changes nothing', () => {
    const own = { ...identity };
    const context = createContext(own, [], recording(null).ask, now);
    own.customer = 'globex';
    expect(context.identity.customer).toBe('acme');
  });
});

describe('calls to the supervisor', () => {
  test('get their own answers, in whatever order these come', async () => {
    const sent: WorkerMessage[] = [];
    const book = new CallBook((message) => sent.push(message));
    const first = book.ask('state', 'get', { key: 'a' });
    const second = book.ask('state', 'get', { key: 'b' });
    book.settle({ t: 'reply', id: 1, ok: false, error: { code: 'limit/deadline', message: 'Late.' } });
    book.settle({ t: 'reply', id: 0, ok: true, value: 'x' });
    book.settle({ t: 'reply', id: 0, ok: true, value: 'again' });
    expect(await first).toBe('x');
    await expect(second).rejects.toMatchObject({ code: 'limit/deadline', message: 'Late.' });
    expect(sent).toHaveLength(2);
  });

  test('that are too large are refused with input/too-large before they are sent', async () => {
    const sent: WorkerMessage[] = [];
    const book = new CallBook((message) => sent.push(message));
    await expect(book.ask('state', 'put', { value: 'x'.repeat(700_000) })).rejects.toMatchObject({
      code: 'input/too-large',
    });
    expect(sent).toEqual([]);
  });

  test('of 600 Ki characters are sent, and of one more refused; a refused one takes no number', async () => {
    const sent: WorkerMessage[] = [];
    const book = new CallBook((message) => sent.push(message));
    const room = 600 * 1024 - JSON.stringify({ value: '' }).length;
    await expect(book.ask('state', 'put', { value: 'x'.repeat(room + 1) })).rejects.toThrow('too large');
    void book.ask('state', 'put', { value: 'x'.repeat(room) });
    expect(sent).toMatchObject([{ t: 'call', id: 0, slot: 'state', method: 'put' }]);
  });

  test('are numbered one after the other, so that no answer is taken for another’s', async () => {
    const sent: WorkerMessage[] = [];
    const book = new CallBook((message) => sent.push(message));
    const calls = Array.from({ length: 5 }, (_, i) => book.ask('state', 'get', { key: `k${i}` }));
    expect(sent.map((message) => message.t === 'call' && message.id)).toEqual([0, 1, 2, 3, 4]);
    for (const id of [3, 1, 4, 0, 2]) book.settle({ t: 'reply', id, ok: true, value: `v${id}` });
    expect(await Promise.all(calls)).toEqual(['v0', 'v1', 'v2', 'v3', 'v4']);
  });

  test('hear nothing of answers to calls that nobody made', () => {
    const book = new CallBook(() => undefined);
    const stray = { code: 'limit/deadline', message: 'Late.' };
    expect(() => book.settle({ t: 'reply', id: 9, ok: true, value: 1 })).not.toThrow();
    expect(() => book.settle({ t: 'reply', id: 9, ok: false, error: stray })).not.toThrow();
  });
});
