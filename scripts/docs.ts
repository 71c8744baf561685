import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { attackPage } from './docs/attack-page.ts';
import { checkPage } from './docs/check-page.ts';
import { commandPage } from './docs/command-page.ts';
import { errorPage } from './docs/error-page.ts';
import { compileExamples, examplesOf, guidePages } from './docs/example.ts';
import { manifestPage } from './docs/manifest-page.ts';
import type { Page } from './docs/page.ts';
import { rulePage } from './docs/rule-page.ts';
import { slotPages } from './docs/slot-page.ts';

/** Every page that is written from the source. */
export async function generatedPages(root: string): Promise<Page[]> {
  const pages = [errorPage(), rulePage(), manifestPage(), checkPage(), await attackPage(root), ...slotPages(root)];
  const program = path.join(root, 'cli', 'program.ts');
  if (!existsSync(program)) return pages;
  const { createProgram } = (await import(pathToFileURL(program).href)) as { createProgram: () => Command };
  return [...pages, commandPage(createProgram())];
}

/** Pages on disk that are not what the source says, by path. */
export function stalePages(root: string, pages: readonly Page[]): string[] {
  const read = (file: string): string | undefined => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);
  return pages.filter((page) => read(path.join(root, page.path)) !== page.text).map((page) => page.path);
}

function writePages(root: string, pages: readonly Page[]): void {
  for (const page of pages) {
    const file = path.join(root, page.path);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, page.text);
  }
}

if (import.meta.main) {
  const root = path.join(import.meta.dirname, '..');
  const pages = await generatedPages(root);
  if (process.argv.includes('--write')) writePages(root, pages);
  const stale = stalePages(root, pages).map((file) => `${file}: not what the source says; run npm run docs`);
  const examples = guidePages(root).flatMap((file) => examplesOf(file, readFileSync(path.join(root, file), 'utf8')));
  const problems = [...stale, ...compileExamples(root, examples)];
  for (const problem of problems) console.error(problem);
  console.error(`${pages.length} pages generated, ${examples.length} examples compiled, ${problems.length} problems`);
  if (problems.length > 0) process.exitCode = 1;
}
