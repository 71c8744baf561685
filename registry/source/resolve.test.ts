import { type Digest, Version } from '@greentic/core';
import fc from 'fast-check';
import semver from 'semver';
import { describe, expect, test } from 'vitest';
import { SAMPLE } from '../testing/sample-registry.ts';
import type { VersionsDocument } from '../tuf/versions-document.ts';
import { channelsOf, resolve } from './resolve.ts';

function documentOf(versions: readonly string[]): VersionsDocument {
  const digest = `sha256:${'0'.repeat(64)}` as Digest;
  const facts = { digest, size: 1, group: digest, groupSize: 1, kind: 'state', contract: 1 } as const;
  return {
    schema: 'greentic.versions/1',
    name: SAMPLE,
    versions: versions.map((version) => ({ version: Version.parse(version), ...facts })),
  };
}

const PUBLISHED = ['0.9.0', '1.0.0', '1.2.0', '1.10.0', '2.0.0-rc.1', '2.0.0', '3.0.0-beta.1'];

const rich: VersionsDocument = {
  ...documentOf(['1.0.0', '1.1.0', '2.0.0-rc.1', '2.0.0']),
  channels: { 'latest/stable': '1.0.0', 'latest/beta': '2.0.0-rc.1', '1.x/stable': '1.1.0' },
} as VersionsDocument;

/** The document with a field of one version changed. */
const changed = (version: string, fields: object): VersionsDocument => ({
  ...rich,
  versions: rich.versions.map((entry) => (entry.version === version ? { ...entry, ...fields } : entry)),
});
const yanked = { yanked: { at: '2031-05-01T12:00:00.000Z', reason: 'Loses writes.' } };

describe('following a channel', () => {
  test.each([
    ['stable', '1.0.0'],
    ['latest/stable', '1.0.0'],
    ['beta', '2.0.0-rc.1'],
    ['1.x/stable', '1.1.0'],
  ])('%s gives the version it points at, %s', (channel, version) => {
    expect(resolve(rich, channel).version).toBe(version);
  });

  test.each([
    ['candidate', '1.0.0'],
    ['edge', '2.0.0-rc.1'],
    ['1.x/edge', '1.1.0'],
  ])('%s is closed and gives the next lower risk, %s', (channel, version) => {
    expect(resolve(rich, channel).version).toBe(version);
  });

  test.each(['2.x/stable', '2.x/edge'])('%s has nothing of its risk or less: pack/channel-closed', (channel) => {
    expect(() => resolve(rich, channel)).toThrow(expect.objectContaining({ code: 'pack/channel-closed' }));
  });

  test('a channel never gives what only a higher risk names', () => {
    const { channels: _, ...none } = rich;
    const onlyBeta = { ...none, channels: { 'latest/beta': '2.0.0' } } as VersionsDocument;
    expect(() => resolve(onlyBeta, 'stable')).toThrow(expect.objectContaining({ code: 'pack/channel-closed' }));
  });

  test('a channel that points at a version taken back gives it, for admission to refuse', () => {
    expect(resolve(changed('1.0.0', yanked), 'stable')).toMatchObject({ version: '1.0.0', ...yanked });
  });

  test('the channels of a version are those that point at it', () => {
    const of = (version: string) => channelsOf(rich, { version: Version.parse(version) });
    expect(of('1.0.0')).toEqual(['latest/stable']);
    expect(of('2.0.0')).toEqual([]);
  });
});

describe('what a range passes over', () => {
  test('a version taken back', () => {
    expect(resolve(changed('2.0.0', yanked), '*').version).toBe('1.1.0');
    expect(() => resolve(changed('2.0.0', yanked), '^2.0.0')).toThrow(
      expect.objectContaining({ code: 'pack/version-not-found' }),
    );
  });

  test('a version for a contract this host does not speak, as long as there is another', () => {
    expect(resolve(changed('2.0.0', { contract: 2 }), '*').version).toBe('1.1.0');
    expect(() => resolve(changed('2.0.0', { contract: 2 }), '^2.0.0')).toThrow(
      expect.objectContaining({ code: 'pack/contract-unsupported' }),
    );
  });

  test('an exact version names itself, whatever is wrong with it: admission says so', () => {
    expect(resolve(changed('2.0.0', { contract: 2 }), '2.0.0').version).toBe('2.0.0');
    expect(resolve(changed('2.0.0', yanked), '2.0.0').version).toBe('2.0.0');
  });
});

describe('resolving a range', () => {
  test.each([
    ['*', '2.0.0'],
    ['1.x', '1.10.0'],
    ['^1.0.0', '1.10.0'],
    ['~1.2.0', '1.2.0'],
    ['>=1.0.0 <1.10.0', '1.2.0'],
    ['1.0.0', '1.0.0'],
    ['2.0.0-rc.1', '2.0.0-rc.1'],
    ['^0.9.0 || ^1.0.0', '1.10.0'],
    ['>=2.0.0-rc.1 <2.0.1', '2.0.0'],
  ])('%s picks %s', (range, version) => {
    expect(resolve(documentOf(PUBLISHED), range).version).toBe(version);
  });

  test.each(['^4.0.0', '1.0.1', '>=3.0.0-alpha', '3.0.0-beta.2'])(
    '%s picks nothing: pack/version-not-found',
    (range) => {
      expect(() => resolve(documentOf(PUBLISHED), range)).toThrow(
        expect.objectContaining({ code: 'pack/version-not-found' }),
      );
    },
  );

  test.each(['latest', '', 'not a range', `>=1.0.0 ${' '.repeat(300)}`, '../1.0.0'].filter(Boolean))(
    '%j is no range and no channel: input/invalid',
    (range) => {
      expect(() => resolve(documentOf(PUBLISHED), range)).toThrow(expect.objectContaining({ code: 'input/invalid' }));
    },
  );

  const version = fc
    .tuple(fc.nat(4), fc.nat(4), fc.nat(4), fc.constantFrom('', '-rc.1', '-beta'))
    .map(([a, b, c, pre]) => `${a}.${b}.${c}${pre}`);
  const range = fc
    .tuple(fc.constantFrom('^', '~', '>=', '<', ''), fc.nat(4), fc.nat(4), fc.nat(4))
    .map(([op, a, b, c]) => `${op}${a}.${b}.${c}`);

  test('the pick is a release that satisfies the range, and no higher release does', () => {
    fc.assert(
      fc.property(fc.uniqueArray(version, { maxLength: 20 }), range, (versions, wanted) => {
        const candidates = versions.filter((one) => semver.prerelease(one) === null && semver.satisfies(one, wanted));
        if (candidates.length === 0) {
          expect(() => resolve(documentOf(versions), wanted)).toThrow(
            expect.objectContaining({ code: 'pack/version-not-found' }),
          );
          return;
        }
        const picked = resolve(documentOf(versions), wanted).version;
        expect(candidates).toContain(picked);
        for (const one of candidates) expect(semver.gt(one, picked)).toBe(false);
      }),
    );
  });

  test('the order in which versions are listed does not matter', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(PUBLISHED, { minLength: PUBLISHED.length }), (shuffled) => {
        expect(resolve(documentOf(shuffled), '*').version).toBe('2.0.0');
      }),
    );
  });
});

describe('what is revoked', () => {
  const one = `sha256:${'1'.repeat(64)}` as Digest;
  const two = `sha256:${'2'.repeat(64)}` as Digest;
  const document: VersionsDocument = {
    ...documentOf(['1.0.0', '1.1.0', '2.0.0']),
    channels: { 'latest/stable': '1.1.0' },
  } as VersionsDocument;
  const withDigests: VersionsDocument = {
    ...document,
    versions: document.versions.map((entry) => ({
      ...entry,
      ...(entry.version === '1.1.0' ? { digest: one } : entry.version === '2.0.0' ? { digest: two } : {}),
    })),
  };

  test('is passed over by a range', () => {
    expect(resolve(withDigests, '*', new Set([two])).version).toBe('1.1.0');
    expect(resolve(withDigests, '*', new Set([one, two])).version).toBe('1.0.0');
    expect(resolve(withDigests, '^1', new Set([one])).version).toBe('1.0.0');
  });

  test('is still what its version and its channel name: a refusal then says why', () => {
    expect(resolve(withDigests, '2.0.0', new Set([two])).version).toBe('2.0.0');
    expect(resolve(withDigests, 'stable', new Set([one])).version).toBe('1.1.0');
  });

  test('and all that fits is told apart from nothing that fits', () => {
    expect(() => resolve(withDigests, '^2', new Set([two]))).toThrow(expect.objectContaining({ code: 'pack/revoked' }));
    expect(() => resolve(withDigests, '^3', new Set([two]))).toThrow(
      expect.objectContaining({ code: 'pack/version-not-found' }),
    );
  });
});
