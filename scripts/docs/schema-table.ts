import { ArtifactName, DeploymentId, Digest, Label, RevisionId, Version } from '@greentic/core';
import * as z from 'zod';
import { code, table } from './page.ts';

/** The parts of a JSON Schema that a reader needs. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
  readonly default?: unknown;
  readonly [keyword: string]: unknown;
}

/** Texts that have a name of their own, so that their pattern is explained once. */
const NAMES: Readonly<Record<string, z.ZodType>> = {
  label: Label,
  version: Version,
  'artifact name': ArtifactName,
  'deployment id': DeploymentId,
  'revision id': RevisionId,
  digest: Digest,
};

const nameByPattern = new Map(Object.entries(NAMES).map(([name, schema]) => [jsonSchema(schema)['pattern'], name]));

const limits: readonly [keyword: string, text: (value: unknown) => string][] = [
  ['minLength', (n) => `at least ${n} characters`],
  ['maxLength', (n) => `at most ${n} characters`],
  ['minimum', (n) => `at least ${n}`],
  ['maximum', (n) => `at most ${n}`],
  ['minItems', (n) => `at least ${n} ${n === 1 ? 'entry' : 'entries'}`],
  ['maxItems', (n) => `at most ${n} ${n === 1 ? 'entry' : 'entries'}`],
  ['format', (name) => `${name}`],
  ['pattern', (pattern) => code(String(pattern))],
  ['default', (value) => `default ${code(JSON.stringify(value))}`],
];

/** A schema as a table: one row for each field, nested ones by their path. Empty when it has no fields. */
export function schemaTable(schema: z.ZodType): string {
  return table(['field', 'type', 'limits'], rowsOf(jsonSchema(schema), ''));
}

/** What the named texts look like. */
export function nameTable(): string {
  const rows = Object.entries(NAMES).map(([name, schema]) => {
    const json = jsonSchema(schema);
    return [name, json['maxLength'] === undefined ? '' : String(json['maxLength']), code(String(json['pattern']))];
  });
  return table(['name', 'longest', 'pattern'], rows);
}

function jsonSchema(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as Schema;
}

function rowsOf(schema: Schema, path: string): string[][] {
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants?.some((variant) => variant.properties !== undefined))
    return variants.flatMap((variant) => variantRows(variant, path));
  if (schema.items !== undefined) return rowsOf(schema.items, `${path}[]`);
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const own = path === '' ? name : `${path}.${name}`;
    const optional = schema.required?.includes(name) ? '' : '?';
    return [[code(`${own}${optional}`), typeOf(field), limitsOf(field)], ...rowsOf(field, own)];
  });
}

/** Rows of one variant of a union, marked with the constant that tells it apart: `permissions[kind=http]`. */
function variantRows(variant: Schema, path: string): string[][] {
  const tag = Object.entries(variant.properties ?? {}).find(([, field]) => field.const !== undefined);
  if (tag === undefined) return rowsOf(variant, path);
  const [name, { const: value }] = tag;
  const { [name]: _, ...properties } = variant.properties ?? {};
  return rowsOf({ ...variant, properties }, `${path.replace(/\[\]$/, '')}[${name}=${value}]`);
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((value) => code(JSON.stringify(value))).join(', ');
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants !== undefined) return [...new Set(variants.map(typeOf))].join(' or ');
  if (schema.type === 'array') return `list of ${schema.items === undefined ? 'anything' : typeOf(schema.items)}`;
  if (typeof schema.additionalProperties === 'object' && schema.properties === undefined) {
    return `map of ${typeOf(schema.additionalProperties)}`;
  }
  return nameByPattern.get(schema['pattern']) ?? [schema.type ?? 'anything'].flat().join(' or ');
}

function limitsOf(schema: Schema): string {
  if (schema['pattern'] !== undefined && nameByPattern.has(schema['pattern'])) return '';
  // The bounds of safe integers are no limits of ours.
  const said = limits.filter(
    ([keyword]) => schema[keyword] !== undefined && Math.abs(Number(schema[keyword])) !== Number.MAX_SAFE_INTEGER,
  );
  const own = said.map(([keyword, text]) => text(schema[keyword]));
  const inner = [schema.items, ...(schema.anyOf ?? [])].filter((part) => part !== undefined).map(limitsOf);
  return [...own, ...inner.filter((text) => text !== '')].join(', ');
}
