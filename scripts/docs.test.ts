import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CHECKS } from '@greentic/conformance';
import { CONTRACTS, ERRORS } from '@greentic/core';
import { Command, Option } from 'commander';
import { afterEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { checkPage } from './docs/check-page.ts';
import { commandPage } from './docs/command-page.ts';
import { errorPage } from './docs/error-page.ts';
import { compileExamples, examplesOf, guidePages } from './docs/example.ts';
import { manifestPage } from './docs/manifest-page.ts';
import { code, table } from './docs/page.ts';
import { schemaTable } from './docs/schema-table.ts';
import { slotPage } from './docs/slot-page.ts';
import { stalePages } from './docs.ts';

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true });
});

function folder(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(path.join(tmpdir(), 'docs-'));
  roots.push(root);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return root;
}

describe('tables', () => {
  test('a bar or a line break in a cell does not break the table', () => {
    expect(table(['a'], [['x | y\nz']])).toBe('| a |\n| --- |\n| x \\| y z |');
  });

  test('code holds backticks', () => {
    expect(code('a`b')).toBe('`` a`b ``');
  });

  test('a table without rows is nothing', () => {
    expect(table(['a'], [])).toBe('');
  });
});

describe('a schema as a table', () => {
  test('gives each field its path, type and limits', () => {
    const schema = z.strictObject({
      name: z.string().min(3).max(80),
      size: z.int().min(1).exactOptional(),
      tags: z
        .array(z.enum(['a', 'b']))
        .max(1)
        .default([]),
      inner: z.strictObject({ on: z.boolean() }),
    });
    expect(schemaTable(schema).split('\n').slice(2)).toEqual([
      '| `name` | string | at least 3 characters, at most 80 characters |',
      '| `size?` | integer | at least 1 |',
      '| `tags?` | list of `"a"`, `"b"` | at most 1 entry, default `[]` |',
      '| `inner` | object |  |',
      '| `inner.on` | boolean |  |',
    ]);
  });

  test('tells the variants of a union apart', () => {
    const variants = z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('x'), a: z.string() }),
      z.strictObject({ kind: z.literal('y'), b: z.int().nullable() }),
    ]);
    expect(
      schemaTable(z.strictObject({ all: z.array(variants) }))
        .split('\n')
        .slice(2),
    ).toEqual([
      '| `all` | list of object |  |',
      '| `all[kind=x].a` | string |  |',
      '| `all[kind=y].b` | integer or null |  |',
    ]);
  });

  test('is nothing for an object without fields', () => {
    expect(schemaTable(z.strictObject({}))).toBe('');
  });
});

describe('generated pages', () => {
  test('errors.md has every code with its exit status and way out', () => {
    const rows = errorPage().text.split('\n');
    for (const [name, info] of Object.entries(ERRORS)) {
      expect(rows).toContain(`| \`${name}\` | ${info.exit} | ${info.http} | ${info.summary} | ${info.hint} |`);
    }
  });

  test.each(Object.values(CONTRACTS))('the page of $slot explains every method of its contract', (contract) => {
    const source = readFileSync(path.join(import.meta.dirname, '..', 'core', 'slots', `${contract.slot}.ts`), 'utf8');
    const { text } = slotPage(contract, source);
    for (const method of Object.keys(contract.methods)) {
      // A heading, and under it the sentence from the interface.
      expect(text).toMatch(new RegExp(`### ${method}\n\n[A-Z]`));
    }
    expect(text).toContain(source.trimEnd());
  });

  test('conformance.md has every check once, with its title and clause', () => {
    const { text } = checkPage();
    for (const { id, title, clause } of CHECKS) {
      const rows = text.split('\n').filter((row) => row.startsWith(`| \`${id}\` |`));
      expect(rows).toHaveLength(1);
      expect(rows[0]).toContain(title);
      expect(rows[0]).toContain(clause);
    }
  });

  test('a check of a feature names it', () => {
    const card = { slot: 'state', level: 'extended', title: 'It waits.', clause: 'Waiting.', hint: '' } as const;
    const { text } = checkPage([{ ...card, id: 'STA-99', rev: 2, minObservations: 1, feature: 'watch' }]);
    expect(text).toContain('| `STA-99` | 2 | extended: `watch` | It waits. | Waiting. |');
  });

  test('the manifest page shows permissions by kind, and limits with their defaults', () => {
    const { text } = manifestPage();
    expect(text).toContain('| `permissions[kind=kv].quotaBytes` | integer |');
    expect(text).toMatch(/`limits\.memoryMib\?` \| integer \| .*default `64`/);
  });

  test('the page of commands lists leaves, arguments, options, choices and defaults', () => {
    const program = new Command('gtc').description('Deploys.').option('--json', 'Prints JSON.');
    const op = program.command('op').description('Operates.');
    const show = op.command('show').description('Shows one.').argument('<env>', 'The environment.');
    show.addOption(new Option('--as <form>', 'The form.').choices(['a', 'b']).default('a'));
    show.addOption(new Option('--secret', 'Not shown.').hideHelp());
    const { text } = commandPage(program);
    expect(text).toContain('## gtc op show\n\nShows one.');
    expect(text).toContain('gtc op show [options] <env>');
    expect(text).toContain('| `env` | The environment. |');
    expect(text).toContain('| `--as <form>` | The form. One of `a`, `b`. Default: `a`. |');
    expect(text).toContain('| `--json` | Prints JSON. |');
    expect(text).not.toContain('--secret');
    expect(text).not.toContain('## gtc op\n');
  });

  test('a page that is missing or differs is stale, one that is equal is not', () => {
    const root = folder({ 'docs/a.md': 'same', 'docs/b.md': 'other' });
    const pages = ['a', 'b', 'c'].map((name) => ({ path: `docs/${name}.md`, text: 'same' }));
    expect(stalePages(root, pages)).toEqual(['docs/b.md', 'docs/c.md']);
  });
});

describe('examples', () => {
  test('only TypeScript blocks are taken, with the line they stand on', () => {
    const text = 'Intro\n\n```ts\nconst a = 1;\n```\n\n```sh\nls\n```\n\n```ts\nconst b = 2;\nconst c = 3;\n```\n';
    expect(examplesOf('README.md', text)).toEqual([
      { page: 'README.md', line: 4, text: 'const a = 1;\n' },
      { page: 'README.md', line: 12, text: 'const b = 2;\nconst c = 3;\n' },
    ]);
  });

  test('a block that is not closed is refused', () => {
    expect(() => examplesOf('README.md', '```ts\nconst a = 1;\n')).toThrow('README.md:1');
  });

  test('the README and guides are read, decision records are not', () => {
    const root = folder({ 'README.md': '', 'docs/a.md': '', 'docs/slots/b.md': '', 'docs/adr/0001.md': '' });
    expect(guidePages(root).sort()).toEqual(['README.md', 'docs/a.md', 'docs/slots/b.md']);
  });

  test('an error is reported at its line of the page; a block that compiles is not', () => {
    const root = path.join(import.meta.dirname, '..');
    const good = {
      page: 'docs/a.md',
      line: 7,
      text: "import { definePack } from '@greentic/sdk';\n\nexport const pack = definePack;\n",
    };
    const bad = { page: 'docs/b.md', line: 10, text: 'const a = 1;\nconst b: string = a;\n' };
    expect(compileExamples(root, [good])).toEqual([]);
    const problems = compileExamples(root, [good, bad]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^docs\/b\.md:11: error TS2322/);
  });
});
