import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextPage } from './link.ts';
import { parseOciReference } from './reference.ts';

const reference = parseOciReference('oci://registry.example/acme/registry');
const PATH = '/v2/acme/registry/tags/list';
const from = new URL(`https://registry.example${PATH}?n=2`);
const next = (header: string | undefined) => nextPage(header, from, reference)?.href;

describe('the next page', () => {
  test.each([
    [`<${PATH}?n=2&last=b>; rel="next"`, '?n=2&last=b'],
    [`<https://registry.example${PATH}?last=b>; rel="next"`, '?last=b'],
    [`<https://registry.example:443${PATH}?last=b>; rel="next"`, '?last=b'],
    [`<//registry.example${PATH}?last=b>; rel="next"`, '?last=b'],
    ['<?last=b>; rel=next', '?last=b'],
    ['<list?last=b>;rel="next"', '?last=b'],
    ['<../tags/list?last=b>; REL="NEXT"', '?last=b'],
    ['<?last=b>; title="page 2"; rel="next"', '?last=b'],
    ['<?last=b>; rel="last next"', '?last=b'],
    ['<?last=a>; rel="prev", <?last=c>; rel="next"', '?last=c'],
    ['<?last=a,b>; rel="next"', '?last=a,b'],
  ])('%s is at %s', (header, query) => {
    expect(next(header)).toBe(`https://registry.example${PATH}${query}`);
  });

  test.each([
    undefined,
    '',
    '<?last=b>',
    '<?last=b>; rel="prev"',
    '<?last=b>; rel="nextest"',
    '<?last=b>; rel="not-next"',
    '<?last=b>; rel=nextest',
    '<?last=b>; arel="next"',
    '<?last=b>; rel="prev", rel="next"',
    '?last=b; rel="next"',
    'rel="next"',
  ])('%s names none', (header) => {
    expect(next(header)).toBeUndefined();
  });

  test.each([
    `<https://elsewhere.example${PATH}>; rel="next"`,
    `<http://registry.example${PATH}>; rel="next"`,
    `<https://registry.example:444${PATH}>; rel="next"`,
    `<//elsewhere.example${PATH}>; rel="next"`,
    `<https://ada@registry.example${PATH}>; rel="next"`,
    `<https://:secret@registry.example${PATH}>; rel="next"`,
    '</v2/victim/private/tags/list>; rel="next"',
    '</v2/acme/registry/manifests/a>; rel="next"',
    '<../../../../../token>; rel="next"',
    '</v2/acme/registry/tags/list/%2e%2e/%2e%2e/blobs/uploads/>; rel="next"',
    '<https://[>; rel="next"',
    '<javascript:alert(1)>; rel="next"',
  ])('%s is refused', (header) => {
    expect(() => next(header)).toThrow(expect.objectContaining({ code: 'registry/redirect' }));
  });

  test('is another page of the same document, whatever a registry writes', () => {
    const word = fc.constantFrom(
      '/',
      '..',
      '?',
      '#',
      '@',
      ':',
      '\\',
      '//',
      'https:',
      'elsewhere.example',
      PATH,
      '%2e',
      'x',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (words) => {
        try {
          const url = nextPage(`<${words.join('')}>; rel="next"`, from, reference);
          expect(url).toMatchObject({ origin: from.origin, pathname: PATH, username: '', password: '' });
        } catch (error) {
          expect(error).toMatchObject({ code: 'registry/redirect' });
        }
      }),
    );
  });
});
