import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

/** Names in the braces of `export { … } from 'module'`, types included. */
function exportedNames(source: string, from = /./): string[] {
  const exports = [...source.matchAll(/export (?:type )?\{([^}]*)\} from '([^']*)'/g)];
  const lists = exports.filter(([, , module = '']) => from.test(module)).map(([, list = '']) => list);
  return lists.flatMap((list) => list.split(',').map((name) => name.replace(/\btype\b/, '').trim())).filter(Boolean);
}

const door = read('core/index.ts');
const terms = [...read('docs/glossary.md').matchAll(/\*\*([^*]+)\*\*/g)].map(([, term = '']) => term);

describe('the glossary', () => {
  test('has only words that the core exports, each once', () => {
    expect(terms.filter((term) => !exportedNames(door).includes(term))).toEqual([]);
    expect(terms.filter((term, i) => terms.indexOf(term) !== i)).toEqual([]);
  });

  test('has every noun of the model', () => {
    const nouns = exportedNames(door, /^\.\/model\//).filter((name) => /^[A-Z][a-z]/.test(name));
    expect(nouns.length).toBeGreaterThan(20);
    expect(nouns.filter((noun) => !terms.includes(noun))).toEqual([]);
  });
});
