import { type Digest, Version } from '@greentic/core';
import fc from 'fast-check';
import semver from 'semver';
import { describe, expect, test } from 'vitest';
import { SAMPLE } from '../testing/sample-registry.ts';
import type { VersionsDocument } from '../tuf/versions-document.ts';
import { resolve } from './resolve.ts';

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
    '%j is no range: input/invalid',
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
