import { ArtifactName, Digest, Label, Version } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { nameTable, schemaTable } from './schema-table.ts';

/** What the table says of one field. */
function cellsOf(field: z.ZodType): string[] {
  const rows = schemaTable(z.strictObject({ field })).split('\n').slice(2);
  return rows.map((row) => row.slice(2, -2));
}

describe('a field', () => {
  test.each<[what: string, field: z.ZodType, cells: string]>([
    ['of any text', z.string(), '`field` | string | '],
    ['of one text', z.literal('x'), '`field` | `"x"` | '],
    ['of some texts', z.enum(['x', 'y']), '`field` | `"x"`, `"y"` | '],
    ['of a pattern of its own', z.string().regex(/^a|b$/), '`field` | string | `^a\\|b$`'],
    ['with a form', z.url(), '`field` | string | uri'],
    ['of whole numbers', z.int(), '`field` | integer | '],
    ['of numbers with both limits', z.number().min(0).max(9), '`field` | number | at least 0, at most 9'],
    ['of safe whole numbers from one on', z.int().min(1), '`field` | integer | at least 1'],
    ['that may be nothing', z.string().nullable(), '`field` | string or null | '],
    ['of two types', z.union([z.string(), z.boolean()]), '`field` | string or boolean | '],
    ['of anything', z.unknown(), '`field` | anything | '],
    ['that is a list of anything', z.array(z.unknown()), '`field` | list of anything | '],
    [
      'that is a list with limits on both',
      z.array(z.string().max(3)).min(1).max(2),
      '`field` | list of string | at least 1 entry, at most 2 entries, at most 3 characters',
    ],
    ['that is a map', z.record(z.string(), z.boolean()), '`field` | map of boolean | '],
    ['that is yes without saying so', z.boolean().default(true), '`field?` | boolean | default `true`'],
    ['that may be left out', z.string().optional(), '`field?` | string | '],
  ])('%s is one row', (_, field, cells) => {
    expect(cellsOf(field)).toEqual([cells]);
  });

  test.each([
    ['artifact name', ArtifactName],
    ['label', Label],
    ['digest', Digest],
    ['version', Version],
  ])('that is a %s says so in place of its pattern, which the table of names has once', (name, schema) => {
    expect(cellsOf(schema)).toEqual([`\`field\` | ${name} | `]);
    expect(cellsOf(z.array(schema))).toEqual([`\`field\` | list of ${name} | `]);
    expect(
      nameTable()
        .split('\n')
        .filter((row) => row.startsWith(`| ${name} |`)),
    ).toHaveLength(1);
  });

  test('in an object in a list has its path, also where the list or the object may be left out', () => {
    const inner = z.strictObject({ on: z.boolean().optional() });
    expect(cellsOf(z.array(inner).optional())).toEqual(['`field?` | list of object | ', '`field[].on?` | boolean | ']);
    expect(cellsOf(inner.optional())).toEqual(['`field?` | object | ', '`field.on?` | boolean | ']);
  });
});
