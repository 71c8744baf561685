import { describe, expect, test } from 'vitest';
import { SLOTS } from '../../model/name.ts';
import { CONTRACTS } from './index.ts';

const revision = 'desk.acme.1';
const bundle = { name: 'acme.bundle.desk', version: '1.0.0', digest: `sha256:${'a'.repeat(64)}` };
const spec = { environment: 'local', revision, deployment: 'desk.acme', customer: 'acme', bundle };
const observed = { revision, phase: 'ready', endpoint: 'unix:/run/a.sock', message: '' };
const record = { kind: 'log', name: 'desk.request', timeMs: 0, attributes: { environment: 'local' } };
const key = { tenant: 'acme', key: 'k' };
const name = { tenant: 'acme', name: 'api/token' };
const session = { deployment: 'desk.acme', session: 's' };
const bytes = (count: number) => Buffer.alloc(count).toString('base64');
const many = <T>(count: number, each: (index: number) => T) => Array.from({ length: count }, (_, index) => each(index));
const attributes = (count: number) => Object.fromEntries(many(count, (index) => [`a${index}`, index]));
const shares = (...weights: number[]) => weights.map((weightBps, i) => ({ revision: `desk.acme.${i + 1}`, weightBps }));
const split = (entries: unknown) => ({ environment: 'local', deployment: 'desk.acme', entries });

interface Row {
  readonly good: readonly unknown[];
  readonly bad: readonly unknown[];
  readonly goodOutput: readonly unknown[];
  readonly badOutput: readonly unknown[];
}

const nothing = { goodOutput: [{}], badOutput: [null, undefined, { extra: 1 }] };
const ref = {
  good: [{ environment: 'local', revision }],
  bad: [
    { environment: 'local' },
    { environment: '../x', revision },
    { environment: 'local', revision: 'desk.acme' },
    { environment: 'local', revision: 'desk.acme.0' },
  ],
};
const deleted = { goodOutput: [{ deleted: true }], badOutput: [{ deleted: 'yes' }, {}] };
const badTenants = ['', 'Acme', '_other', '-a', 'a.b', 'a/b', '..', 'a'.repeat(41), 'é', 'acme\n'];

/** For each method what passes and what does not, in both directions. */
const TABLE: Record<string, Record<string, Row>> = {
  state: {
    get: {
      good: [key, { tenant: '_env', key: 'é'.repeat(512) }, { tenant: 'acme', key: '../__proto__\0' }],
      bad: [
        { tenant: 'acme', key: '' },
        { tenant: 'acme', key: `${'é'.repeat(512)}x` },
        { tenant: 'acme', key: 'x'.repeat(1025) },
        { tenant: 'acme', key: '\ud83d' },
        { tenant: 'acme', key: 'a\udc00' },
        { tenant: 'acme', key: 1 },
        ...badTenants.map((tenant) => ({ ...key, tenant })),
      ],
      goodOutput: [{ entry: null }, { entry: { value: '', revision: 1 } }],
      badOutput: [
        {},
        { entry: undefined },
        { entry: { value: '', revision: 0 } },
        { entry: { value: null, revision: 1 } },
        { entry: { value: 'x'.repeat(262_145), revision: 1 } },
      ],
    },
    put: {
      good: [
        { ...key, value: '' },
        { ...key, value: '€'.repeat(87_381), ifRevision: 0 },
      ],
      bad: [
        { ...key },
        { ...key, value: '€'.repeat(87_382) },
        { ...key, value: '\ud800' },
        { ...key, value: 'v', ifRevision: -1 },
        { ...key, value: 'v', ifRevision: 0.5 },
        { ...key, value: 'v', ifRevision: null },
        { ...key, value: 'v', ifRevision: 2 ** 53 },
        { ...key, value: 'v', ifRevision: undefined },
      ],
      goodOutput: [{ revision: 1 }],
      badOutput: [{ revision: 0 }, { revision: '1' }, { revision: 1.5 }],
    },
    delete: {
      good: [key, { ...key, ifRevision: 3 }],
      bad: [{ tenant: 'acme' }, { ...key, ifRevision: '3' }],
      ...deleted,
    },
    list: {
      good: [
        { tenant: 'acme', prefix: '', limit: 1 },
        { tenant: 'acme', prefix: 'p', after: 'p1', limit: 1000 },
      ],
      bad: [
        { tenant: 'acme', limit: 1 },
        { tenant: 'acme', prefix: '', limit: 0 },
        { tenant: 'acme', prefix: '', limit: 1001 },
        { tenant: 'acme', prefix: '', after: '', limit: 1 },
        { tenant: 'acme', prefix: 'é'.repeat(513), limit: 1 },
      ],
      goodOutput: [
        { keys: [], next: null },
        { keys: ['a'], next: 'a' },
      ],
      badOutput: [
        { keys: [] },
        { keys: [''], next: null },
        { keys: [], next: '' },
        { keys: many(1001, String), next: null },
      ],
    },
  },
  secrets: {
    get: {
      good: [
        name,
        { tenant: '_env', name: 'A-b_c.d' },
        { tenant: 'acme', name: many(8, () => 'x').join('/') },
        { tenant: 'acme', name: '...' },
        { tenant: 'acme', name: '.hidden/..x' },
      ],
      bad: [
        ...['', '.', '..', '../x', 'x/..', 'x/./y', '/x', 'x/', 'x//y', 'a b', 'a\\b', 'é', 'x\n', 'x\0'].map(
          (each) => ({ ...name, name: each }),
        ),
        { ...name, name: many(9, () => 'x').join('/') },
        { ...name, name: 'x'.repeat(65) },
        ...badTenants.map((tenant) => ({ ...name, tenant })),
      ],
      goodOutput: [
        { value: bytes(65_536), version: 1 },
        { value: '', version: 1 },
      ],
      badOutput: [
        { value: bytes(65_537), version: 1 },
        { value: 'no base64!', version: 1 },
        { value: '', version: 0 },
        { value: '' },
      ],
    },
    put: {
      good: [
        { ...name, value: bytes(65_536) },
        { ...name, value: '', ifVersion: 0 },
      ],
      bad: [
        name,
        { ...name, value: bytes(65_537) },
        { ...name, value: bytes(65_538) },
        { ...name, value: 'YQ' },
        { ...name, value: 'Y Q==' },
        { ...name, value: 'YQ==', ifVersion: -1 },
      ],
      goodOutput: [{ version: 1 }],
      badOutput: [{ version: 0 }, {}],
    },
    delete: { good: [name], bad: [{ tenant: 'acme' }, { ...name, ifVersion: 1 }], ...deleted },
    list: {
      good: [
        { tenant: 'acme', limit: 1 },
        { tenant: 'acme', after: 'a/b', limit: 1000 },
      ],
      bad: [
        { tenant: 'acme' },
        { tenant: 'acme', limit: 0 },
        { tenant: 'acme', limit: 1001 },
        { tenant: 'acme', after: '../x', limit: 1 },
      ],
      goodOutput: [
        { names: ['a'], next: null },
        { names: ['a'], next: 'a' },
      ],
      badOutput: [{ names: ['..'], next: null }, { names: [] }, { names: [{ name: 'a', value: 'v' }], next: null }],
    },
  },
  sessions: {
    pin: {
      good: [
        { ...session, revision, ttlSeconds: 1 },
        { deployment: 'desk.acme', session: 'é'.repeat(128), revision, ttlSeconds: 2_678_400 },
      ],
      bad: [
        { ...session, revision },
        { ...session, revision, ttlSeconds: 0 },
        { ...session, revision, ttlSeconds: 2_678_401 },
        { ...session, revision: 'desk', ttlSeconds: 1 },
        { ...session, session: '', revision, ttlSeconds: 1 },
        { ...session, session: `${'é'.repeat(128)}x`, revision, ttlSeconds: 1 },
        { ...session, deployment: 'desk', revision, ttlSeconds: 1 },
      ],
      goodOutput: [{ revision, pinned: true }],
      badOutput: [
        { revision, pinned: 1 },
        { revision: null, pinned: false },
        { revision: 'desk.acme.01', pinned: true },
      ],
    },
    lookup: {
      good: [session],
      bad: [{ session: 's' }, { ...session, revision }],
      goodOutput: [{ revision }, { revision: null }],
      badOutput: [{}, { revision: 'r' }],
    },
    extend: {
      good: [{ ...session, ttlSeconds: 60 }],
      bad: [session, { ...session, ttlSeconds: 1.5 }],
      goodOutput: [{ extended: false }],
      badOutput: [{}],
    },
    release: {
      good: [session],
      bad: [{ deployment: 'desk.acme' }],
      goodOutput: [{ released: false }],
      badOutput: [{ released: null }],
    },
    count: {
      good: [{ deployment: 'desk.acme' }, { deployment: 'desk.acme', revision }],
      bad: [{}, { deployment: 'desk.acme', revision: null }, { deployment: 'desk.acme', revision: undefined }],
      goodOutput: [{ count: 0 }],
      badOutput: [{ count: -1 }, { count: 0.5 }, { count: Number.POSITIVE_INFINITY }],
    },
  },
  telemetry: {
    export: {
      good: [
        { records: [record, { ...record, kind: 'span', durationMs: 0 }, { ...record, kind: 'metric', value: -1.5 }] },
        { records: many(512, () => record) },
        { records: [{ ...record, attributes: attributes(64) }] },
      ],
      bad: [
        { records: [] },
        { records: many(513, () => record) },
        { records: [{ ...record, kind: 'event' }] },
        { records: [{ ...record, name: '' }] },
        { records: [{ ...record, name: 'x'.repeat(257) }] },
        { records: [{ ...record, timeMs: -1 }] },
        { records: [{ ...record, timeMs: Number.NaN }] },
        { records: [{ ...record, durationMs: -1 }] },
        { records: [{ ...record, value: Number.POSITIVE_INFINITY }] },
        { records: [{ ...record, attributes: attributes(65) }] },
        { records: [{ ...record, attributes: { a: null } }] },
        { records: [{ ...record, attributes: { a: { nested: 1 } } }] },
        { records: [{ ...record, attributes: { a: 'x'.repeat(4097) } }] },
        { records: [{ ...record, attributes: { '': 1 } }] },
        { records: [{ ...record, secret: 'x' }] },
      ],
      goodOutput: [{ accepted: 0 }, { accepted: 512 }],
      badOutput: [{ accepted: -1 }, { accepted: 513 }, {}],
    },
    flush: { good: [{}], bad: [null, [], { extra: 1 }], ...nothing },
  },
  deployer: {
    stage: {
      good: [{ revision: spec }],
      bad: [
        { revision: { ...spec, bundle: { ...bundle, digest: 'sha256:abc' } } },
        { revision: { ...spec, bundle: { ...bundle, digest: `SHA256:${'a'.repeat(64)}` } } },
        { revision: { ...spec, bundle: { ...bundle, name: 'desk' } } },
        { revision: { ...spec, bundle: { ...bundle, version: '1.0' } } },
        { revision: { ...spec, customer: '_env' } },
        { revision: { ...spec, environment: 'a b' } },
        { revision: { ...spec, command: 'rm' } },
        spec,
      ],
      ...nothing,
    },
    warm: { ...ref, ...nothing },
    observe: {
      good: [
        { environment: 'local', revisions: [revision] },
        { environment: 'local', revisions: many(256, (i) => `desk.acme.${i + 1}`) },
      ],
      bad: [
        { environment: 'local', revisions: [] },
        { environment: 'local', revisions: many(257, (i) => `desk.acme.${i + 1}`) },
        { environment: 'local', revisions: ['*'] },
      ],
      goodOutput: [{ revisions: [] }, { revisions: [observed, { ...observed, phase: 'absent', endpoint: null }] }],
      badOutput: [
        {},
        { revisions: [{ ...observed, phase: 'running' }] },
        { revisions: [{ ...observed, endpoint: 'x'.repeat(513) }] },
        { revisions: [{ ...observed, message: 'x'.repeat(2001) }] },
        { revisions: [{ ...observed, endpoint: undefined }] },
        { revisions: many(257, () => observed) },
      ],
    },
    drain: { ...ref, ...nothing },
    archive: { ...ref, ...nothing },
    applySplit: {
      good: [split(shares(10_000)), split(shares(3333, 3333, 3334)), split(shares(10_000, 0))],
      bad: [
        split([]),
        split(shares(9999)),
        split(shares(5000, 5001)),
        split(shares(10_001, -1)),
        split(shares(5000.5, 4999.5)),
        split([...shares(5000), ...shares(5000)]),
        split(many(65, (i) => ({ revision: `desk.acme.${i + 1}`, weightBps: i === 0 ? 10_000 : 0 }))),
        { ...split(shares(10_000)), deployment: 'desk' },
      ],
      ...nothing,
    },
    destroy: {
      good: [{ environment: 'local' }],
      bad: [{}, { environment: '' }, { environment: 'local', all: true }],
      ...nothing,
    },
  },
};

const rows = SLOTS.flatMap((slot) =>
  Object.keys(CONTRACTS[slot].methods).map((method) => {
    const contract = CONTRACTS[slot].methods[method];
    const row = TABLE[slot]?.[method];
    if (contract === undefined || row === undefined) throw new Error(`The table lacks ${slot}.${method}.`);
    return { method: `${slot}.${method}`, contract, row };
  }),
);

describe('the contract of a method', () => {
  test.each(rows)('$method takes what fits, and gives it to the pack as it came', ({ contract, row }) => {
    for (const each of row.good) expect(contract.input.parse(each)).toEqual(each);
    for (const each of row.goodOutput) expect(contract.output.parse(each)).toEqual(each);
  });

  test.each(rows)('$method refuses each input that does not fit', ({ contract, row }) => {
    for (const each of row.bad)
      expect(contract.input.safeParse(each).success, JSON.stringify(each).slice(0, 200)).toBe(false);
  });

  test.each(rows)('$method refuses each result that does not fit', ({ contract, row }) => {
    for (const each of row.badOutput)
      expect(contract.output.safeParse(each).success, JSON.stringify(each)?.slice(0, 200)).toBe(false);
  });

  test.each(rows)('$method refuses a field nobody knows, and anything that is no object', ({ contract, row }) => {
    const [good] = row.good as [object];
    const [goodOutput] = row.goodOutput as [object];
    for (const each of [{ ...good, extra: 1 }, null, undefined, 'text', 0, [good]]) {
      expect(contract.input.safeParse(each).success).toBe(false);
    }
    for (const each of [{ ...goodOutput, extra: 1 }, null, undefined, 'text', 0, [goodOutput]]) {
      expect(contract.output.safeParse(each).success).toBe(false);
    }
  });

  test.each(rows)('$method lets a pack give errors of its own kind only, never those of the host', ({ contract }) => {
    for (const error of contract.errors) expect(error).toMatch(/^(secret|state|sessions|deploy|kv)\//);
  });
});

test('every slot speaks version 1, under its own name', () => {
  for (const slot of SLOTS) expect(CONTRACTS[slot]).toMatchObject({ slot, version: 1 });
  expect(Object.keys(CONTRACTS).sort()).toEqual([...SLOTS].sort());
});
