import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ERRORS } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { attackFamilies, attackPage } from './attack-page.ts';

const root = path.join(import.meta.dirname, '..', '..');
const families = await attackFamilies(root);
const attacks = families.flatMap((family) => family.attacks.map((attack) => ({ ...attack, family: family.name })));

describe('the attacks', () => {
  test('are at least 120, in families that say what somebody does', () => {
    expect(attacks.length).toBeGreaterThanOrEqual(120);
    for (const { name, description } of families) expect(`${name}: ${description}`).toMatch(/^[a-z-]+: [A-Z].*\.$/);
  });

  test('of one family each have a name of their own', () => {
    for (const family of families) {
      const names = family.attacks.map(({ name }) => name);
      expect(new Set(names).size, family.name).toBe(names.length);
    }
  });

  test('are each refused with a code that exits with 3, or says what is missing', () => {
    for (const { code, name } of attacks) {
      expect([2, 3, 4, 5, 7], `${name}: ${code}`).toContain(ERRORS[code as keyof typeof ERRORS].exit);
    }
  });

  test('are all made: every file of them is imported by a test or by a file of theirs', () => {
    const folder = path.join(root, 'registry', 'attacks');
    const texts = globSync('*.ts', { cwd: folder }).map((file) => readFileSync(path.join(folder, file), 'utf8'));
    for (const { name } of families) {
      const imported = texts.some((text) => text.includes(`from './${name}.fixture.ts'`));
      expect(imported, name).toBe(true);
    }
  });
});

test('the page has a row for each', async () => {
  const { text } = await attackPage(root);
  const rows = text.split('\n').filter((line) => /^\| .* \| `[a-z-]+\/[a-z-]+` \|$/.test(line));
  expect(rows).toHaveLength(attacks.length);
  expect(text).toContain(`${attacks.length} attacks in ${families.length} families.`);
});
