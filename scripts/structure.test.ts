import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { describeFinding } from './structure/finding.ts';
import { readTree } from './structure/source-tree.ts';
import { checkStructure, checkTestRatio } from './structure.ts';

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true });
});

const pack = (name: string, more: object = {}): string =>
  JSON.stringify({ name: `@greentic/${name}`, exports: { '.': { source: './index.ts' } }, ...more });

/** A small tree that breaks no rule. */
const good: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    workspaces: ['guest', 'core', 'sdk', 'operator', 'envpacks/*/*'],
    devDependencies: { vitest: '1', esbuild: '1' },
  }),
  'core/package.json': pack('core', {
    exports: { '.': { source: './index.ts' }, './slots': { source: './slots.ts' } },
    dependencies: { zod: '4' },
  }),
  'core/index.ts': "export { digest } from './digest.ts';\nexport type * from './slots.ts';\n",
  'core/digest.ts':
    "import { createHash } from 'node:crypto';\nimport { z } from 'zod';\n\n/** A digest. */\nexport const digest = [createHash, z];\n",
  'core/digest.test.ts':
    "import { test } from 'vitest';\nimport { digest } from './digest.ts';\n\ntest('is', () => digest);\n",
  'core/slots.ts': '/** Methods. */\nexport interface Slots {\n  get(): void;\n}\n',
  'guest/package.json': pack('guest', { devDependencies: { 'core-js': '3' } }),
  'guest/prelude/index.ts': "import 'core-js';\n",
  'sdk/package.json': pack('sdk', { dependencies: {} }),
  'sdk/index.ts':
    "import type { Slots } from '@greentic/core/slots';\n\n/** Defines a pack. */\nexport function definePack(pack: Slots): Slots {\n  return pack;\n}\n",
  'operator/package.json': pack('operator', { dependencies: { '@greentic/core': '1' } }),
  'operator/index.ts': "import { digest } from '@greentic/core';\n\n/** A verb. */\nexport const verb = digest;\n",
  'envpacks/state/kv/package.json': pack('state-kv', { devDependencies: { '@greentic/sdk': '1', ulid: '1' } }),
  'envpacks/state/kv/index.ts':
    "import { definePack } from '@greentic/sdk';\nimport { ulid } from 'ulid';\n\nexport default definePack(ulid);\n",
  'scripts/check.ts':
    "import { build } from 'esbuild';\nimport { verb } from '@greentic/operator';\nimport { digest } from '../core/digest.ts';\n\nconsole.log(build, verb, digest);\n",
};

const coreWith = (name: string) => ({
  exports: { '.': { source: './index.ts' }, './slots': { source: './slots.ts' } },
  dependencies: { zod: '4', [name]: '1' },
});

function findingsOf(changes: Readonly<Record<string, string>>, check = checkStructure): string[] {
  const root = mkdtempSync(path.join(tmpdir(), 'structure-'));
  roots.push(root);
  for (const [name, text] of Object.entries({ ...good, ...changes })) {
    const file = path.join(root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return check(readTree(root)).map((finding) => `${finding.rule} ${finding.file}:${finding.line}`);
}

const lines = (count: number, line: string): string => `${line}\n`.repeat(count);

test('a tree that keeps every rule has no findings', () => {
  expect(findingsOf({})).toEqual([]);
});

test('a finding says where, which rule, what, and the way out', () => {
  const text = describeFinding({
    file: 'a.ts',
    line: 3,
    rule: 'any',
    message: '`any` without a reason.',
    hint: 'Narrow it.',
  });
  expect(text).toBe('a.ts:3: any: `any` without a reason.\n    Narrow it.');
});

describe('arrows', () => {
  const core = (text: string): Record<string, string> => ({ 'core/extra.ts': text });
  test.each<[rule: string, changes: Record<string, string>, at: string]>([
    ['the core imports nothing of ours', core("\nimport '@greentic/sdk';\n"), 'arrow core/extra.ts:2'],
    [
      'also types go down only',
      core("import type { verb } from '@greentic/operator';\nexport type V = verb;\n"),
      'arrow core/extra.ts:1',
    ],
    ['also in a type query', core("export type V = import('@greentic/operator').verb;\n"), 'arrow core/extra.ts:1'],
    [
      'also when imported later',
      core("export const later = () => import('@greentic/operator');\n"),
      'arrow core/extra.ts:1',
    ],
    ['also in a re-export', core("export { verb } from '@greentic/operator';\n"), 'arrow core/extra.ts:1'],
    ['also in a test', { 'core/extra.test.ts': "import '@greentic/operator';\n" }, 'arrow core/extra.test.ts:1'],
    [
      'a pack sees the SDK only',
      { 'envpacks/state/kv/a.ts': "import '@greentic/core';\n" },
      'arrow envpacks/state/kv/a.ts:1',
    ],
    [
      'another folder is entered by its name',
      { 'operator/a.ts': "import '../core/digest.ts';\n" },
      'deep-import operator/a.ts:1',
    ],
    [
      'only declared entries are open',
      { 'operator/a.ts': "import '@greentic/core/digest.ts';\n" },
      'deep-import operator/a.ts:1',
    ],
    ['packages are declared', core("import 'fastify';\n"), 'undeclared core/extra.ts:1'],
    [
      'packages are not loaded by import()',
      core("export const a = import('zod');\n"),
      'dynamic-package core/extra.ts:1',
    ],
    ['development packages are for tests', core("import 'vitest';\n"), 'undeclared core/extra.ts:1'],
    ['build-time packages are for what is bundled', core("import 'core-js';\n"), 'undeclared core/extra.ts:1'],
    [
      'our own packages are declared as well',
      { 'operator/package.json': pack('operator') },
      'undeclared operator/index.ts:1',
    ],
    [
      'the SDK imports types only',
      { 'sdk/a.ts': "import { Slots } from '@greentic/core/slots';\n" },
      'types-only sdk/a.ts:1',
    ],
    [
      'inline types are not enough',
      { 'sdk/a.ts': "import { type Slots } from '@greentic/core/slots';\n" },
      'types-only sdk/a.ts:1',
    ],
    [
      'the SDK depends on nothing',
      { 'sdk/package.json': pack('sdk', { dependencies: { zod: '4' } }) },
      'sdk-dependency sdk/package.json:1',
    ],
    ['a pack has no Node', { 'envpacks/state/kv/a.ts': "import 'node:fs';\n" }, 'isolated envpacks/state/kv/a.ts:1'],
    ['the isolate has no Node', { 'guest/prelude/a.ts': "import 'node:fs';\n" }, 'isolated guest/prelude/a.ts:1'],
    [
      'nobody imports a pack by path',
      { 'scripts/a.ts': "import '../envpacks/state/kv/index.ts';\n" },
      'envpacks scripts/a.ts:1',
    ],
    ['nobody imports a pack by name', { 'scripts/a.ts': "import '@greentic/state-kv';\n" }, 'envpacks scripts/a.ts:1'],
    [
      'the product does not import what is there for tests',
      { 'core/a.ts': "import './testing/b.ts';\n", 'core/testing/b.ts': "import 'vitest';\n" },
      'test-only core/a.ts:1',
    ],
    ['what is imported exists', core("import './gone.ts';\n"), 'unresolved core/extra.ts:1'],
  ])('%s', (_, changes, at) => {
    expect(findingsOf(changes)).toEqual([at]);
  });
});

describe('what nearly breaks a rule of arrows is let pass:', () => {
  test.each<[what: string, changes: Record<string, string>]>([
    ['a package that begins as one of ours', { 'core/package.json': pack('core', coreWith('@greenticity/x')) }],
    ['a development package in a test', { 'core/a.test.ts': "import 'vitest';\n" }],
    [
      'a development package for its types',
      { 'core/a.ts': "import type { Plugin } from 'esbuild';\nexport type P = Plugin;\n" },
    ],
    ['a later import in a test', { 'core/a.test.ts': "export const a = import('vitest');\n" }],
    ['a later import of a file', { 'core/a.ts': "export const a = () => import('./digest.ts');\n" }],
    ['a file of a package that is declared', { 'core/a.ts': "import 'zod/mini';\n" }],
    ['Node in a test of a pack', { 'envpacks/state/kv/a.test.ts': "import 'node:fs';\n" }],
    [
      'types of Node in a pack',
      { 'envpacks/state/kv/a.ts': "import type { Stats } from 'node:fs';\nexport type S = Stats;\n" },
    ],
    ['a file beside it in a pack', { 'envpacks/state/kv/a.ts': "import './index.ts';\n" }],
    [
      'what is there for tests, in a test',
      { 'core/a.test.ts': "import './testing/b.ts';\n", 'core/testing/b.ts': 'export const b = 1;\n' },
    ],
    [
      'what is there for others’ tests, in the SDK',
      { 'sdk/a.ts': "import './testing/b.ts';\n", 'sdk/testing/b.ts': 'export const b = 1;\n' },
    ],
    ['a file that is built later', { 'scripts/a.ts': "import '../core/dist/index.js';\n" }],
    ['an import that stands in a comment', { 'core/a.ts': "// import '@greentic/operator';\nexport const a = 1;\n" }],
    ['an import that stands in a text', { 'core/a.ts': 'export const a = "import \'@greentic/operator\'";\n' }],
    ['a file that is no source', { 'core/dist/a.ts': "import '@greentic/operator';\n", 'core/a.d.ts': 'TODO' }],
  ])('%s', (_, changes) => {
    expect(findingsOf(changes)).toEqual([]);
  });
});

describe('cycles', () => {
  test('two files that import each other are a cycle', () => {
    const changes = {
      'core/a.ts': "import './b.ts';\n",
      'core/b.ts': "import './c.ts';\n",
      'core/c.ts': "import './a.ts';\n",
    };
    expect(findingsOf(changes)).toEqual(['cycle core/a.ts:1']);
  });

  test('an inline type import is left at run time, so it closes a cycle', () => {
    const changes = { 'core/a.ts': "import './b.ts';\n", 'core/b.ts': "import { type A } from './a.ts';\n" };
    expect(findingsOf(changes)).toEqual(['cycle core/a.ts:1']);
  });

  test('a type import closes no cycle', () => {
    const changes = {
      'core/a.ts': "import './b.ts';\n",
      'core/b.ts': "import type { A } from './a.ts';\nexport type B = A;\n",
    };
    expect(findingsOf(changes)).toEqual([]);
  });
});

describe('bars', () => {
  test('a file over 350 lines is refused, one of 350 is not', () => {
    expect(findingsOf({ 'core/long.ts': lines(351, '// x') })).toContain('file-length core/long.ts:1');
    expect(findingsOf({ 'core/long.ts': lines(350, '// x') })).not.toContain('file-length core/long.ts:1');
  });

  test.each([
    ['function', 'export function long(): void {', '}'],
    ['arrow', 'export const long = (): void => {', '};'],
    ['method', 'export class Long { run(): void {', '}}'],
    ['object method', 'export const long = { run(): void {', '}};'],
  ])('a %s over 80 lines is refused, one of 80 is not', (_, head, foot) => {
    const text = (count: number): string => `\n${head}\n${lines(count - 2, '  // x')}${foot}\n`;
    expect(findingsOf({ 'core/long.ts': text(81) })).toContain('function-length core/long.ts:2');
    expect(findingsOf({ 'core/long.ts': text(80) })).not.toContain('function-length core/long.ts:2');
  });

  test('many long files and functions are refused though none is over the maximum', () => {
    const text = `export function long(): void {\n${lines(44, '  // x')}}\n${lines(220, '// x')}`;
    const changes = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`operator/a${i}.ts`, text]));
    expect(findingsOf(changes)).toEqual(['file-length .:1', 'file-length .:1', 'function-length .:1']);
  });

  test('tests are measured apart', () => {
    expect(findingsOf({ 'core/long.test.ts': lines(400, '// x') })).toEqual([]);
  });

  test('a core over 4,000 lines is refused', () => {
    const changes = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`core/a${i}.ts`, lines(79, '// x')]));
    expect(findingsOf(changes)).toEqual(['core-size core:1']);
  });

  test('too few tests are refused', () => {
    expect(findingsOf({}, checkTestRatio)).toEqual(['test-ratio .:1']);
    expect(findingsOf({ 'core/long.test.ts': lines(100, '// x') }, checkTestRatio)).toEqual([]);
  });
});

describe('wording', () => {
  test.each([
    ['any without a reason', 'export const a = (b: any) => b;\n', 'any core/extra.ts:1'],
    ['a comment about the plan', '\n// TODO: more\n', 'plan-word core/extra.ts:2'],
    ['a default export outside packs', 'export default 1;\n', 'default-export core/extra.ts:1'],
  ])('%s is refused', (_, text, at) => {
    expect(findingsOf({ 'core/extra.ts': text })).toEqual([at]);
  });

  test('a word of the plan in its ordinary sense is allowed', () => {
    expect(findingsOf({ 'core/extra.ts': '// The phase a worker is in, for nowhere else.\n' })).toEqual([]);
  });

  test('any with a reason on its line is allowed', () => {
    expect(findingsOf({ 'core/extra.ts': 'export const a = (b: any) => b; // the library says so\n' })).toEqual([]);
  });

  test.each(['core/utils/a.ts', 'core/helpers.ts', 'core/types.ts'])('%s names nothing', (file) => {
    expect(findingsOf({ [file]: 'export const a = 1;\n' })).toEqual([`name ${file}:1`]);
  });

  test.each(['TODO', 'FIXME', 'XXX', 'HACK', 'skeleton', 'Skeleton', 'for now', 'For now', 'Phase 2', 'Phase C'])(
    'a comment of any kind that says "%s" is refused, a text that says it is not',
    (word) => {
      for (const comment of [`// It is ${word} here.`, `/** It is ${word} here. */`, `/*\n${word}\n*/`])
        expect(findingsOf({ 'core/extra.ts': `${comment}\nexport const a = 1;\n` })).toEqual([
          'plan-word core/extra.ts:1',
        ]);
      expect(findingsOf({ 'core/extra.ts': `export const a = 'It is ${word} here.';\n` })).toEqual([]);
    },
  );

  test.each(['TODOS', 'hackney', 'for nowhere', 'Phase Ex', 'phase 2', 'mixXXX'])(
    'a comment that says "%s" is allowed: it is another word',
    (word) => {
      expect(findingsOf({ 'core/extra.ts': `// It is ${word} here.\nexport const a = 1;\n` })).toEqual([]);
    },
  );

  test.each([
    ['in a cast', 'export const a = 1 as any;\n', 1],
    ['in a generic', 'export const a = new Map<string, any>();\n', 1],
    ['on a later line', 'export const a = [\n  1 as any,\n];\n', 2],
    ['after a bare directive', '// biome-ignore lint/suspicious/noExplicitAny:\nexport const a = 1 as any;\n', 2],
    ['after a reason that is further away', '// the library says so\n\nexport const a = 1 as any;\n', 3],
  ])('any %s is refused', (_, text, line) => {
    expect(findingsOf({ 'core/extra.ts': text })).toEqual([`any core/extra.ts:${line}`]);
  });

  test('any in a text, as a name or with a reason on the line before is allowed', () => {
    const directive =
      '// biome-ignore lint/suspicious/noExplicitAny: the library says so\nexport const a = 1 as any;\n';
    for (const text of [directive, "export const any = 'any';\n", 'export const a = { any: 1 };\n'])
      expect(findingsOf({ 'core/extra.ts': text })).toEqual([]);
  });

  test.each([
    'envpacks/state/kv/other.ts',
    'core/a.test.ts',
    'core/a.fixture.ts',
    'core/mutants/a.ts',
    'vitest.config.ts',
  ])('%s may export by default, as something loads it by path', (file) => {
    expect(findingsOf({ [file]: 'export default 1;\n' })).toEqual([]);
  });

  test.each(['core/util.ts', 'core/misc/a.ts', 'core/shared.test.ts', 'operator/types.ts', 'common/a.ts'])(
    '%s names nothing either',
    (file) => {
      expect(findingsOf({ [file]: 'export const a = 1;\n' })).toEqual([`name ${file}:1`]);
    },
  );

  test.each([
    'core/utility.ts',
    'core/slots/types.ts',
    'core/library/a.ts',
    'core/type.ts',
    'core/x509.ts',
    'core/a.fixture.ts',
  ])('%s names something', (file) => {
    expect(findingsOf({ [file]: 'export const a = 1;\n' })).toEqual([]);
  });

  test.each(['core/A.ts', 'core/a_b.ts', 'core/a--b.ts', 'core/a-.ts', 'core/Odd/a.ts', 'core/-a.ts'])(
    '%s is not kebab-case',
    (file) => {
      expect(findingsOf({ [file]: 'export const a = 1;\n' })).toEqual([`name ${file}:1`]);
    },
  );

  test('file names are kebab-case', () => {
    expect(findingsOf({ 'core/fileStore.ts': 'export const a = 1;\n' })).toEqual(['name core/fileStore.ts:1']);
  });
});

describe('front doors', () => {
  const door = (text: string): Record<string, string> => ({
    'operator/index.ts': text,
    'operator/package.json': pack('operator'),
  });

  test.each([
    ['declared in the door', { 'operator/index.ts': 'export const a = 1;\n' }, 'undocumented operator/index.ts:1'],
    ['a type', { 'operator/index.ts': 'export interface A {\n  a: 1;\n}\n' }, 'undocumented operator/index.ts:1'],
    [
      're-exported by name',
      { ...door("export { a } from './a.ts';\n"), 'operator/a.ts': '\nexport const a = 1;\n' },
      'undocumented operator/a.ts:2',
    ],
    [
      're-exported under a new name',
      { ...door("export { a as b } from './a.ts';\n"), 'operator/a.ts': 'const a = 1;\nexport { a };\n' },
      'undocumented operator/a.ts:1',
    ],
    [
      're-exported with a star',
      { ...door("export type * from './a.ts';\n"), 'operator/a.ts': 'export type A = 1;\n' },
      'undocumented operator/a.ts:1',
    ],
    [
      'with a comment that is no doc comment',
      { 'operator/index.ts': '// A number.\nexport const a = 1;\n' },
      'undocumented operator/index.ts:2',
    ],
  ])('an undocumented export %s is refused', (_, changes, at) => {
    expect(findingsOf(changes)).toEqual([at]);
  });

  test.each([
    ['a class', '/** It counts. */\nexport class A {}\n'],
    ['a function', '/** It counts. */\nexport function a(): void {}\n'],
    ['an enumeration', '/** It counts. */\nexport enum A {\n  x,\n}\n'],
    ['two constants in one line', '/** They count. */\nexport const a = 1,\n  b = 2;\n'],
    ['what stands behind a plain comment as well', '// A group.\n/** It counts. */\nexport const a = 1;\n'],
  ])('a documented export of %s is let pass, and refused without its comment', (_, text) => {
    expect(findingsOf(door(text))).toEqual([]);
    const bare = text.replace(/\/\*\*.*\*\//, '');
    expect(new Set(findingsOf(door(bare)).map((finding) => finding.split(' ')[0]))).toEqual(new Set(['undocumented']));
  });

  test('what a package of others offers needs no comment of ours', () => {
    const changes = { 'core/index.ts': "export { z } from 'zod';\nexport { digest } from './digest.ts';\n" };
    expect(findingsOf(changes)).toEqual([]);
  });

  test('one doc comment serves a value and a type of the same name', () => {
    expect(findingsOf(door('/** A number. */\nexport const A = 1;\nexport type A = typeof A;\n'))).toEqual([]);
  });

  test('what is not exported through the door needs no doc comment', () => {
    expect(findingsOf({ 'operator/inside.ts': 'export const a = 1;\n' })).toEqual([]);
  });
});
