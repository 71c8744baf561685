import { readFileSync } from 'node:fs';
import path from 'node:path';
import { RULE_IDS } from '@greentic/registry';
import { expect, test } from 'vitest';

test('docs/trust.md has a row for every rule of admission, in the order they are looked at', () => {
  const text = readFileSync(path.join(import.meta.dirname, '..', 'docs', 'trust.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `([a-z-]+\/[a-z-]+)` \|/gm)].map(([, id]) => id);
  expect(rows).toEqual([...RULE_IDS]);
});
