import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { isErrorCode } from '@greentic/core';
import { code, type Page, page, table } from './page.ts';

/** One attack that a test makes, and what it is refused with. */
export interface Attack {
  readonly name: string;
  readonly code: string;
}

/** Attacks of one kind. */
export interface AttackFamily {
  /** Name of the file that holds them, without its ending. */
  readonly name: string;
  /** What somebody does, in a sentence. */
  readonly description: string;
  readonly attacks: readonly Attack[];
}

/** Every family of attacks: the fixtures in the folders `attacks`, by name. */
export async function attackFamilies(root: string): Promise<AttackFamily[]> {
  const files = globSync('*/attacks/*.fixture.ts', { cwd: root }).toSorted();
  const families = await Promise.all(files.map((file) => familiesOf(path.join(root, file))));
  return families.flat();
}

async function familiesOf(file: string): Promise<AttackFamily[]> {
  const exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  const source = readFileSync(file, 'utf8');
  return Object.entries(exported).flatMap(([name, value]) => {
    if (!Array.isArray(value) || value.length === 0 || !value.every(isAttack)) return [];
    const description = descriptionOf(source, name);
    return [{ name: path.basename(file, '.fixture.ts'), description, attacks: value }];
  });
}

function isAttack(value: unknown): value is Attack {
  const { name, code: refusal } = (value ?? {}) as Partial<Attack>;
  return typeof name === 'string' && isErrorCode(refusal);
}

/** The comment before an export, as one line. */
function descriptionOf(source: string, name: string): string {
  const before = source.slice(0, source.indexOf(`export const ${name}`)).trimEnd();
  const comment = before.endsWith('*/') ? before.slice(before.lastIndexOf('/**') + 3, -2) : '';
  return comment.replaceAll(/\n \*/g, ' ').replaceAll(/\s+/g, ' ').trim();
}

const intro = `Each row is a test: \`npm run test:attacks\` makes the attack on a real registry, through the functions that commands use,
and looks that it is refused with exactly this code.`;

/** `docs/attacks.md`: what was tried, and what it is refused with. */
export async function attackPage(root: string): Promise<Page> {
  const families = await attackFamilies(root);
  const count = families.reduce((sum, { attacks }) => sum + attacks.length, 0);
  const sections = families.flatMap(({ name, description, attacks }) => [
    `## ${name}`,
    description,
    table(
      ['attack', 'refused with'],
      attacks.map((attack) => [attack.name, code(attack.code)]),
    ),
  ]);
  return page('docs/attacks.md', ['# Attacks', intro, `${count} attacks in ${families.length} families.`, ...sections]);
}
