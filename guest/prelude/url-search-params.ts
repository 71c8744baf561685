import { decodeUtf8 } from './text-decoder.ts';
import { encodeUtf8 } from './text-encoder.ts';

type Pair = [name: string, value: string];
type Init = string | Iterable<readonly [string, string]> | Readonly<Record<string, string>>;

// A template, unlike `String`, refuses a symbol, as the standard asks.
const text = (value: unknown): string => `${value}`.toWellFormed();

/** The parameters of a URL: changes on either side reach the other. */
export let paramsOf: (search: string, onChange: (query: string) => void) => URLSearchParams;
/** Takes a query that was changed from the URL's side. */
export let reloadParams: (params: URLSearchParams, search: string) => void;

/** As in the URL standard. */
export class URLSearchParams {
  #pairs: Pair[] = [];
  #onChange: ((query: string) => void) | undefined;

  constructor(init: Init = '') {
    if (typeof init === 'function' || (typeof init === 'object' && init !== null)) this.#pairs = pairsOf(init);
    else this.#pairs = parseQuery(text(init).replace(/^\?/, ''));
  }

  static {
    paramsOf = (search, onChange) => {
      const params = new URLSearchParams(search);
      params.#onChange = onChange;
      return params;
    };
    reloadParams = (params, search) => {
      params.#pairs = parseQuery(search.replace(/^\?/, ''));
    };
  }

  get size(): number {
    return this.#pairs.length;
  }

  append(name: string, value: string): void {
    this.#pairs.push([text(name), text(value)]);
    this.#changed();
  }

  delete(name: string, value?: string): void {
    this.#pairs = this.#pairs.filter((pair) => !matches(pair, name, value));
    this.#changed();
  }

  get(name: string): string | null {
    return this.#pairs.find((pair) => matches(pair, name))?.[1] ?? null;
  }

  getAll(name: string): string[] {
    return this.#pairs.filter((pair) => matches(pair, name)).map(([, value]) => value);
  }

  has(name: string, value?: string): boolean {
    return this.#pairs.some((pair) => matches(pair, name, value));
  }

  /** Gives the first pair of that name the value and drops the others; appends when there is none. */
  set(name: string, value: string): void {
    const first = this.#pairs.find((pair) => matches(pair, name));
    if (first === undefined) this.#pairs.push([text(name), text(value)]);
    else {
      first[1] = text(value);
      this.#pairs = this.#pairs.filter((pair) => pair === first || !matches(pair, name));
    }
    this.#changed();
  }

  /** Sorts by name, by UTF-16 code units; pairs of one name keep their order. */
  sort(): void {
    this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    this.#changed();
  }

  forEach(callback: (value: string, name: string, params: URLSearchParams) => void, thisArg?: unknown): void {
    if (typeof callback !== 'function') throw new TypeError('The callback must be a function.');
    for (const [name, value] of this) callback.call(thisArg, value, name, this);
  }

  *entries(): IterableIterator<Pair> {
    for (let i = 0; i < this.#pairs.length; i++) {
      const [name, value] = this.#pairs[i] as Pair;
      yield [name, value];
    }
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this.entries()) yield name;
  }

  *values(): IterableIterator<string> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): IterableIterator<Pair> {
    return this.entries();
  }

  toString(): string {
    return this.#pairs.map(([name, value]) => `${encodePart(name)}=${encodePart(value)}`).join('&');
  }

  get [Symbol.toStringTag](): string {
    return 'URLSearchParams';
  }

  #changed(): void {
    this.#onChange?.(this.toString());
  }
}

function matches([name, value]: Pair, wanted: unknown, wantedValue?: unknown): boolean {
  return name === text(wanted) && (wantedValue === undefined || value === text(wantedValue));
}

function pairsOf(init: object): Pair[] {
  if (Symbol.iterator in init) {
    return [...(init as Iterable<Iterable<string>>)].map((item) => {
      const pair = typeof item === 'object' && item !== null ? [...item] : [];
      if (pair.length !== 2) throw new TypeError('Each parameter must be a pair of name and value.');
      return [text(pair[0]), text(pair[1])];
    });
  }
  const pairs = new Map<string, string>();
  for (const [name, value] of Object.entries(init)) pairs.set(text(name), text(value));
  return [...pairs];
}

function parseQuery(query: string): Pair[] {
  return query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      return at < 0 ? [decodePart(part), ''] : [decodePart(part.slice(0, at)), decodePart(part.slice(at + 1))];
    });
}

/** Percent-decodes, with a plus sign for a space; what is no percent sequence stays. */
function decodePart(part: string): string {
  const spaced = part.replaceAll('+', ' ');
  if (!spaced.includes('%')) return spaced;
  const bytes = encodeUtf8(spaced);
  let at = 0;
  for (let i = 0; i < bytes.length; i++, at++) {
    const escaped = bytes[i] === 0x25 ? Number.parseInt(hexPair(bytes, i + 1), 16) : Number.NaN;
    bytes[at] = Number.isNaN(escaped) ? (bytes[i] ?? 0) : escaped;
    if (!Number.isNaN(escaped)) i += 2;
  }
  return decodeUtf8WithMark(bytes.subarray(0, at));
}

function hexPair(bytes: Uint8Array, at: number): string {
  const pair = String.fromCharCode(bytes[at] ?? 0, bytes[at + 1] ?? 0);
  return /^[0-9a-fA-F]{2}$/.test(pair) ? pair : '';
}

// A byte order mark is a character here, not a mark.
function decodeUtf8WithMark(bytes: Uint8Array): string {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return hasMark ? `\ufeff${decodeUtf8(bytes.subarray(3))}` : decodeUtf8(bytes);
}

function encodePart(value: string): string {
  return encodeURIComponent(value)
    .replace(/[!'()~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
