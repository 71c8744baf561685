import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../digest.ts';
import { RecordedRevocation, Revocation, RevocationOverride, revocationOf } from './revocation.ts';

const NOW = new Date('2031-05-01T12:00:00.000Z');
const withdrawn = {
  name: 'acme.state.memory',
  version: '1.0.0',
  digest: digestOf('0'),
  severity: 'high',
  reason: 'It sends secrets away.',
  since: '2031-04-01T00:00:00.000Z',
};
const override = {
  digest: digestOf('0'),
  reason: 'The fix needs a day.',
  by: 'ada',
  until: '2031-05-02T00:00:00.000Z',
};

const digests = fc.nat({ max: 3 }).map((n) => digestOf(`${n}`));
const revocations = fc.array(
  digests.map((digest) => Revocation.parse({ ...withdrawn, digest })),
  { maxLength: 4 },
);
const overrides = fc.array(
  fc
    .tuple(digests, fc.integer({ min: -2, max: 2 }))
    .map(([digest, ms]) =>
      RevocationOverride.parse({ ...override, digest, until: new Date(NOW.getTime() + ms).toISOString() }),
    ),
  { maxLength: 4 },
);

describe('what stops a digest', () => {
  test('is a revocation of exactly that digest, unless an override of it still holds', () => {
    fc.assert(
      fc.property(digests, revocations, overrides, (digest, all, spared) => {
        const found = revocationOf(digest, all, spared, NOW);
        const holds = spared.some((each) => each.digest === digest && Date.parse(each.until) > NOW.getTime());
        const revoked = all.some((each) => each.digest === digest);
        expect(found !== undefined).toBe(revoked && !holds);
        if (found !== undefined) expect(found.digest).toBe(digest);
      }),
      { numRuns: 1000 },
    );
  });

  test('stops it again from the very moment its override ends', () => {
    const all = [Revocation.parse(withdrawn)];
    const spared = [RevocationOverride.parse(override)];
    const end = Date.parse(override.until);
    expect(revocationOf(digestOf('0'), all, spared, new Date(end - 1))).toBeUndefined();
    expect(revocationOf(digestOf('0'), all, spared, new Date(end))).toEqual(all[0]);
  });

  test('is nothing where nobody withdrew anything, whatever is overridden', () => {
    expect(revocationOf(digestOf('0'), undefined, [RevocationOverride.parse(override)], NOW)).toBeUndefined();
  });
});

describe('a revocation', () => {
  test('may name what to use instead, with a version or without', () => {
    for (const successor of [{ name: 'acme.state.disk' }, { name: 'acme.state.disk', version: '2.0.0' }])
      expect(Revocation.parse({ ...withdrawn, successor }).successor).toEqual(successor);
  });

  test.each<[what: string, changes: Record<string, unknown>]>([
    ['of no version', { version: undefined }],
    ['of a range', { version: '^1.0.0' }],
    ['of a name that is none', { name: 'acme' }],
    ['of a digest in capitals', { digest: digestOf('0').toUpperCase() }],
    ['of a severity nobody knows', { severity: 'urgent' }],
    ['without a reason', { reason: '' }],
    ['with a reason that moves the cursor', { reason: 'Gone\u001b[2J.' }],
    ['with a reason over two lines', { reason: 'Gone.\nAll fine.' }],
    ['with a reason of 513 characters', { reason: 'x'.repeat(513) }],
    ['since a day', { since: '2031-04-01' }],
    ['with a successor that is a text', { successor: 'acme.state.disk' }],
    ['with a successor in a range', { successor: { name: 'acme.state.disk', version: '*' } }],
    ['with a field nobody knows', { until: override.until }],
  ])('%s is refused', (_, changes) => {
    expect(Revocation.safeParse(withdrawn).success).toBe(true);
    expect(Revocation.safeParse({ ...withdrawn, ...changes }).success).toBe(false);
  });

  test('as an environment keeps it says which registry said so, by a label', () => {
    expect(RecordedRevocation.safeParse({ ...withdrawn, registry: 'main' }).success).toBe(true);
    for (const registry of [undefined, '', 'Main', 'a/b', '../a'])
      expect(RecordedRevocation.safeParse({ ...withdrawn, registry }).success).toBe(false);
  });
});

test.each<[what: string, changes: Record<string, unknown>]>([
  ['without an end', { until: undefined }],
  ['that ends never', { until: 'never' }],
  ['by nobody', { by: '' }],
  ['by somebody in two lines', { by: 'ada\nbob' }],
  ['without a reason', { reason: undefined }],
  ['of a version', { digest: undefined, version: '1.0.0' }],
  ['with a field nobody knows', { severity: 'low' }],
])('an override %s is refused', (_, changes) => {
  expect(RevocationOverride.safeParse(override).success).toBe(true);
  expect(RevocationOverride.safeParse({ ...override, ...changes }).success).toBe(false);
});
