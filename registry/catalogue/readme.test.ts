import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderReadme, SHOWN_MAX } from './readme.ts';

const shown = (markdown: string) => renderReadme(markdown).text;

describe('a README', () => {
  test('is rendered: headings below those of the page, lists, code, links', () => {
    const text = shown(
      '# Vault\n\nKeeps *secrets*.\n\n- one\n\n```sh\ngtc x\n```\n\n[docs](https://example.org/a?b=1&c=2)',
    );
    expect(text).toContain('<h3>Vault</h3>');
    expect(text).toContain('<em>secrets</em>');
    expect(text).toContain('<li>one</li>');
    expect(text).toContain('<code class="language-sh">gtc x');
    expect(text).toContain('<a href="https://example.org/a?b=1&amp;c=2" rel="nofollow noopener noreferrer">docs</a>');
  });

  test.each([
    ['<script>alert(1)</script>'],
    ['<img src=x onerror=alert(1)>'],
    ['text <b onclick="x">bold</b>'],
    ['<svg/onload=alert(1)>'],
    ['<!-- <script>alert(1)</script> -->'],
    ['```<script>\nalert(1)\n```'],
    ['`<script>alert(1)</script>`'],
    ['[a](<https://x/"onmouseover="alert(1)>)'],
    ['[a](https://x "\\" onmouseover=alert(1)")'],
    ['```"><script>alert(1)</script>\n```'],
  ])('lets no markup of its own through: %s', (markdown) => {
    // What stands inside quotes is text.
    const bare = shown(markdown).replaceAll(/"[^"]*"/g, '""');
    expect(bare).not.toMatch(/<(?!\/?(?:p|code|pre|a|em|strong)\b)|<[^>]*\son\w+\s*=/i);
  });

  test.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\tscript:alert(1)',
    '&#106;avascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    '//evil.example',
    '../index.html',
    'jav%61script:alert(1)',
  ])('does not link to %s', (url) => {
    expect(shown(`[a](${url})`)).not.toContain('<a ');
    expect(shown(`<${url}>`)).not.toContain('<a ');
    expect(shown(`[a]\n\n[a]: ${url}`)).not.toContain('<a ');
  });

  test('shows no image: its description stands for it, and nothing is loaded', () => {
    const text = shown('![a <b> cat](https://tracker.example/pixel.gif)');
    expect(text).toBe('<p>a &lt;b&gt; cat</p>\n');
  });

  test('turns no line round', () => {
    expect(shown('safe \u202eexe.txt')).not.toContain('\u202e');
  });

  test('that is too long is cut', () => {
    expect(shown('word '.repeat(SHOWN_MAX)).length).toBeLessThan(SHOWN_MAX + 100);
  });

  test('whatever it is, has only elements that Markdown makes', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '&',
      '[',
      ']',
      '(',
      ')',
      '!',
      '`',
      '*',
      '#',
      '\n',
      ' ',
      'javascript:',
      'https://x',
      'script',
      'on',
      '=',
      '\\',
      '&lt;',
      '<!--',
      'a',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        for (const [, name, attributes = ''] of shown(pieces.join('')).matchAll(/<\/?([a-z0-9]*)([^>]*)>/gi)) {
          expect([
            'p',
            'a',
            'em',
            'strong',
            'code',
            'pre',
            'ul',
            'ol',
            'li',
            'blockquote',
            'hr',
            'br',
            'h3',
            'h4',
            'h5',
            'h6',
          ]).toContain(name);
          expect(attributes).toMatch(/^(?: (?:href|title|rel|class|start)="[^"]*")* ?\/?$/);
        }
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['[', 1],
    ['*a_ ', 1],
    ['> ', 1],
    ['![', 1],
    ['`', 1],
    ['a**b', 1],
    ['<a ', 1],
    ['- ', 1],
    ['&#', 1],
    ['[a](', 1],
  ])('made of %s alone is rendered in two seconds', (piece) => {
    const started = performance.now();
    shown(piece.repeat(SHOWN_MAX / piece.length));
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
