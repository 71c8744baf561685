import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { RULE_CARDS, RULE_IDS } from '@greentic/registry';
import { describe, expect, test } from 'vitest';
import { rulePage } from './docs/rule-page.ts';

const root = path.join(import.meta.dirname, '..');

/** The names of the tests of a file: what `test`, `describe` and their tables are called. */
function testNames(source: string): string[] {
  return [...source.matchAll(/\b(?:test|describe)(?:\.each\([\s\S]*?\))?\(\s*(['"`])(.*?)\1/g)].map(
    ([, , name = '']) => name,
  );
}

describe('the rules of admission', () => {
  test('docs/rules.md has a row for each, in the order they are looked at', () => {
    const rows = [...rulePage().text.matchAll(/^\| `([a-z-]+\/[a-z-]+)` \|/gm)].map(([, id]) => id);
    expect(rows).toEqual([...RULE_IDS]);
    for (const { asks } of Object.values(RULE_CARDS)) expect(rulePage().text).toContain(asks);
  });

  test('README.md and docs/trust.md lead to the table', () => {
    expect(readFileSync(path.join(root, 'README.md'), 'utf8')).toContain('(docs/rules.md)');
    expect(readFileSync(path.join(root, 'docs', 'trust.md'), 'utf8')).toContain('(rules.md)');
  });

  const files = globSync('registry/admission/**/*.test.ts', { cwd: root });
  const names = files.flatMap((file) => testNames(readFileSync(path.join(root, file), 'utf8')));

  test.each(RULE_IDS)('%s has a test with its id in the name', (id) => {
    expect(names.filter((name) => name.includes(id))).not.toEqual([]);
  });

  test('a name that is only in the text of a test is none', () => {
    expect(testNames("test('one', () => look('policy/level'))")).toEqual(['one']);
    expect(testNames("describe('policy/level', () => undefined)")).toEqual(['policy/level']);
  });
});
