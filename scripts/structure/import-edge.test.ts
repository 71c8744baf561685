import { expect, test } from 'vitest';
import { importsOf } from './import-edge.ts';
import { parseModule } from './syntax.ts';

const edges = (text: string) =>
  importsOf(parseModule(text, 'a.ts')).map(({ specifier, typeOnly }) => `${typeOnly ? 'type ' : ''}${specifier}`);

test.each([
  ["import { a } from './x.ts';", './x.ts'],
  ["import './x.ts';", './x.ts'],
  ["export { a } from './x.ts';", './x.ts'],
  ["export * from './x.ts';", './x.ts'],
  ["import { type A } from './x.ts';", './x.ts'],
  ["export { type A } from './x.ts';", './x.ts'],
  ["const a = await import('./x.ts');", './x.ts'],
  ["function f() { return import('./x.ts'); }", './x.ts'],
  ["import type { A } from './x.ts';", 'type ./x.ts'],
  ["export type { A } from './x.ts';", 'type ./x.ts'],
  ["export type * from './x.ts';", 'type ./x.ts'],
  ["type A = import('./x.ts').A;", 'type ./x.ts'],
  ["let a: typeof import('./x.ts');", 'type ./x.ts'],
])('%s', (text, expected) => {
  expect(edges(text)).toEqual([expected]);
});

test('what is no import, and an import whose name is computed, is no edge', () => {
  expect(
    edges("export const a = 1;\nexport { a as b };\nconst c = await import(a + b);\nconst d = './x.ts';\n"),
  ).toEqual([]);
});

test('an edge knows its line, and whether it is loaded when it is reached', () => {
  expect(importsOf(parseModule("\n\nimport './x.ts';\nawait import('./y.ts');\n", 'a.ts'))).toEqual([
    { specifier: './x.ts', line: 3, typeOnly: false, dynamic: false },
    { specifier: './y.ts', line: 4, typeOnly: false, dynamic: true },
  ]);
});
