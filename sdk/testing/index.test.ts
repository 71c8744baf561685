import { describe, expect, test } from 'vitest';
import { definePack, type PackContext } from '../index.ts';
import { MemoryKv, MemorySeal, MemoryWorkers, openForTest, type TestGrants } from './index.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const denied = code('permission/denied');

/** The context that a pack opened with these grants gets. */
async function contextOf(grants: TestGrants = {}): Promise<PackContext> {
  let seen: PackContext | undefined;
  const pack = definePack('telemetry', {
    open(context) {
      seen = context;
      return { export: async () => ({ accepted: 0 }), flush: async () => ({}) };
    },
  });
  await openForTest(pack, grants);
  if (seen === undefined) throw new Error('The pack was not opened.');
  return seen;
}

describe('a pack opened for a test', () => {
  test.each<[string, (context: PackContext) => unknown]>([
    ['kv', (context) => context.kv('b')],
    ['seal', (context) => context.seal('b')],
    ['http', (context) => context.http('b')],
    ['secret', (context) => context.secret('b')],
    ['secretValue', (context) => context.secretValue('b')],
    ['workers', (context) => context.workers],
    ['log', (context) => context.log.write({ level: 'info', message: 'm' })],
  ])('has no %s that the test did not grant', async (_, use) => {
    const context = await contextOf();
    await expect((async () => await use(context))()).rejects.toThrow(denied);
  });

  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'is not granted the binding %s because every object has that name',
    async (binding) => {
      const context = await contextOf({ kv: {}, seal: {}, http: {}, secrets: {} });
      const uses = [context.kv, context.seal, context.http, context.secret, context.secretValue];
      for (const use of uses) await expect((async () => await use(binding))()).rejects.toThrow(denied);
    },
  );

  test('has what the test grants, by binding', async () => {
    const [kv, seal, workers] = [new MemoryKv(), new MemorySeal(), new MemoryWorkers()];
    const lines: object[] = [];
    const grants = {
      environment: 'prod',
      answers: { size: 3 },
      kv: { a: kv },
      seal: { b: seal },
      secrets: { c: 'YQ==' },
    };
    const context = await contextOf({ ...grants, workers, lines: lines as NonNullable<TestGrants['lines']> });
    expect([context.environment, context.answers]).toEqual(['prod', { size: 3 }]);
    expect([context.kv('a'), context.seal('b'), context.workers]).toEqual([kv, seal, workers]);
    expect(() => context.kv('b')).toThrow(denied);
    expect([context.secret('c'), await context.secretValue('c')]).toEqual(['{c}', 'YQ==']);
    await context.log.write({ level: 'info', message: 'm' });
    expect(lines).toEqual([{ level: 'info', message: 'm' }]);
  });

  test('sends its requests to the test, path and method as it gave them', async () => {
    const respond = async (request: Request) => new Response(`${request.method} ${new URL(request.url).pathname}`);
    const context = await contextOf({ http: { api: respond } });
    const response = await context.http('api').fetch('/v1/x', { method: 'PUT', body: 'b' });
    expect(await response.text()).toBe('PUT /v1/x');
  });
});

describe('a seal in memory', () => {
  test('opens what it sealed, under its own key and context only, and no changed byte', async () => {
    const seal = new MemorySeal();
    const { sealed } = await seal.wrap({ plain: 'YQ==', context: 'c' });
    expect(await seal.unwrap({ sealed, context: 'c' })).toEqual({ plain: 'YQ==' });
    const refusal = code('secret/integrity');
    await expect(seal.unwrap({ sealed, context: 'd' })).rejects.toThrow(refusal);
    await expect(new MemorySeal().unwrap({ sealed, context: 'c' })).rejects.toThrow(refusal);
    const bytes = Buffer.from(sealed, 'base64');
    for (let i = 0; i < bytes.byteLength; i++) {
      const changed = Buffer.from(bytes);
      changed[i] = (changed[i] ?? 0) ^ 1;
      await expect(seal.unwrap({ sealed: changed.toString('base64'), context: 'c' })).rejects.toThrow(refusal);
    }
    for (const broken of ['', '%', 'YQ==']) {
      await expect(seal.unwrap({ sealed: broken, context: 'c' })).rejects.toThrow(refusal);
    }
    expect((await seal.wrap({ plain: 'YQ==', context: 'c' })).sealed).not.toBe(sealed);
  });
});

describe('workers in memory', () => {
  const revision = 'desk.acme.1';
  const bundle = { name: 'acme.bundle.desk', version: '1.0.0', digest: 'sha256:a' };
  const spec = { revision, deployment: 'desk.acme', customer: 'acme', bundle };
  const shown = async (workers: MemoryWorkers) => (await workers.list()).workers[0];

  test('take each order twice with the effect of one', async () => {
    const workers = new MemoryWorkers();
    for (let i = 0; i < 2; i++) await workers.define(spec);
    expect(await shown(workers)).toMatchObject({ phase: 'defined', endpoint: null, starts: 0 });
    for (let i = 0; i < 2; i++) await workers.start({ revision });
    expect(await shown(workers)).toMatchObject({ phase: 'running', endpoint: expect.any(String), starts: 1 });
    for (let i = 0; i < 2; i++) await workers.stop({ revision });
    expect(await shown(workers)).toMatchObject({ phase: 'defined', endpoint: null, starts: 1 });
    for (let i = 0; i < 2; i++) await workers.remove({ revision });
    expect(await shown(workers)).toBeUndefined();
  });

  test('refuse another bundle under a known revision, and orders about what they do not know', async () => {
    const workers = new MemoryWorkers();
    await workers.define(spec);
    const other = { ...spec, bundle: { ...bundle, digest: 'sha256:b' } };
    await expect(workers.define(other)).rejects.toThrow(code('deploy/revision-conflict'));
    await expect(workers.start({ revision: 'desk.acme.2' })).rejects.toThrow(code('worker/not-found'));
    await expect(workers.stop({ revision: 'desk.acme.2' })).rejects.toThrow(code('worker/not-found'));
    expect(() => workers.crash('desk.acme.2')).toThrow(code('worker/not-found'));
  });

  test('show a crash, and what was shown before stays as it was', async () => {
    const workers = new MemoryWorkers();
    await workers.define(spec);
    await workers.start({ revision });
    const before = await shown(workers);
    workers.crash(revision);
    expect(await shown(workers)).toMatchObject({ phase: 'failed', endpoint: null });
    expect(before).toMatchObject({ phase: 'running' });
  });
});
