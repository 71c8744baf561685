import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BrokerPorts, LogLine } from '../broker/ports.ts';
import type { Grant } from '../model/permission.ts';
import type { SandboxEnd } from '../sandbox/engine.ts';
import { HOSTILE } from './hostile-message.fixture.ts';
import { HOST_LIMITS, type HostLimits } from './limits.ts';
import { ScriptedEngine } from './scripted-engine.fixture.ts';
import { Session } from './session.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const kv: Grant = { kind: 'kv', binding: 'b', quotaBytes: 2 ** 24 };

let dataDir: string;
let lines: LogLine[];
let ends: SandboxEnd[];

beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'session-'));
  lines = [];
  ends = [];
});

afterEach(() => rmSync(dataDir, { recursive: true }));

interface Variation {
  readonly grants?: readonly Grant[];
  readonly limits?: Partial<HostLimits>;
  readonly ports?: Partial<BrokerPorts>;
  readonly hangMs?: number;
}

function start({ grants = [], limits = {}, ports = {}, hangMs = 60_000 }: Variation = {}) {
  const engine = new ScriptedEngine();
  const session = new Session({
    engine,
    module: '',
    identity: { environment: 'test', name: 'acme.state.suspect', version: '1.0.0' },
    grants,
    answers: { size: 3 },
    ports: { dataDir, log: (line) => lines.push(line), ...ports },
    sandboxLimits: { memoryMib: 64, cpuMs: 1000, messageBytes: 1000 },
    limits: { ...HOST_LIMITS, ...limits },
    hangMs,
    onEnd: (end) => ends.push(end),
  });
  const invoke = (options: { deadlineMs?: number; signal?: AbortSignal } = {}, input: unknown = {}) =>
    session.request(
      { t: 'invoke', method: 'get', input },
      { allowed: ['state/conflict'], deadlineMs: 60_000, ...options },
    );
  return { engine, session, invoke };
}

const call = (id: number, args: object, port = 'kv', method = 'get') => ({ t: 'call', id, port, method, args });
const get = (id: number, key = 'k') => call(id, { binding: 'b', key });

describe('a request', () => {
  test('carries its id right after its type, and gets the answer under it', async () => {
    const { engine, invoke } = start();
    const [first, second] = [invoke(), invoke({}, { key: '{"t":"invoke"' })];
    expect(engine.heard.map((message) => Object.keys(message).slice(0, 2))).toEqual([
      ['t', 'id'],
      ['t', 'id'],
    ]);
    expect(engine.heard[1]).toEqual({ t: 'invoke', id: 2, method: 'get', input: { key: '{"t":"invoke"' } });
    engine.says({ t: 'reply', id: 2, ok: true, value: 'two' });
    engine.says({ t: 'reply', id: 1, ok: false, error: { code: 'state/conflict', message: 'one' } });
    expect(await second).toBe('two');
    await expect(first).rejects.toThrow(code('state/conflict'));
    expect(ends).toEqual([]);
  });

  test('over the message limit is refused before it is sent', async () => {
    const { engine, invoke } = start({ limits: { messageBytes: 100 } });
    await expect(invoke({}, 'é'.repeat(60))).rejects.toThrow(code('limit/message'));
    expect(engine.heard).toEqual([]);
  });

  test('over the number of calls is refused, and none is sent', async () => {
    const { engine, invoke } = start({ limits: { calls: 1 } });
    const first = invoke();
    await expect(invoke()).rejects.toThrow(code('limit/concurrency'));
    expect(engine.told('invoke')).toHaveLength(1);
    engine.says({ t: 'reply', id: 1, ok: true, value: null });
    expect(await first).toBeNull();
  });

  test('past its deadline fails alone: the pack is told, and its late answer is dropped', async () => {
    const { engine, invoke } = start();
    await expect(invoke({ deadlineMs: 1 })).rejects.toThrow(code('limit/deadline'));
    expect(engine.told('abort')).toEqual([{ t: 'abort', id: 1 }]);
    engine.says({ t: 'reply', id: 1, ok: true, value: 'late' });
    const next = invoke();
    engine.says({ t: 'reply', id: 2, ok: true, value: 'next' });
    expect(await next).toBe('next');
    expect(ends).toEqual([]);
  });

  test('that hangs for longer than the pack may ends the session with limit/deadline', async () => {
    const { engine, invoke } = start({ hangMs: 20 });
    await expect(invoke({ deadlineMs: 1 })).rejects.toThrow(code('limit/deadline'));
    await expect.poll(() => ends, { timeout: 5000 }).toEqual([code('limit/deadline')]);
    expect(engine.kills).toBe(1);
    await expect(invoke()).rejects.toThrow(code('limit/deadline'));
  });

  test('that is cancelled fails with call/cancelled, and the pack is told once', async () => {
    const { engine, invoke } = start();
    const abort = new AbortController();
    const pending = invoke({ signal: abort.signal });
    abort.abort();
    abort.abort();
    await expect(pending).rejects.toThrow(code('call/cancelled'));
    expect(engine.told('abort')).toEqual([{ t: 'abort', id: 1 }]);
  });

  test('that was cancelled before it began never reaches the pack', async () => {
    const { engine, invoke } = start();
    await expect(invoke({ signal: AbortSignal.abort() })).rejects.toThrow(code('call/cancelled'));
    expect(engine.heard).toEqual([]);
  });

  test('after the end fails with what ended it', async () => {
    const { engine, invoke } = start();
    const pending = invoke();
    engine.events?.end({ code: 'limit/memory', message: 'Too much.' });
    await expect(pending).rejects.toThrow(code('limit/memory'));
    await expect(invoke()).rejects.toThrow(expect.objectContaining({ code: 'limit/memory', message: 'Too much.' }));
    expect(ends).toHaveLength(1);
  });
});

describe('opening', () => {
  test('hands over environment, answers and placeholders, and no value', async () => {
    const secret: Grant = { kind: 'secret', binding: 'token', access: 'use', towards: 'api', secret: 'prod/token' };
    const { engine, session } = start({ grants: [secret], ports: { secrets: async () => Buffer.from('hunter2') } });
    const opened = session.open();
    engine.says({ t: 'reply', id: 1, ok: true, value: null });
    await opened;
    expect(engine.heard).toEqual([
      {
        t: 'open',
        id: 1,
        environment: 'test',
        answers: { size: 3 },
        placeholders: { token: expect.stringMatching(/^__secret_token_[0-9a-f]{32}__$/) },
      },
    ]);
  });

  test.each([
    [{ message: 'No such size.' }, 'pack/open-failed', 'acme.state.suspect refused to open: No such size.'],
    [{ code: 'pack/open-failed', message: 'Empty.' }, 'pack/open-failed', 'Empty.'],
    [
      { code: 'trust/threshold', message: 'm' },
      'pack/open-failed',
      'acme.state.suspect refused to open: m (trust/threshold)',
    ],
  ])('that fails with %j is %s', async (error, wanted, message) => {
    const { engine, session } = start();
    const opened = session.open();
    engine.says({ t: 'reply', id: 1, ok: false, error });
    await expect(opened).rejects.toThrow(expect.objectContaining({ code: wanted, message }));
  });

  test('that takes too long is limit/deadline', async () => {
    const { session } = start({ limits: { openMs: 1 } });
    await expect(session.open()).rejects.toThrow(code('limit/deadline'));
    session.kill();
  });
});

describe('a hostile sandbox', () => {
  test.each<readonly [reason: string, text: string]>([
    ...HOSTILE.filter(([reason]) => reason !== 'more than the limit'),
    ['an answer to a call nobody made', '{"t":"reply","id":9,"ok":true,"value":1}'],
    ['a failure of a call nobody made', '{"t":"reply","id":0,"ok":false,"error":{"message":"m"}}'],
  ])('that sends %s ends its session with pack/protocol, once, and nothing else', async (_, text) => {
    const [hostile, other] = [start(), start()];
    const [pending, unharmed] = [hostile.invoke(), other.invoke()];
    hostile.engine.says(text);
    await expect(pending).rejects.toThrow(code('pack/protocol'));
    expect(hostile.engine.kills).toBe(1);
    expect(ends).toEqual([code('pack/protocol')]);
    other.engine.says({ t: 'reply', id: 1, ok: true, value: 'alive' });
    expect(await unharmed).toBe('alive');
  });

  test('that answers a call twice ends its session; the first answer counts', async () => {
    const { engine, invoke } = start();
    const pending = invoke();
    engine.says({ t: 'reply', id: 1, ok: true, value: 'first' });
    engine.says({ t: 'reply', id: 1, ok: true, value: 'second' });
    expect(await pending).toBe('first');
    expect(ends).toEqual([code('pack/protocol')]);
  });

  test('that sends more than the limit ends its session', () => {
    const { engine } = start({ limits: { messageBytes: 1000 } });
    engine.says({ t: 'note', message: 'x'.repeat(1000) });
    expect(ends).toEqual([code('pack/protocol')]);
  });

  test('gets nothing done once its session is over', () => {
    const { engine } = start({ grants: [kv] });
    engine.says('{');
    engine.says(get(1));
    engine.says({ t: 'note', message: 'still here' });
    engine.events?.end({ code: 'pack/crashed', message: 'again' });
    expect(engine.heard).toEqual([]);
    expect(lines).toEqual([]);
    expect(ends).toHaveLength(1);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  test('that cancels what is not under way changes nothing', () => {
    const { engine } = start();
    engine.says({ t: 'cancel', id: 12 });
    expect(ends).toEqual([]);
  });
});

describe('a call of the pack to the host', () => {
  test('is answered under its id', async () => {
    const { engine, session } = start({ grants: [kv] });
    engine.says(get(5));
    await expect.poll(() => engine.heard).toEqual([{ t: 'result', id: 5, ok: true, value: null }]);
    session.kill();
  });

  test('that is refused is answered, and is a line for the operator', async () => {
    const { engine } = start();
    engine.says(get(5));
    await expect
      .poll(() => engine.heard)
      .toEqual([{ t: 'result', id: 5, ok: false, error: code('permission/denied') }]);
    expect(lines).toEqual([
      expect.objectContaining({
        pack: 'acme.state.suspect@1.0.0',
        level: 'warn',
        fields: { code: 'permission/denied', call: 'kv.get' },
        diagnostic: true,
      }),
    ]);
  });

  test('under an id that is under way, or over the number allowed, is limit/concurrency', async () => {
    const workers: Grant = { kind: 'workers' };
    const list = (id: number) => call(id, {}, 'workers', 'list');
    const never = { list: () => new Promise(() => undefined) } as unknown as NonNullable<BrokerPorts['workers']>;
    const { engine, session } = start({ grants: [workers], limits: { brokerCalls: 2 }, ports: { workers: never } });
    for (const id of [1, 1, 2, 3]) engine.says(list(id));
    await expect
      .poll(() => engine.heard)
      .toEqual([
        { t: 'result', id: 1, ok: false, error: code('limit/concurrency') },
        { t: 'result', id: 3, ok: false, error: code('limit/concurrency') },
      ]);
    session.kill();
  });

  test('whose result is larger than a message may be is limit/message, and the pack lives on', async () => {
    const { engine, session } = start({ grants: [kv], limits: { messageBytes: 1000 } });
    for (const key of ['a', 'b']) {
      engine.says(call(1, { binding: 'b', writes: [{ key, value: 'x'.repeat(600) }] }, 'kv', 'commit'));
      await expect.poll(() => engine.heard.pop()).toMatchObject({ ok: true });
    }
    engine.says(call(2, { binding: 'b', prefix: '', limit: 10 }, 'kv', 'list'));
    await expect.poll(() => engine.heard).toEqual([{ t: 'result', id: 2, ok: false, error: code('limit/message') }]);
    expect(ends).toEqual([]);
    session.kill();
  });

  test('that fails for a reason of the machine does not say which', async () => {
    const broken = { list: () => Promise.reject(new Error('ENOENT /home/operator/.key')) };
    const { engine } = start({
      grants: [{ kind: 'workers' }],
      ports: { workers: broken as unknown as NonNullable<BrokerPorts['workers']> },
    });
    engine.says(call(1, {}, 'workers', 'list'));
    const error = { code: 'internal/unforeseen', message: 'Something went wrong that nobody foresaw.' };
    await expect.poll(() => engine.heard).toEqual([{ t: 'result', id: 1, ok: false, error }]);
  });

  test('is cancelled when the pack says so, and when its session ends', async () => {
    const arrived: Socket[] = [];
    const server = createServer((request) => void arrived.push(request.socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const grant: Grant = { kind: 'http', binding: 'api', origins: [origin], methods: ['GET'], paths: ['/**'] };
    const { engine, session } = start({ grants: [grant] });
    const fetch = { binding: 'api', path: '/', method: 'GET', headers: [], body: null };
    for (const id of [1, 2]) engine.says(call(id, fetch, 'http', 'fetch'));
    await expect.poll(() => arrived.length).toBe(2);
    engine.says({ t: 'cancel', id: 1 });
    await expect.poll(() => engine.heard).toEqual([{ t: 'result', id: 1, ok: false, error: code('call/cancelled') }]);
    session.kill();
    await expect.poll(() => arrived.every((socket) => socket.destroyed)).toBe(true);
    expect(engine.heard).toHaveLength(1);
    await new Promise((resolve) => server.close(resolve));
  });

  test('whose result comes after the end of the session is dropped', async () => {
    let finish: (value: unknown) => void = () => undefined;
    const slow = { list: () => new Promise((resolve) => (finish = resolve)) };
    const { engine, session } = start({
      grants: [{ kind: 'workers' }],
      ports: { workers: slow as unknown as NonNullable<BrokerPorts['workers']> },
    });
    engine.says(call(1, {}, 'workers', 'list'));
    session.kill();
    finish({ workers: [] });
    await new Promise((resolve) => setImmediate(resolve));
    expect(engine.heard).toEqual([]);
    expect(lines).toEqual([]);
  });
});

test('a note becomes a line in the pack’s name', () => {
  const { engine } = start();
  engine.says({ t: 'note', message: 'Unhandled: boom' });
  expect(lines).toEqual([
    expect.objectContaining({
      pack: 'acme.state.suspect@1.0.0',
      message: 'Unhandled: boom',
      fields: {},
      diagnostic: true,
    }),
  ]);
});
