const TEXT_MAX = 8 * 1024;
const DEPTH_MAX = 4;
const ENTRIES_MAX = 64;

/** One line of text for what a program logs: strings as they are, errors with their stack, at most 8 KiB of UTF-8. */
export function formatLine(values: readonly unknown[]): string {
  let line = '';
  for (const value of values) {
    const text = typeof value === 'string' ? value : inspect(value);
    line = line === '' ? text : `${line} ${text}`;
    if (line.length > TEXT_MAX) break;
  }
  // A code unit has at most three bytes of UTF-8.
  if (line.length * 3 <= TEXT_MAX) return line;
  return cut(line);
}

function cut(line: string): string {
  let bytes = 0;
  for (let i = 0; i < line.length; i++) {
    const unit = line.charCodeAt(i);
    bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
    if (bytes > TEXT_MAX - 3) return `${line.slice(0, i)}…`;
  }
  return line;
}

/** A readable form of any value; a value that resists, with a getter that throws for one, is only named. */
export function inspect(value: unknown): string {
  try {
    return show(value, 0, new Set());
  } catch {
    return '[unreadable]';
  }
}

function show(value: unknown, depth: number, seen: Set<object>): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, TEXT_MAX));
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return `[function ${value.name || '(anonymous)'}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Error) return `${value.stack || `${value.name}: ${value.message}`}`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (seen.has(value)) return '[circular]';
  if (depth >= DEPTH_MAX) return Array.isArray(value) ? '[…]' : '{…}';
  seen.add(value);
  const text = showEntries(value, depth + 1, seen);
  seen.delete(value);
  return text;
}

function showEntries(value: object, depth: number, seen: Set<object>): string {
  const inner = (part: unknown): string => show(part, depth, seen);
  if (Array.isArray(value)) return `[${bounded(value, inner).join(', ')}]`;
  if (ArrayBuffer.isView(value)) return `[${value.constructor.name} of ${value.byteLength} bytes]`;
  if (value instanceof Map) return `Map {${bounded(value, ([k, v]) => `${inner(k)} => ${inner(v)}`).join(', ')}}`;
  if (value instanceof Set) return `Set {${bounded(value, inner).join(', ')}}`;
  const fields = bounded(Object.keys(value), (key) => `${key}: ${inner((value as Record<string, unknown>)[key])}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

function bounded<T>(values: Iterable<T>, form: (value: T) => string): string[] {
  const texts: string[] = [];
  for (const value of values) {
    if (texts.length === ENTRIES_MAX) {
      texts.push('…');
      break;
    }
    texts.push(form(value));
  }
  return texts;
}
