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
});
