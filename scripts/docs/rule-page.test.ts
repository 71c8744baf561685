import { RULE_CARDS, RULE_IDS } from '@greentic/registry';
import { expect, test } from 'vitest';
import { checkPage } from './check-page.ts';
import { errorPage } from './error-page.ts';
import { page } from './page.ts';
import { rulePage } from './rule-page.ts';

const rowsOf = (text: string) => text.split('\n').filter((line) => line.startsWith('| `'));

test('the page of rules has each rule once, in the order in which they are looked at', () => {
  expect(rowsOf(rulePage().text).map((row) => row.split('`')[1])).toEqual([...RULE_IDS]);
});

test('a rule is told with what it asks, its codes and whether it is looked at again', () => {
  const card = { ...RULE_CARDS['index/fresh'], asks: 'All | is well.', from: 'The\nindex.', again: false };
  const { text } = rulePage({
    'a/b': { ...card, codes: ['trust/threshold', 'index/invalid'] },
    'c/d': { ...card, again: true },
  });
  expect(rowsOf(text)[0]).toBe('| `a/b` | All \\| is well. | The index. | `trust/threshold`, `index/invalid` | no |');
  expect(rowsOf(text)[1]).toMatch(/\| yes \|$/);
});

test('the page of errors has an area for each first word, with its codes under it', () => {
  const info = { exit: 3, http: 403, summary: 'It is refused.', hint: 'Ask.' } as const;
  const { text } = errorPage({ 'trust/a': info, 'env/b': { ...info, exit: 4, http: 404 }, 'trust/c': info });
  const [, trust = '', env = ''] = text.split(/^## .*$/m);
  expect(text.match(/^## .*$/gm)).toEqual(['## trust', '## env']);
  expect(rowsOf(trust)).toEqual(['a', 'c'].map((name) => `| \`trust/${name}\` | 3 | 403 | It is refused. | Ask. |`));
  expect(rowsOf(env)).toEqual(['| `env/b` | 4 | 404 | It is refused. | Ask. |']);
});

test('the page of checks has a title for each slot that has checks, and none for one that has not', () => {
  const card = {
    id: 'STA-99',
    rev: 1,
    level: 'core',
    title: 'It is.',
    clause: 'Being.',
    hint: '',
    minObservations: 1,
  } as const;
  expect(checkPage([{ ...card, slot: 'state' }]).text.match(/^## .*$/gm)).toEqual(['## State']);
});

test('a page says that it is written, leaves out what is empty, and ends in one line feed', () => {
  const { path, text } = page('docs/a.md', ['# A', '', 'Text.']);
  expect(path).toBe('docs/a.md');
  expect(text).toMatch(/^<!-- Written by `npm run docs` .* -->\n\n# A\n\nText\.\n$/);
});
