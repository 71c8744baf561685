import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LogLine } from '../broker/ports.ts';
import type { Grant } from '../model/permission.ts';
import type { SandboxEnd } from '../sandbox/engine.ts';
import { HOST_LIMITS } from './limits.ts';
import { ScriptedEngine } from './scripted-engine.fixture.ts';
import { Session } from './session.ts';

const MESSAGE_BYTES = 2000;
const grants: Grant[] = [{ kind: 'kv', binding: 'b', quotaBytes: 4096 }, { kind: 'log' }];

let dataDir: string;
let lines: LogLine[];
let ends: SandboxEnd[];
let engine: ScriptedEngine;
const rejections: unknown[] = [];
const onRejection = (reason: unknown) => rejections.push(reason);

beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'hostile-call-'));
  lines = [];
  ends = [];
  rejections.length = 0;
  process.on('unhandledRejection', onRejection);
  engine = new ScriptedEngine();
  new Session({
    engine,
    module: '',
    identity: { environment: 'test', name: 'acme.state.suspect', version: '1.0.0' },
    grants,
    answers: {},
    ports: { dataDir, log: (line) => lines.push(line) },
    sandboxLimits: { memoryMib: 64, cpuMs: 1000, messageBytes: MESSAGE_BYTES },
    limits: { ...HOST_LIMITS, messageBytes: MESSAGE_BYTES },
    hangMs: 60_000,
    onEnd: (end) => ends.push(end),
  });
});

afterEach(() => {
  process.off('unhandledRejection', onRejection);
  rmSync(dataDir, { recursive: true });
});

/** What the pack hears back about one call. */
async function answerTo(id: number, port: string, method: string, args: unknown): Promise<Record<string, unknown>> {
  engine.says({ t: 'call', id, port, method, args });
  await expect.poll(() => engine.heard.some((message) => message['id'] === id), { interval: 1 }).toBe(true);
  return engine.heard.find((message) => message['id'] === id) ?? {};
}

describe('a call that is refused at great length', () => {
  const long = 'k'.repeat(1200);

  test.each([
    ['one key nobody knows', { [long]: 1 }],
    [
      'many keys nobody knows',
      Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`key-${i}-${'x'.repeat(8)}`, 1])),
    ],
    ['a key of many lines', { ['\n'.repeat(600)]: 1 }],
    ['a key whose bytes are more than its characters', { ['€'.repeat(500)]: 1 }],
  ])('for %s is still answered within the limit, and nothing of the host breaks', async (_, args) => {
    const answer = await answerTo(1, 'kv', 'get', args);
    expect(answer).toMatchObject({ t: 'result', ok: false, error: { code: 'input/invalid' } });
    expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThanOrEqual(MESSAGE_BYTES);
    expect(rejections).toEqual([]);
    expect(ends).toEqual([]);
    expect(await answerTo(2, 'kv', 'get', { binding: 'b', key: 'k' })).toMatchObject({ ok: true, value: null });
  });

  test.each([
    ['a port', 'p'.repeat(32), 'get', {}],
    ['a method', 'kv', 'm'.repeat(32), {}],
    ['a binding', 'kv', 'get', { binding: long, key: 'k' }],
    ['an address', 'http', 'fetch', { url: `https://h/${long}`, method: 'GET', headers: [], body: null }],
    ['a method of HTTP', 'http', 'fetch', { url: 'https://h/', method: long, headers: [], body: null }],
  ])('for %s is answered with its code', async (_, port, method, args) => {
    const answer = await answerTo(1, port, method, args);
    expect(answer).toMatchObject({
      ok: false,
      error: { code: expect.stringMatching(/^(?:permission\/denied|input\/invalid)$/) },
    });
    expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThanOrEqual(MESSAGE_BYTES);
    expect(rejections).toEqual([]);
  });

  test('writes the operator a line that is no longer either', async () => {
    await answerTo(1, 'http', 'fetch', { url: `https://h/${long}`, method: 'GET', headers: [], body: null });
    expect(lines).toHaveLength(1);
    expect(String(lines[0]?.message).length).toBeLessThan(2000);
  });
});

describe('whatever a pack asks', () => {
  const port = fc.constantFrom(
    'kv',
    'log',
    'console',
    'http',
    'secret',
    'seal',
    'workers',
    '__proto__',
    'constructor',
    '',
  );
  const method = fc.constantFrom(
    'get',
    'list',
    'commit',
    'write',
    'fetch',
    'value',
    'wrap',
    '__proto__',
    'toString',
    '',
  );
  const field = fc.constantFrom(
    'binding',
    'key',
    'prefix',
    'limit',
    'writes',
    'checks',
    'level',
    'message',
    'url',
    'x',
  );
  const value = fc.oneof(
    fc.constantFrom('b', 'k', '', 'info', 1, 0, -1, 'x'.repeat(500)),
    fc.constant([{ key: 'k', value: 'v' }]),
    fc.constant([{ key: 'k', version: 0 }]),
    fc.jsonValue({ maxDepth: 2 }).filter((each) => !JSON.stringify(each).includes('__proto__')),
  );

  test('each call is answered once, in a message within the limit, with a value or a code; nothing else happens', async () => {
    let id = 0;
    await fc.assert(
      fc.asyncProperty(
        port,
        method,
        fc.oneof(fc.dictionary(field, value), fc.jsonValue({ maxDepth: 1 })),
        async (p, m, args) => {
          fc.pre(!JSON.stringify(args).includes('__proto__'));
          const answer = await answerTo(++id, p, m, args);
          expect(Object.keys(answer).toSorted()).toEqual(
            answer['ok'] === true ? ['id', 'ok', 't', 'value'] : ['error', 'id', 'ok', 't'],
          );
          expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThanOrEqual(MESSAGE_BYTES);
          expect(engine.heard.filter((message) => message['id'] === id)).toHaveLength(1);
        },
      ),
      { numRuns: 300 },
    );
    expect(rejections).toEqual([]);
    expect(ends).toEqual([]);
  });
});
