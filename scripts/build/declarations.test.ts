import { expect, test } from 'vitest';
import { relink } from './declarations.ts';

test('imports of our own files point at what is published', () => {
  expect(relink("export { a } from './a.ts';", undefined)).toBe("export { a } from './a.js';");
  expect(relink("type A = import('../b/a.ts').A;", undefined)).toBe("type A = import('../b/a.js').A;");
});

test('other packages stay as they are outside the SDK', () => {
  expect(relink("import { z } from 'zod';", undefined)).toBe("import { z } from 'zod';");
});

test.each([
  ['.', './slots/types.js'],
  ['testing', '../slots/types.js'],
])('in the SDK, the slot types become the copy beside them (from %s)', (folder, target) => {
  expect(relink("export type * from '@greentic/core/slots';", folder)).toBe(`export type * from '${target}';`);
});

test.each(['zod', '@greentic/core', 'node:fs'])('a declaration of the SDK that needs %s is refused', (specifier) => {
  expect(() => relink(`import { a } from '${specifier}';`, '.')).toThrow(specifier);
});
