import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLoopbackAddress, isRepositoryName, parseOciReference } from './reference.ts';

describe('the location of a registry', () => {
  test.each([
    ['oci://ghcr.io/acme/registry', 'https://ghcr.io', 'acme/registry'],
    ['oci://registry.example:5000/a', 'https://registry.example:5000', 'a'],
    ['oci://REGISTRY.example:443/a', 'https://registry.example', 'a'],
    ['oci://localhost:5000/a', 'https://localhost:5000', 'a'],
    ['oci://10.0.0.1/a', 'https://10.0.0.1', 'a'],
    ['oci://127.0.0.1:5000/a', 'http://127.0.0.1:5000', 'a'],
    ['oci://127.1:5000/a', 'http://127.0.0.1:5000', 'a'],
    ['oci://[::1]:5000/a', 'http://[::1]:5000', 'a'],
    ['oci://[::2]/a', 'https://[::2]', 'a'],
    ['oci://registry.example/a.b_c__d---e/0', 'https://registry.example', 'a.b_c__d---e/0'],
  ])('%s leads to %s', (location, origin, repository) => {
    expect(parseOciReference(location)).toMatchObject({ origin: new URL(origin), repository });
  });

  test.each([
    '',
    'oci://',
    'oci:///a',
    'oci://registry.example',
    'oci://registry.example/',
    'OCI://registry.example/a',
    'https://registry.example/a',
    'oci://registry.example/A',
    'oci://registry.example/a:tag',
    `oci://registry.example/a@sha256:${'0'.repeat(64)}`,
    'oci://registry.example/../a',
    'oci://registry.example/a/../b',
    'oci://registry.example//a',
    'oci://registry.example/a/',
    'oci://registry.example/a?x',
    'oci://registry.example/a#x',
    'oci://registry.example/a%2fb',
    'oci://registry.example/a\n',
    'oci://registry.example\\@elsewhere.example/a',
    'oci://registry.example:99999/a',
    'oci://registry.example:/a',
    'oci://registry.example:x/a',
    'oci://ada:secret@registry.example/a',
    'oci://[::1/a',
    'oci://256.0.0.1/a',
    'oci://-/..',
    `oci://registry.example/${'a'.repeat(256)}`,
  ])('%s is refused', (location) => {
    expect(() => parseOciReference(location)).toThrow(expect.objectContaining({ code: 'input/invalid' }));
  });

  test('does not repeat a password, nor a text without an end', () => {
    const refusal = (location: string) => {
      try {
        return parseOciReference(location);
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(refusal('oci://ada:secret@registry.example/a')).not.toContain('secret');
    expect(refusal(`oci://registry.example/${'A'.repeat(10_000)}`)).toHaveProperty(
      'length',
      300 + ' names no repository.'.length,
    );
  });

  test('is read as what it is written as, and leads into the network over HTTPS only', () => {
    const part = fc.constantFrom(
      'a',
      'registry.example',
      'localhost',
      '127.0.0.1',
      '[::1]',
      ':',
      '5000',
      '/',
      '//',
      '@',
      '.',
      '_',
      '-',
      'A',
      '%',
      '?',
      '\\',
      '0x7f.1',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 9 }), (parts) => {
        try {
          const reference = parseOciReference(`oci://${parts.join('')}`);
          expect(parseOciReference(reference.location)).toEqual(reference);
          expect(reference.origin).toMatchObject({
            pathname: '/',
            username: '',
            password: '',
            search: '',
            host: reference.host,
          });
          expect(reference.origin.protocol === 'https:' || isLoopbackAddress(reference.origin)).toBe(true);
          expect(isRepositoryName(reference.repository)).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: 'input/invalid' });
        }
      }),
      { numRuns: 500 },
    );
  });
});

test.each([
  ['http://127.0.0.1/', true],
  ['http://127.255.255.254/', true],
  ['http://2130706433/', true],
  ['http://[::1]/', true],
  ['http://localhost/', false],
  ['http://127.0.0.1.example/', false],
  ['http://128.0.0.1/', false],
  ['http://0.0.0.0/', false],
  ['http://[::ffff:127.0.0.1]/', false],
])('that %s is an address of this machine itself is %s', (url, own) => {
  expect(isLoopbackAddress(new URL(url))).toBe(own);
});
