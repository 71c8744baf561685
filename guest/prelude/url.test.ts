import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bothWorlds } from './testing/both-worlds.ts';
import { World } from './testing/world.ts';

let world: World;
beforeAll(() => {
  world = World.start();
});
afterAll(() => world.end());

async function agree(expression: string): Promise<void> {
  const { ours, nodes } = await bothWorlds(world, expression);
  expect(ours, expression).toEqual(nodes);
}

const PARTS = 'href origin protocol username password host hostname port pathname search hash'.split(' ');
const shown = (url: string): string => `((u) => ${JSON.stringify(PARTS)}.map((part) => u[part]))(${url})`;

const ABSOLUTE = [
  'http://example.com',
  'http://example.com/',
  'HTTP://EXAMPLE.COM/Path',
  'https://example.com:443/',
  'https://example.com:80/',
  'https://example.com:00443/',
  'https://example.com:65535/',
  'https://example.com:65536/',
  'https://example.com:-1/',
  'https://example.com:8a/',
  'https://user:pa%20ss@example.com/',
  'https://user@example.com/',
  'https://:pass@example.com/',
  'https://a@b@example.com/',
  'https://example.com/a/./b/../c',
  'https://example.com/a/%2e%2e/b',
  'https://example.com/a/.%2E/b',
  'https://example.com/../../x',
  'https://example.com/a//b',
  'https://example.com\\a\\b',
  'https:example.com',
  'https:///example.com',
  'https:/example.com',
  'https://',
  'https://?q',
  'https://#f',
  'https://example.com?q=1#f',
  'https://example.com/#f?q',
  'https://example.com/?q=a b',
  'https://example.com/?q=\'"<>`',
  'https://example.com/ a b ',
  '  https://example.com/  ',
  'https://exa\tmple.com/\n',
  'https://exa mple.com/',
  'https://exa<mple.com/',
  'https://exa%6dple.com/',
  'https://exa%00mple.com/',
  'https://example.com/%zz%1',
  'https://example.com/ü?ü#ü',
  'https://example.com/\ud800',
  'https://münchen.example/',
  'https://xn--mnchen-3ya.example/',
  'https://xn--/',
  'https://ＥＸＡＭＰＬＥ.com/',
  'https://faß.example/',
  'https://日本語.jp/',
  'https://a\u00adb.example/',
  'https://☃.net/',
  'https://127.0.0.1/',
  'https://127.1/',
  'https://0x7f.1/',
  'https://0177.0.0.1/',
  'https://2130706433/',
  'https://256.256.256.256/',
  'https://1.2.3.4.5/',
  'https://1.2.3.4./',
  'https://1.2.3.08/',
  'https://09/',
  'https://4294967296/',
  'https://[::1]/',
  'https://[::1]:8443/',
  'https://[1:2:3:4:5:6:7:8]/',
  'https://[1:0:0:4:0:0:0:8]/',
  'https://[::ffff:192.0.2.1]/',
  'https://[::1%25eth0]/',
  'https://[1::2::3]/',
  'https://[::1/',
  'https://::1/',
  'https://[v1.a]/',
  'https://example.com./',
  'https://.example.com/',
  'https://ex..ample.com/',
  'https://-a-.com/',
  `https://${'a'.repeat(64)}.com/`,
  'ftp://example.com/file;type=a',
  'ws://example.com:80/',
  'wss://example.com/',
  'file:///etc/passwd',
  'file://host/share',
  'file:c:/x',
  'file:///C|/x/..',
  'file://localhost/x',
  'data:text/plain,hello world',
  'mailto:someone@example.com',
  'javascript:alert(1)',
  'urn:isbn:0451450523',
  'blob:https://example.com/id',
  'blob:null/id',
  'about:blank',
  'secret://vault/key',
  'non-special://host:80/a/../b',
  'non-special://host with space/',
  'non-special:opaque path ?q#f',
  'non-special:/..//p',
  'a:b',
  'a+b-c.d:e',
  '1a:b',
  ':a',
  '',
  ' ',
  'example.com',
  '//example.com',
  '/path',
  '?q',
  '#f',
  'http://a b@c/',
  'http://user:p:w@h:1/',
];
const RELATIVE = [
  '',
  'c',
  './c',
  '../c',
  '../../../c',
  '/c',
  '//other/c',
  '///x',
  '?q',
  '#f',
  'c?q#f',
  'http:c',
  'https:c',
  'mailto:x',
  '\\c',
  '.',
  '..',
  '%2e',
  ';p',
  '//',
  '//:80',
  'C|/x',
  '/C:/x',
];
const BASES = [
  'http://example.com/a/b?q#f',
  'https://u:p@h:8080/x/',
  'file:///a/b',
  'mailto:x',
  'non-special:/a/b',
  'data:x',
];

describe('URL', () => {
  test(`${ABSOLUTE.length} addresses have the parts that Node's parser gives`, async () => {
    for (const url of ABSOLUTE) await agree(shown(`new URL(${JSON.stringify(url)})`));
  });

  test(`${RELATIVE.length} references against ${BASES.length} bases resolve as in Node`, async () => {
    for (const base of BASES) {
      for (const url of RELATIVE) await agree(shown(`new URL(${JSON.stringify(url)}, ${JSON.stringify(base)})`));
    }
  });

  test('each part is set as in Node', async () => {
    const values = [
      '',
      'x',
      'ftp',
      'https:',
      'a b',
      'h:81',
      '81',
      '81x',
      'é',
      '?q=1',
      '#f',
      '/p/../q',
      '[::1]',
      '//',
      '@',
    ];
    for (const url of ['http://u:p@example.com:8080/a?b=1#c', 'mailto:x', 'file:///a', 'non-special://h/p']) {
      for (const part of PARTS.filter((part) => part !== 'origin')) {
        for (const value of values) {
          const set = `(() => { const u = new URL(${JSON.stringify(url)}); u.${part} = ${JSON.stringify(value)}; return u; })()`;
          await agree(shown(set));
        }
      }
    }
  });

  test('any text is parsed, or refused, as in Node', async () => {
    const piece = fc.oneof(
      fc.constantFrom(...'/?#:@[]\\.%& \t'),
      fc.constantFrom('http:', '//', 'a', '%2e', '1', 'é'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
    await fc.assert(
      fc.asyncProperty(text, (url) => agree(shown(`new URL(${JSON.stringify(url)}, 'https://base.example/a/b')`))),
      { numRuns: 200 },
    );
  });

  test('is told apart from text, and becomes text', async () => {
    await agree(
      "[String(new URL('a:b')), JSON.stringify({ u: new URL('http://h') }), URL.canParse('x'), URL.canParse('x', 'a://b')]",
    );
    await agree("[URL.parse('x'), URL.parse('a:b').href, URL.parse('y', 'http://h/x').href]");
    await agree("new URL({ toString: () => 'http://h/' }).href");
    await agree("new URL(new URL('c', 'http://h/a/b'), 'http://other').href");
    await agree('new URL()');
    await agree('new URL(Symbol())');
    await agree("new URL('c', 'nonsense')");
  });

  test('and its parameters follow each other', async () => {
    await agree(`(() => {
      const url = new URL('http://h/?a=1&b=2#f'), params = url.searchParams, seen = [];
      params.append('c', 'x y'); seen.push(url.href);
      url.search = '?z=9'; seen.push(params.get('z'), params.has('a'), url.searchParams === params);
      params.delete('z'); seen.push(url.href);
      url.href = 'http://h/?q=1'; seen.push([...params]);
      return seen;
    })()`);
  });
});

describe('URLSearchParams', () => {
  test.each([
    "'?a=1&b=2&a=3'",
    "'a&b=&=c&&d=e=f'",
    "'a+b=c+d&%20=%2B'",
    "'%=%1&%zz=%F0%9F%98%80&%ff=1'",
    "'\\ufeffa=%EF%BB%BFb'",
    "'\\ud800=1'",
    "[['a', '1'], ['a', '2'], ['b', 3]]",
    "new Map([['x', 'y']])",
    "{ a: 1, b: 'two', c: null }",
    "new URLSearchParams('q=1&r=2')",
    'undefined',
    'null',
    '5',
    "[['a']]",
    "[['a', 'b', 'c']]",
    '[null]',
    '{}',
    '[]',
  ])('of %s are read and written as in Node', async (init) => {
    await agree(`((p) => [String(p), [...p], p.size])(new URLSearchParams(${init}))`);
  });

  test('change as in Node', async () => {
    await agree(`(() => {
      const p = new URLSearchParams('b=2&a=1&b=3&c=4&a=1'), seen = [];
      const show = () => seen.push(String(p));
      p.append('d', '~!*()\\' é'); show(); p.set('b', 'x'); show(); p.delete('a', '2'); show(); p.delete('a', '1'); show();
      p.set('new', 'n'); show(); p.append('b', 'y'); p.sort(); show();
      seen.push(p.get('b'), p.get('none'), p.getAll('b'), p.has('b'), p.has('b', 'y'), p.has('b', 'z'), [...p.keys()], [...p.values()]);
      p.forEach((value, name, all) => seen.push(value + name + (all === p)));
      return seen;
    })()`);
  });

  test('any pairs survive being written and read', async () => {
    const pairs = fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(pairs, (list) => {
        const init = JSON.stringify(list);
        return agree(`((p) => [String(p), [...new URLSearchParams(String(p))]])(new URLSearchParams(${init}))`);
      }),
      { numRuns: 100 },
    );
  });
});
