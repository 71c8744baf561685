import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { LogLine } from '../broker/ports.ts';
import { digestOf } from '../digest.ts';
import { decodeManifest, type PackManifest } from '../model/manifest.ts';
import { SLOTS } from '../model/name.ts';
import { CONTRACTS } from '../slots/contract/index.ts';
import { openPack, type PackGeneration, slotClient } from './generation.ts';
import { ScriptedEngine } from './scripted-engine.fixture.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const revision = 'desk.acme.1';
const bundle = { name: 'acme.bundle.desk', version: '1.0.0', digest: `sha256:${'a'.repeat(64)}` };
const key = { tenant: 'acme', key: 'k' };
const secret = { tenant: 'acme', name: 'api/token' };
const session = { deployment: 'desk.acme', session: 's' };
const ref = { environment: 'test', revision };

/** An input and a result that each method takes. */
const GOOD: Record<string, readonly [input: object, result: object]> = {
  'state.get': [key, { entry: null }],
  'state.put': [{ ...key, value: 'v' }, { revision: 1 }],
  'state.delete': [key, { deleted: true }],
  'state.list': [
    { tenant: 'acme', prefix: '', limit: 1 },
    { keys: [], next: null },
  ],
  'secrets.get': [secret, { value: '', version: 1 }],
  'secrets.put': [{ ...secret, value: '' }, { version: 1 }],
  'secrets.delete': [secret, { deleted: false }],
  'secrets.list': [
    { tenant: 'acme', limit: 1 },
    { names: [], next: null },
  ],
  'sessions.pin': [
    { ...session, revision, ttlSeconds: 1 },
    { revision, pinned: true },
  ],
  'sessions.lookup': [session, { revision: null }],
  'sessions.extend': [{ ...session, ttlSeconds: 1 }, { extended: true }],
  'sessions.release': [session, { released: true }],
  'sessions.count': [{ deployment: 'desk.acme' }, { count: 0 }],
  'telemetry.export': [{ records: [{ kind: 'log', name: 'n', timeMs: 0, attributes: {} }] }, { accepted: 1 }],
  'telemetry.flush': [{}, {}],
  'deployer.stage': [
    { revision: { environment: 'test', revision, deployment: 'desk.acme', customer: 'acme', bundle } },
    {},
  ],
  'deployer.warm': [ref, {}],
  'deployer.observe': [{ environment: 'test', revisions: [revision] }, { revisions: [] }],
  'deployer.drain': [ref, {}],
  'deployer.archive': [ref, {}],
  'deployer.applySplit': [
    { environment: 'test', deployment: 'desk.acme', entries: [{ revision, weightBps: 10_000 }] },
    {},
  ],
  'deployer.destroy': [{ environment: 'test' }, {}],
};
const METHODS = SLOTS.flatMap((slot) => Object.keys(CONTRACTS[slot].methods).map((method) => [slot, method] as const));

let dataDir: string;
let lines: LogLine[];
let engine: ScriptedEngine;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'generation-wall-'));
  lines = [];
  engine = new ScriptedEngine();
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(dataDir, { recursive: true });
});

/** A pack of a slot whose sandbox is the test's to speak for; it opens at once. */
function packOf(slot: string): PackGeneration {
  const manifest = decodeManifest(
    JSON.stringify({
      schema: 'greentic.pack/1',
      name: `acme.${slot}.suspect`,
      version: '1.0.0',
      title: 'A suspect',
      description: 'A pack that a test wrote.',
      slot,
      contract: 1,
    }),
  ) as PackManifest;
  const { name, version } = manifest;
  const artifact = { name, version, digest: digestOf(''), manifest, module: '' };
  const ports = { dataDir, log: (line: LogLine) => void lines.push(line) };
  return openPack({ artifact, environment: 'test', grants: [], answers: {}, ports, engine });
}

async function told(type: string): Promise<Record<string, unknown>> {
  await expect.poll(() => engine.told(type).length, { interval: 1 }).toBeGreaterThan(0);
  return engine.told(type).at(-1) ?? {};
}

/** Opens the pack, and answers the one call that comes. */
async function serve(outcome: object): Promise<void> {
  engine.says({ t: 'reply', id: (await told('open'))['id'], ok: true, value: null });
  engine.says({ t: 'reply', id: (await told('invoke'))['id'], ...outcome });
}

test('the table names every method of every contract', () => {
  expect(Object.keys(GOOD).toSorted()).toEqual(METHODS.map(([slot, method]) => `${slot}.${method}`).toSorted());
});

describe.each(METHODS)('%s.%s', (slot, method) => {
  const [input, result] = GOOD[`${slot}.${method}`] ?? [{}, {}];

  test('is called with just what was given, and gives just what the pack gave', async () => {
    const outcome = packOf(slot).call(method, input);
    await serve({ ok: true, value: result });
    expect(await outcome).toEqual(result);
    expect(engine.told('invoke')[0]).toMatchObject({ method, input });
  });

  test('with a bad argument is refused before there is a sandbox', async () => {
    const pack = packOf(slot);
    const fields = Object.keys(input);
    const bad = [
      null,
      undefined,
      'text',
      [input],
      { ...input, extra: 1 },
      ...fields.map((field) => ({ ...input, [field]: { not: 'this' } })),
    ];
    for (const each of bad)
      await expect(pack.call(method, each), JSON.stringify(each)).rejects.toThrow(code('input/invalid'));
    expect(pack.pid).toBeUndefined();
    expect(engine.heard).toEqual([]);
  });

  test.each([
    ['more', { ...result, extra: 1 }],
    ['nothing', null],
    ['a list', [result]],
    ['a text', 'done'],
  ])('that gives %s than its contract says is pack/result-invalid', async (_, value) => {
    const outcome = packOf(slot).call(method, input);
    await Promise.all([expect(outcome).rejects.toThrow(code('pack/result-invalid')), serve({ ok: true, value })]);
  });

  test('gives the errors of its contract, and turns any other into the pack’s own', async () => {
    const allowed = CONTRACTS[slot].methods[method]?.errors ?? [];
    const [first = 'trust/signature-invalid'] = allowed;
    const outcome = packOf(slot).call(method, input);
    const expected = allowed.length === 0 ? 'pack/failed' : first;
    await Promise.all([
      expect(outcome).rejects.toThrow(code(expected)),
      serve({ ok: false, error: { code: first, message: 'm' } }),
    ]);
  });
});

describe('a pack', () => {
  test('is called under no name but those of its contract', async () => {
    const pack = packOf('state');
    for (const method of ['', 'GET', 'open', 'close', '__proto__', 'constructor', 'toString', 'pin'])
      await expect(pack.call(method, key)).rejects.toThrow(code('pack/feature-undeclared'));
    expect(engine.heard).toEqual([]);
  });

  test('whose sandbox dies while it opens fails every call that waits for it, and the next one starts anew', async () => {
    const pack = packOf('state');
    const waiting = [pack.call('get', key), pack.call('get', key)];
    await told('open');
    engine.events?.end({ code: 'limit/memory', message: 'The pack used more memory than its limit.' });
    for (const each of await Promise.allSettled(waiting))
      expect(each).toMatchObject({ status: 'rejected', reason: code('limit/memory') });
    engine.heard.length = 0;
    const next = pack.call('get', key);
    await serve({ ok: true, value: { entry: null } });
    expect(await next).toEqual({ entry: null });
    expect(lines).toMatchObject([
      { level: 'error', fields: { code: 'limit/memory' }, pack: 'acme.state.suspect@1.0.0' },
    ]);
  });

  test('that keeps dying is left alone until ten seconds have passed since', async () => {
    vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] });
    const pack = packOf('state');
    const die = async () => {
      engine.heard.length = 0;
      const failed = expect(pack.call('get', key)).rejects.toThrow(code('limit/cpu'));
      await told('open');
      engine.events?.end({ code: 'limit/cpu', message: 'The pack used the processor for too long at once.' });
      await failed;
    };
    const alone = expect.objectContaining({ code: 'pack/crashed', message: expect.stringContaining('left alone') });
    for (let i = 0; i < 10; i++) await die();
    engine.heard.length = 0;
    await expect(pack.call('get', key)).rejects.toThrow(alone);
    vi.setSystemTime(1_009_999);
    await expect(pack.call('get', key)).rejects.toThrow(alone);
    expect(engine.heard).toEqual([]);
    vi.setSystemTime(1_010_000);
    await die();
  });

  test('that refuses to open is killed, and says why to each caller', async () => {
    const pack = packOf('state');
    const call = pack.call('get', key);
    const failed = expect(call).rejects.toThrow(
      expect.objectContaining({ code: 'pack/open-failed', message: expect.stringContaining('no licence') }),
    );
    engine.says({ t: 'reply', id: (await told('open'))['id'], ok: false, error: { message: 'no licence' } });
    await failed;
    expect(engine.kills).toBe(1);
    expect(pack.pid).toBeUndefined();
  });

  test('is asked to close before it is ended, and ended also when it fails to', async () => {
    const pack = packOf('state');
    const call = pack.call('get', key);
    await serve({ ok: true, value: { entry: null } });
    await call;
    const closing = pack.close();
    engine.says({ t: 'reply', id: (await told('close'))['id'], ok: false, error: { message: 'I will not.' } });
    await closing;
    expect(engine.kills).toBe(1);
    await expect(pack.call('get', key)).rejects.toThrow(code('pack/not-open'));
    expect(lines).toEqual([]);
  });

  test('that nobody called closes without a sandbox', async () => {
    await packOf('state').close();
    expect(engine.heard).toEqual([]);
    expect(engine.kills).toBe(0);
  });

  test('gives a client exactly the methods of its slot', () => {
    for (const slot of SLOTS)
      expect(Object.keys(slotClient(packOf(slot), slot)).toSorted()).toEqual(
        Object.keys(CONTRACTS[slot].methods).toSorted(),
      );
  });
});
