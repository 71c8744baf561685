import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Grant } from '../model/permission.ts';
import type { Workers } from '../slots/context.ts';
import { Broker } from './broker.ts';
import type { BrokerPorts, LogLine } from './ports.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const identity = { environment: 'test', name: 'acme.secrets.vault', version: '1.2.3' };
const signal = new AbortController().signal;
const base64 = (text: string) => Buffer.from(text).toString('base64');

let dataDir: string;
let lines: LogLine[];
let brokers: Broker[];

beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'broker-'));
  lines = [];
  brokers = [];
});

afterEach(() => {
  for (const broker of brokers) broker.close();
  rmSync(dataDir, { recursive: true });
});

function open(grants: readonly Grant[], ports: Partial<BrokerPorts> = {}, who: Partial<typeof identity> = {}) {
  const all = { dataDir, log: (line: LogLine) => lines.push(line), ...ports };
  const broker = new Broker({ ...identity, ...who }, grants, all);
  brokers.push(broker);
  return (name: string, args: unknown) => {
    const [port = '', method = ''] = name.split('.');
    return broker.call(port, method, args, signal);
  };
}

const revision = { revision: 'desk.acme.1' };
const spec = {
  ...revision,
  deployment: 'desk.acme',
  customer: 'acme',
  bundle: { name: 'acme.bundle.desk', version: '1.0.0', digest: `sha256:${'0'.repeat(64)}` },
};
const HTTP = { binding: 'api', path: '/v1/x', method: 'GET', headers: [], body: null };

/** A call of every kind in its right shape, and the grant it takes. */
const CALLS: Record<string, { args: Record<string, unknown>; grant: Grant | null }> = {
  'http.fetch': {
    args: HTTP,
    grant: { kind: 'http', binding: 'api', origins: ['https://api.example.com'], methods: ['GET'], paths: ['/v1/*'] },
  },
  'secret.value': { args: { binding: 'b' }, grant: { kind: 'secret', binding: 'b', access: 'value', secret: 's' } },
  'kv.get': { args: { binding: 'b', key: 'k' }, grant: { kind: 'kv', binding: 'b', quotaBytes: 1024 } },
  'kv.list': { args: { binding: 'b', prefix: '', limit: 1 }, grant: { kind: 'kv', binding: 'b', quotaBytes: 1024 } },
  'kv.commit': { args: { binding: 'b', writes: [] }, grant: { kind: 'kv', binding: 'b', quotaBytes: 1024 } },
  'seal.wrap': { args: { binding: 'b', plain: 'YQ==', context: 'c' }, grant: { kind: 'seal', binding: 'b' } },
  'seal.unwrap': { args: { binding: 'b', sealed: 'YQ==', context: 'c' }, grant: { kind: 'seal', binding: 'b' } },
  'workers.define': { args: spec, grant: { kind: 'workers' } },
  'workers.start': { args: revision, grant: { kind: 'workers' } },
  'workers.stop': { args: revision, grant: { kind: 'workers' } },
  'workers.remove': { args: revision, grant: { kind: 'workers' } },
  'workers.list': { args: {}, grant: { kind: 'workers' } },
  'log.write': { args: { level: 'info', message: 'm' }, grant: { kind: 'log' } },
  // Diagnostics need no grant: every pack may say what ails it.
  'console.write': { args: { level: 'info', message: 'm' }, grant: null },
};
const all = Object.entries(CALLS).map(([name, each]) => ({ name, ...each }));
const granted = all.filter((each) => each.grant !== null);
const everyGrant = granted.map((each) => each.grant).filter((grant) => grant !== null);

describe('a call to the broker', () => {
  test.each(granted)('$name without a grant is permission/denied', async ({ name, args }) => {
    await expect(open([])(name, args)).rejects.toThrow(code('permission/denied'));
    expect(readdirSync(dataDir)).toEqual([]);
  });

  test.each(granted)('$name is not covered by the grants of the other kinds', async ({ name, args, grant }) => {
    const others = everyGrant.filter((each) => each.kind !== grant?.kind);
    await expect(open(others)(name, args)).rejects.toThrow(code('permission/denied'));
    expect(readdirSync(dataDir)).toEqual([]);
  });

  test.each(granted.filter(({ args }) => 'binding' in args))(
    '$name is not covered by a grant of the same kind for another binding',
    async ({ name, args }) => {
      await expect(open(everyGrant)(name, { ...args, binding: 'other' })).rejects.toThrow(code('permission/denied'));
    },
  );

  test.each(all)('$name with a field nobody knows, or no object at all, is input/invalid', async ({ name, args }) => {
    const call = open(everyGrant);
    for (const wrong of [{ ...args, extra: 1 }, null, undefined, [], 'text', 1]) {
      await expect(call(name, wrong)).rejects.toThrow(code('input/invalid'));
    }
  });

  test.each(all.flatMap(({ name, args }) => Object.keys(args).map((field) => ({ name, args, field }))))(
    '$name with a $field of another type, or one that is no name, is input/invalid',
    async ({ name, args, field }) => {
      const call = open(everyGrant);
      const { [field]: _, ...without } = args;
      const wrong = [
        { ...args, [field]: { toString: 1 } },
        { ...args, [field]: 1.5 },
      ];
      for (const each of wrong) await expect(call(name, each)).rejects.toThrow(code('input/invalid'));
      // A request needs an address, which its binding or its path gives.
      if (name === 'http.fetch' && ['binding', 'path'].includes(field)) return;
      await expect(call(name, without)).rejects.toThrow(code('input/invalid'));
    },
  );

  test.each([
    ['kv.get', { binding: '../other', key: 'k' }],
    ['kv.get', { binding: '__proto__', key: 'k' }],
    ['kv.get', { binding: 'b', key: '' }],
    ['kv.get', { binding: 'b', key: '\ud800' }],
    ['kv.get', { binding: 'b', key: 'é'.repeat(1025) }],
    ['kv.list', { binding: 'b', prefix: '', limit: 0 }],
    ['kv.list', { binding: 'b', prefix: '', limit: 1001 }],
    ['kv.commit', { binding: 'b', writes: Array.from({ length: 257 }, (_, i) => ({ key: `${i}`, value: null })) }],
    ['kv.commit', { binding: 'b', writes: [{ key: 'k', value: 'é'.repeat(2 ** 19 + 1) }] }],
    ['kv.commit', { binding: 'b', writes: [], checks: [{ key: 'k', version: -1 }] }],
    ['seal.wrap', { binding: 'b', plain: Buffer.alloc(4097).toString('base64'), context: 'c' }],
    ['seal.wrap', { binding: 'b', plain: 'not base64!', context: 'c' }],
    ['workers.start', { revision: '../../etc' }],
    ['log.write', { level: 'fatal', message: 'm' }],
    ['log.write', { level: 'info', message: 'x'.repeat(16_385) }],
    ['log.write', { level: 'info', message: 'm', fields: { nested: {} } }],
  ])('%s with %j is input/invalid', async (name, args) => {
    await expect(open(everyGrant)(name, args)).rejects.toThrow(code('input/invalid'));
  });

  test.each([
    ['kv', 'drop'],
    ['exec', 'run'],
    ['', ''],
    ['kv.get', ''],
    ['constructor', 'constructor'],
    ['__proto__', 'toString'],
    ['toString', ''],
    ['kv', '__proto__'],
    ['http', 'constructor'],
  ])('there is no port %j with a method %j', async (port, method) => {
    const broker = new Broker(identity, everyGrant, { dataDir, log: (line) => lines.push(line) });
    await expect(broker.call(port, method, {}, signal)).rejects.toThrow(code('permission/denied'));
  });
});

describe('a secret', () => {
  const secrets = async (name: string) => Buffer.from(`value of ${name}`);
  const value: Grant = { kind: 'secret', binding: 'db', access: 'value', secret: 'prod/db' };
  const use: Grant = { kind: 'secret', binding: 'token', access: 'use', towards: 'api', secret: 'prod/token' };

  test('that may be read comes in base64, under the name the operator granted', async () => {
    expect(await open([value], { secrets })('secret.value', { binding: 'db' })).toBe(base64('value of prod/db'));
  });

  test('that may be used may not be read', async () => {
    const asked: string[] = [];
    const recording = async (name: string) => {
      asked.push(name);
      return await secrets(name);
    };
    const call = open([use], { secrets: recording });
    await expect(call('secret.value', { binding: 'token' })).rejects.toThrow(code('permission/denied'));
    expect(asked).toEqual([]);
  });

  test('is secret/not-found where the environment has no secrets', async () => {
    await expect(open([value])('secret.value', { binding: 'db' })).rejects.toThrow(code('secret/not-found'));
  });

  test('that may be used has a placeholder, new for each opening; one that may be read has none', () => {
    const ports = { dataDir, log: () => undefined, secrets };
    const [one, two] = [new Broker(identity, [use, value], ports), new Broker(identity, [use, value], ports)];
    expect(Object.keys(one.placeholders)).toEqual(['token']);
    expect(one.placeholders['token']).toMatch(/^__secret_token_[0-9a-f]{32}__$/);
    expect(one.placeholders).toEqual(one.placeholders);
    expect(one.placeholders['token']).not.toBe(two.placeholders['token']);
  });
});

describe('what a pack keeps', () => {
  const grants: Grant[] = [
    { kind: 'kv', binding: 'b', quotaBytes: 4096 },
    { kind: 'kv', binding: 'c', quotaBytes: 4096 },
    { kind: 'seal', binding: 'b' },
    { kind: 'seal', binding: 'c' },
  ];
  const put = { binding: 'b', writes: [{ key: 'k', value: 'v' }] };

  test('outlives its version, and is apart for each binding, pack and environment', async () => {
    await open(grants)('kv.commit', put);
    const get = { binding: 'b', key: 'k' };
    expect(await open(grants, {}, { version: '2.0.0' })('kv.get', get)).toMatchObject({ value: 'v' });
    expect(await open(grants)('kv.get', { ...get, binding: 'c' })).toBeNull();
    expect(await open(grants, {}, { name: 'acme.secrets.other' })('kv.get', get)).toBeNull();
    const elsewhere = mkdtempSync(path.join(dataDir, 'elsewhere-'));
    expect(await open(grants, { dataDir: elsewhere })('kv.get', get)).toBeNull();
  });

  test('lies in a folder of its name, and nowhere else', async () => {
    const call = open(grants);
    await call('kv.commit', put);
    await call('seal.wrap', { binding: 'c', plain: '', context: '' });
    expect(readdirSync(dataDir)).toEqual([identity.name]);
    expect(readdirSync(path.join(dataDir, identity.name)).filter((file) => !/-(wal|shm)$/.test(file))).toEqual([
      'b.kv',
      'c.key',
    ]);
  });

  test('is bounded by the quota that was granted', async () => {
    const writes = [{ key: 'k', value: 'x'.repeat(5000) }];
    await expect(open(grants)('kv.commit', { binding: 'b', writes })).rejects.toThrow(code('kv/quota'));
  });

  test('and sealed opens for no other binding, pack or environment, even with the same key', async () => {
    const { sealed } = (await open(grants)('seal.wrap', { binding: 'b', plain: 'YQ==', context: 'c' })) as {
      sealed: string;
    };
    expect(await open(grants)('seal.unwrap', { binding: 'b', sealed, context: 'c' })).toEqual({ plain: 'YQ==' });
    const refusal = code('secret/integrity');
    await expect(open(grants)('seal.unwrap', { binding: 'c', sealed, context: 'c' })).rejects.toThrow(refusal);
    const other = open(grants, {}, { environment: 'prod' });
    await expect(other('seal.unwrap', { binding: 'b', sealed, context: 'c' })).rejects.toThrow(refusal);
    const stranger = open(grants, {}, { name: 'acme.secrets.other' });
    await expect(stranger('seal.unwrap', { binding: 'b', sealed, context: 'c' })).rejects.toThrow(refusal);
  });

  test('and sealed is secret/integrity when it is no base64 any more', async () => {
    const call = open(grants);
    for (const sealed of ['', '%%%', 'YQ==']) {
      await expect(call('seal.unwrap', { binding: 'b', sealed, context: 'c' })).rejects.toThrow(
        code('secret/integrity'),
      );
    }
  });

  test('is closed with the broker, and whole in its file', async () => {
    const broker = new Broker(identity, grants, { dataDir, log: () => undefined });
    await broker.call('kv', 'commit', put, signal);
    broker.close();
    broker.close();
    expect(readdirSync(path.join(dataDir, identity.name))).toEqual(['b.kv']);
    expect(await open(grants)('kv.get', { binding: 'b', key: 'k' })).toMatchObject({ value: 'v' });
  });
});

describe('workers', () => {
  const grants: Grant[] = [{ kind: 'workers' }];

  test('get each order as it was given, and their answer comes back', async () => {
    const orders: [string, unknown][] = [];
    const order = (name: string) => async (input?: unknown) => {
      orders.push([name, input]);
      return name === 'list' ? { workers: [] } : {};
    };
    const names = ['define', 'start', 'stop', 'remove', 'list'] as const;
    const workers = Object.fromEntries(names.map((name) => [name, order(name)])) as unknown as Workers;
    const call = open(grants, { workers });
    for (const name of names) {
      const args = CALLS[`workers.${name}`]?.args;
      expect(await call(`workers.${name}`, args)).toEqual(name === 'list' ? { workers: [] } : {});
    }
    expect(orders).toEqual([
      ['define', spec],
      ['start', revision],
      ['stop', revision],
      ['remove', revision],
      ['list', undefined],
    ]);
  });

  test('are runtime/unreachable where nothing runs them', async () => {
    await expect(open(grants)('workers.list', {})).rejects.toThrow(code('runtime/unreachable'));
  });
});

describe('a line', () => {
  test('carries the pack that wrote it, whatever its fields say', async () => {
    const call = open([{ kind: 'log' }]);
    await call('log.write', { level: 'warn', message: 'm', fields: { pack: 'greentic.secrets.file', n: 1 } });
    await call('console.write', { level: 'error', message: 'c' });
    expect(lines).toEqual([
      {
        pack: 'acme.secrets.vault@1.2.3',
        at: expect.any(Date),
        level: 'warn',
        message: 'm',
        fields: { pack: 'greentic.secrets.file', n: 1 },
        diagnostic: false,
      },
      {
        pack: 'acme.secrets.vault@1.2.3',
        at: expect.any(Date),
        level: 'error',
        message: 'c',
        fields: {},
        diagnostic: true,
      },
    ]);
  });

  test('that was refused is not written', async () => {
    await expect(open([])('log.write', { level: 'info', message: 'm' })).rejects.toThrow(code('permission/denied'));
    expect(lines).toEqual([]);
  });
});
