import { CONTRACTS } from '@greentic/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sampleBundle } from '../testing/sample-bundle.ts';
import { slotCallOf, type Tenancy } from './tenancy.ts';

const bundle = sampleBundle('');
const manifest = {
  needs: ['state', 'sessions', 'secrets', 'telemetry'],
  secrets: ['webhook-key'],
} as Tenancy['manifest'];
const tenancyOf = (customer: string, now = new Date(0)): Tenancy => ({
  facts: { ...bundle.spec(1, customer), environment: 'local' },
  manifest,
  now,
});
const acme = tenancyOf('acme');
const callOf = (slot: string, method: string, input: unknown, tenancy = acme) =>
  slotCallOf({ slot, method, input }, tenancy);

const denied = expect.objectContaining({ code: 'permission/denied' });
const invalid = expect.objectContaining({ code: 'input/invalid' });

describe('a worker’s calls', () => {
  test('carry its customer as tenant and its bundle as prefix, whatever it says', () => {
    expect(callOf('state', 'get', { key: 'a' })).toMatchObject({
      slot: 'state',
      method: 'get',
      input: { tenant: 'acme', key: 'desk/data/a' },
    });
    for (const input of [{ key: 'a', tenant: 'globex' }, { key: '' }, {}, null, [], 'a', { key: 'x'.repeat(901) }]) {
      expect(() => callOf('state', 'get', input)).toThrow(invalid);
    }
  });

  test('fit the contract of their slot', () => {
    const calls = [
      callOf('state', 'get', { key: 'a' }),
      callOf('state', 'put', { key: 'a', value: 'b', ifRevision: 0 }),
      callOf('state', 'delete', { key: 'a' }),
      callOf('state', 'list', { prefix: '', limit: 10 }),
      callOf('state', 'list', { prefix: 'a', after: 'ab', limit: 10 }),
      callOf('sessions', 'get', { session: 's' }),
      callOf('sessions', 'put', { session: 's', value: 'v', ttlSeconds: 60 }),
      callOf('sessions', 'delete', { session: 's' }),
      callOf('secrets', 'get', { name: 'webhook-key' }),
      callOf('telemetry', 'export', { kind: 'log', name: 'x', timeMs: 1, attributes: {} }),
    ];
    for (const { slot, method, input } of calls) {
      expect(CONTRACTS[slot].methods[method]?.input.safeParse(input)).toMatchObject({ success: true });
    }
  });

  test('of two customers, of data and sessions, never meet on one key', () => {
    const text = fc.string({ minLength: 1, maxLength: 100, unit: 'grapheme' });
    const customer = fc.constantFrom('acme', 'globex');
    const kind = fc.constantFrom('state', 'sessions');
    const place = fc.tuple(customer, kind, text);
    const keyOf = ([who, slot, name]: [string, string, string]) => {
      const input = slot === 'state' ? { key: name } : { session: name };
      const { tenant, key } = callOf(slot, 'get', input, tenancyOf(who)).input as { tenant: string; key: string };
      return JSON.stringify([tenant, key]);
    };
    fc.assert(
      fc.property(place, place, (a, b) => {
        expect(keyOf(a) === keyOf(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });

  test('list only their own keys, and give them back without the prefix', () => {
    const list = callOf('state', 'list', { prefix: 'ticket/', after: 'ticket/1', limit: 2 });
    expect(list.input).toEqual({ tenant: 'acme', prefix: 'desk/data/ticket/', after: 'desk/data/ticket/1', limit: 2 });
    const output = { keys: ['desk/data/ticket/2', 'desk/data/ticket/3'], next: 'desk/data/ticket/3' };
    expect(list.result(output)).toEqual({ keys: ['ticket/2', 'ticket/3'], next: 'ticket/3' });
    expect(list.result({ keys: [], next: null })).toEqual({ keys: [], next: null });
  });

  test('reach only the secrets the manifest lists', () => {
    expect(callOf('secrets', 'get', { name: 'webhook-key' }).input).toEqual({ tenant: 'acme', name: 'webhook-key' });
    for (const name of ['other', 'webhook-key/x', '', '../webhook-key']) {
      expect(() => callOf('secrets', 'get', { name })).toThrow(denied);
    }
    expect(() => callOf('secrets', 'put', { name: 'webhook-key', value: '' })).toThrow(denied);
  });

  test('reach only the slots the manifest needs, and only methods meant for workers', () => {
    const nothing = { ...acme, manifest: { needs: [], secrets: ['webhook-key'] } };
    expect(() => callOf('state', 'get', { key: 'a' }, nothing)).toThrow(denied);
    expect(() => callOf('secrets', 'get', { name: 'webhook-key' }, nothing)).toThrow(denied);
    for (const [slot, method] of [
      ['deployer', 'stage'],
      ['sessions', 'pin'],
      ['state', 'constructor'],
      ['toString', ''],
      ['', ''],
    ] as const) {
      expect(() => callOf(slot, method, {})).toThrow(denied);
    }
  });

  test('stamp every record over what the worker says of itself', () => {
    const forged = { customer: 'globex', revision: 'desk.globex.9', color: 'red' };
    const { input } = callOf('telemetry', 'export', {
      kind: 'metric',
      name: 'x',
      timeMs: 5,
      value: 2,
      attributes: forged,
    });
    const stamp = {
      environment: 'local',
      deployment: 'desk.acme',
      revision: 'desk.acme.1',
      customer: 'acme',
      bundle_digest: bundle.digest,
    };
    expect(input).toEqual({
      records: [{ kind: 'metric', name: 'x', timeMs: 5, value: 2, attributes: { color: 'red', ...stamp } }],
    });
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`a${i}`, i]));
    expect(() => callOf('telemetry', 'export', { kind: 'log', name: 'x', timeMs: 5, attributes: many })).toThrow(
      invalid,
    );
  });

  test('hear of a record that was not taken', () => {
    const { result } = callOf('telemetry', 'export', { kind: 'log', name: 'x', timeMs: 5, attributes: {} });
    expect(result({ accepted: 1 })).toBeNull();
    expect(() => result({ accepted: 0 })).toThrow(expect.objectContaining({ code: 'pack/failed' }));
  });
});

describe('the bounds of a call', () => {
  const record = { kind: 'log', name: 'n', timeMs: 0, attributes: {} };
  const put = { session: 's', value: 'v', ttlSeconds: 1 };
  const takes = (slot: string, method: string, input: unknown) => {
    try {
      return callOf(slot, method, input) !== undefined;
    } catch (error) {
      expect(error).toMatchObject({ code: 'input/invalid' });
      return false;
    }
  };

  test.each<[string, string, object, object]>([
    ['state', 'get', { key: 'k'.repeat(900) }, { key: 'k'.repeat(901) }],
    ['state', 'put', { key: 'k', value: '' }, { key: 'k' }],
    ['state', 'put', { key: 'k', value: '', ifRevision: 0 }, { key: 'k', value: '', ifRevision: -1 }],
    ['state', 'put', { key: 'k', value: '', ifRevision: 1 }, { key: 'k', value: '', ifRevision: 1.5 }],
    ['state', 'put', { key: 'k', value: '' }, { key: 'k', value: '', tenant: 'globex' }],
    ['state', 'delete', { key: 'k', ifRevision: 1 }, { key: 'k', ifRevision: '1' }],
    ['state', 'list', { prefix: 'p'.repeat(900), limit: 1 }, { prefix: 'p'.repeat(901), limit: 1 }],
    ['state', 'list', { prefix: '', limit: 1 }, { prefix: '', limit: 0 }],
    ['state', 'list', { prefix: '', limit: 1000 }, { prefix: '', limit: 1001 }],
    ['state', 'list', { prefix: '', limit: 1, after: 'a' }, { prefix: '', limit: 1, after: '' }],
    ['sessions', 'get', { session: 's'.repeat(256) }, { session: 's'.repeat(257) }],
    ['sessions', 'get', { session: 's' }, { session: '' }],
    ['sessions', 'put', { ...put, value: 'v'.repeat(2 ** 16) }, { ...put, value: 'v'.repeat(2 ** 16 + 1) }],
    ['sessions', 'put', { ...put, ttlSeconds: 31_536_000 }, { ...put, ttlSeconds: 31_536_001 }],
    ['sessions', 'delete', { session: 's' }, { session: 's', deployment: 'desk.globex' }],
    ['telemetry', 'export', record, { ...record, kind: 'audit' }],
    ['telemetry', 'export', { ...record, name: 'n'.repeat(256) }, { ...record, name: 'n'.repeat(257) }],
    ['telemetry', 'export', record, { ...record, name: '' }],
    ['telemetry', 'export', record, { ...record, timeMs: -1 }],
    ['telemetry', 'export', { ...record, durationMs: 0 }, { ...record, durationMs: -1 }],
    ['telemetry', 'export', { ...record, value: -1 }, { ...record, value: Number.NaN }],
    ['telemetry', 'export', record, { ...record, attributes: { nested: {} } }],
    ['telemetry', 'export', record, { ...record, attributes: { a: null } }],
    ['telemetry', 'export', record, { ...record, attributes: { '': 1 } }],
    [
      'telemetry',
      'export',
      { ...record, attributes: { ['n'.repeat(128)]: 'v'.repeat(4096) } },
      { ...record, attributes: { ['n'.repeat(129)]: 1 } },
    ],
    ['telemetry', 'export', record, { ...record, attributes: { long: 'v'.repeat(4097) } }],
  ])('%s.%s takes %j, and not one step further', (slot, method, last, beyond) => {
    expect([takes(slot, method, last), takes(slot, method, beyond)]).toEqual([true, false]);
  });

  test('59 attributes are taken, and with the stamp they fit the contract', () => {
    const attributes = Object.fromEntries(Array.from({ length: 59 }, (_, i) => [`a${i}`, i]));
    const { slot, method, input } = callOf('telemetry', 'export', { ...record, attributes });
    expect(CONTRACTS[slot].methods[method]?.input.safeParse(input).success).toBe(true);
  });
});

describe('two bundles of one customer', () => {
  test('never meet on one key, whatever they call it', () => {
    const payroll = {
      ...acme,
      facts: { ...acme.facts, deployment: 'payroll.acme', revision: 'payroll.acme.1' },
    } as Tenancy;
    const name = fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' });
    fc.assert(
      fc.property(name, name, fc.constantFrom('state', 'sessions'), (a, b, slot) => {
        const keyOf = (text: string, who: Tenancy) => {
          const input = slot === 'state' ? { key: text } : { session: text };
          return (callOf(slot, 'get', input, who).input as { key: string }).key;
        };
        expect(keyOf(a, acme)).not.toBe(keyOf(b, payroll));
      }),
      { seed: 1 },
    );
  });

  test('list what is theirs: the prefix ends where the bundle’s name ends', () => {
    const facts = { ...acme.facts, deployment: 'desktop.acme' } as Tenancy['facts'];
    const { input } = callOf('state', 'list', { prefix: '', limit: 1 }, { ...acme, facts });
    const { prefix } = callOf('state', 'list', { prefix: '', limit: 1 }).input as { prefix: string };
    expect((input as { prefix: string }).prefix.startsWith(prefix)).toBe(false);
  });
});

describe('a session', () => {
  test('is remembered until its time is over, to the millisecond', () => {
    const { input } = callOf('sessions', 'put', { session: 's', value: 'v', ttlSeconds: 60 });
    const stored = { entry: { value: (input as { value: string }).value, revision: 1 } };
    const seenAt = (ms: number) =>
      callOf('sessions', 'get', { session: 's' }, tenancyOf('acme', new Date(ms))).result(stored);
    expect(seenAt(59_999)).toBe('v');
    expect(seenAt(60_000)).toBeNull();
    expect(callOf('sessions', 'get', { session: 's' }).result({ entry: null })).toBeNull();
  });

  test('is kept under a hash: the store never sees the id', () => {
    const { input } = callOf('sessions', 'get', { session: 'alice@example.test' });
    expect((input as { key: string }).key).toMatch(/^desk\/session\/[0-9a-f]{64}$/);
  });

  test('longer than a year, or for no time, is refused with input/invalid', () => {
    for (const ttlSeconds of [0, -1, 1.5, 31_536_001]) {
      expect(() => callOf('sessions', 'put', { session: 's', value: 'v', ttlSeconds })).toThrow(invalid);
    }
  });
});
