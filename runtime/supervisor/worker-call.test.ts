import { GreenticError } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { sampleBundle } from '../testing/sample-bundle.ts';
import { ask, SupervisorBed } from '../testing/supervisor-bed.ts';
import { answerCall } from './worker-call.ts';

const bundle = sampleBundle(
  `
  const text = async (work) => { try { return await work(); } catch (error) { return error.code + ': ' + error.message; } };
  let refused = 0;
  const count = (outcome) => { refused += String(outcome).startsWith('limit/concurrency') ? 1 : 0; };
  export default {
    async fetch(request, { state, secrets, sessions, telemetry }) {
      const { pathname } = new URL(request.url);
      if (pathname === '/many') {
        await Promise.all(Array.from({ length: 80 }, () => text(() => state.get('slow')).then(count)));
      }
      if (pathname !== '/') return Response.json(refused);
      const key = Array.from(await secrets.get('webhook-key'));
      return Response.json({
        put: await state.put('a', 'b', { ifRevision: 0 }),
        key,
        other: await text(() => secrets.get('other')),
        session: await sessions.put('s', 'v', { ttlSeconds: 60 }),
        log: await telemetry.log('seen', { customer: 'globex' }),
        conflict: await text(() => state.get('conflict')),
        foreign: await text(() => state.get('foreign')),
      });
    },
  };
`,
  { needs: ['state', 'secrets', 'sessions', 'telemetry'], secrets: ['webhook-key'] },
);

describe('a worker’s call', () => {
  test('reaches the pack as a call of the slot’s contract, for the worker’s own customer', async () => {
    const calls: unknown[] = [];
    await using bed = new SupervisorBed();
    await bed.open({
      onCall: async (facts, slot, method, input) => {
        calls.push([facts.revision, slot, method, input]);
        const { key } = input as { key?: string };
        if (key === 'desk/data/conflict') throw new GreenticError('state/conflict', 'Revision 2 by now.');
        if (key === 'desk/data/foreign') throw new Error('internal address 10.0.0.1');
        if (slot === 'secrets') return { value: 'AQID', version: 1 };
        return slot === 'telemetry' ? { accepted: 1 } : { revision: 1 };
      },
    });
    const { text } = await ask(await bed.run(bundle, bundle.spec(3, 'globex')));
    expect(JSON.parse(text)).toEqual({
      put: { revision: 1 },
      key: [1, 2, 3],
      other: 'permission/denied: bundle.json does not list "other" in "secrets".',
      conflict: 'state/conflict: Revision 2 by now.',
      foreign: 'internal/unforeseen: Something went wrong that nobody foresaw.',
    });
    expect(calls.slice(0, 2)).toEqual([
      ['desk.globex.3', 'secrets', 'get', { tenant: 'globex', name: 'webhook-key' }],
      ['desk.globex.3', 'state', 'put', { tenant: 'globex', key: 'desk/data/a', value: 'b', ifRevision: 0 }],
    ]);
  });

  test('beyond the sixteenth at once is refused with limit/concurrency', async () => {
    await using bed = new SupervisorBed();
    const gate = Promise.withResolvers<{ entry: null }>();
    let waiting = 0;
    await bed.open({
      onCall: () => {
        waiting++;
        return gate.promise;
      },
    });
    const endpoint = await bed.run(bundle);
    const answer = ask(endpoint, '/many');
    // All are decided while the gate is shut: an early end of one of the sixteen would let in another.
    await eventually(async () => (await ask(endpoint, '/refused')).text === '64');
    gate.resolve({ entry: null });
    expect((await answer).text).toBe('64');
    expect(waiting).toBe(16);
  });

  test('after sixteen that have ended is taken: the limit is of calls at once', async () => {
    await using bed = new SupervisorBed();
    const three = sampleBundle(
      `export default {
        async fetch(_request, { state }) {
          for (let n = 0; n < 40; n++) await state.get('k' + n);
          return new Response('forty');
        },
      };`,
      { needs: ['state'] },
    );
    await bed.open({ onCall: async () => ({ entry: null }) });
    expect((await ask(await bed.run(three))).text).toBe('forty');
  });

  test('that takes too long ends with limit/deadline, whatever becomes of it', async () => {
    const tenancy = {
      facts: { ...bundle.spec(), environment: 'local' },
      manifest: { needs: ['state' as const], secrets: [] },
      now: new Date(0),
    };
    const request = { t: 'call', id: 7, slot: 'state', method: 'get', input: { key: 'a' } } as const;
    const reply = await answerCall(request, tenancy, () => new Promise(() => undefined), 10);
    expect(reply).toMatchObject({ t: 'reply', id: 7, ok: false, error: { code: 'limit/deadline' } });
  });

  describe('is answered with no more than a code and a message', () => {
    const tenancy = {
      facts: { ...bundle.spec(), environment: 'local' },
      manifest: { needs: ['state' as const, 'sessions' as const, 'telemetry' as const], secrets: [] },
      now: new Date(0),
    };
    const call = (slot: string, method: string, input: unknown) => ({ t: 'call', id: 3, slot, method, input }) as const;
    const get = call('state', 'get', { key: 'a' });
    const error = (code: string, message: unknown = expect.any(String)) => ({ ok: false, error: { code, message } });

    test.each<[string, Parameters<typeof answerCall>[0], () => Promise<unknown>, object]>([
      [
        'a value',
        get,
        async () => ({ entry: { value: 'v', revision: 1 } }),
        { ok: true, value: { value: 'v', revision: 1 } },
      ],
      ['nothing, as null', get, async () => ({ entry: undefined }), { ok: true, value: null }],
      [
        'a refusal without its details and its hint',
        get,
        async () =>
          Promise.reject(new GreenticError('state/conflict', 'No.', { details: { path: '/srv' }, hint: 'Ask.' })),
        error('state/conflict', 'No.'),
      ],
      [
        'a failure nobody foresaw',
        get,
        async () => Promise.reject(new TypeError('/srv/x')),
        error('internal/unforeseen'),
      ],
      ['an answer that is none', get, async () => null, error('internal/unforeseen')],
      ['a call the worker may not make', call('deployer', 'stage', {}), async () => ({}), error('permission/denied')],
      ['a call that is malformed', call('state', 'get', { key: 1 }), async () => ({}), error('input/invalid')],
      [
        'a record the pack did not take',
        call('telemetry', 'export', { kind: 'log', name: 'n', timeMs: 0, attributes: {} }),
        async () => ({ accepted: 0 }),
        error('pack/failed'),
      ],
      [
        'a session entry that is broken',
        call('sessions', 'get', { session: 's' }),
        async () => ({ entry: { value: '{"value":"v"}', revision: 1 } }),
        error('internal/unforeseen'),
      ],
    ])('%s', async (_what, request, onCall, answer) => {
      const reply = await answerCall(request, tenancy, onCall, 10_000);
      expect(reply).toEqual({ t: 'reply', id: 3, ...answer });
      expect(JSON.stringify(reply)).not.toContain('/srv');
    });
  });
});
