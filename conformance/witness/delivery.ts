import type { Json } from '@greentic/core';

/** Marks that number the kit's telemetry records: `kit-record-<run>-<number>`. */
const MARK = /kit-record-[0-9a-z]+-[0-9]+/g;

const MAX_DEPTH = 16;

/** The mark of one record; `run` keeps the records of two checks apart. */
export function markOf(run: string, number: number): string {
  return `kit-record-${run}-${number}`;
}

/**
 * The records in what arrived at a sink, by mark: each the largest part of a document that holds no other record. A pack
 * may send one line a record or a thousand in one body; what counts is which arrived, how often, and with what on them.
 */
export function recordsIn(documents: readonly Json[]): Map<string, Json[]> {
  const records = new Map<string, Json[]>();
  for (const document of documents) collect(unfold(document, 0), records);
  return records;
}

/** Every value that a record has under a name, in plain form or as OTLP writes attributes. */
export function valuesIn(record: Json, name: string): Json[] {
  if (record === null || typeof record !== 'object') return [];
  if (Array.isArray(record)) return record.flatMap((item) => valuesIn(item, name));
  const fields = record as Readonly<Record<string, Json>>;
  const own = Object.hasOwn(fields, name) ? [fields[name] ?? null] : [];
  const listed = fields['key'] === name ? [plainValue(fields['value'] ?? null)] : [];
  return [...own, ...listed, ...Object.values(fields).flatMap((value) => valuesIn(value, name))];
}

function collect(part: Json, records: Map<string, Json[]>): void {
  const marks = new Set(marksIn(part));
  if (marks.size === 0) return;
  const children = markedChildren(part);
  if (children.length > 0 && (marks.size > 1 || repeats(part))) {
    for (const child of children) collect(child, records);
    return;
  }
  for (const mark of marks) records.set(mark, [...(records.get(mark) ?? []), part]);
}

/** Whether a list inside names one record more than once: then it was sent more than once. */
function repeats(part: Json): boolean {
  const children = markedChildren(part);
  return (Array.isArray(part) && children.length > 1) || children.some(repeats);
}

function markedChildren(part: Json): Json[] {
  return childrenOf(part).filter((child) => marksIn(child).length > 0);
}

function marksIn(part: Json): string[] {
  if (typeof part === 'string') return part.match(MARK) ?? [];
  return childrenOf(part).flatMap(marksIn);
}

function childrenOf(part: Json): Json[] {
  return part !== null && typeof part === 'object' ? Object.values(part) : [];
}

/** JSON inside strings becomes part of the document. */
function unfold(part: Json, depth: number): Json {
  if (depth > MAX_DEPTH) return part;
  if (typeof part === 'string') {
    const inner = /^\s*[[{]/.test(part) ? parsed(part) : undefined;
    return inner === undefined ? part : unfold(inner, depth + 1);
  }
  if (part === null || typeof part !== 'object') return part;
  if (Array.isArray(part)) return part.map((item) => unfold(item, depth + 1));
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, unfold(value, depth + 1)]));
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** An OTLP `AnyValue` as the value it stands for: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
function plainValue(value: Json): Json {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const { stringValue, boolValue, intValue, doubleValue } = value as Readonly<Record<string, Json>>;
  if (intValue !== undefined) return Number(intValue);
  return stringValue ?? boolValue ?? doubleValue ?? value;
}
