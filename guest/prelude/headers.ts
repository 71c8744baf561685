type Pair = [name: string, value: string];
/** What headers can be made from. */
export type HeadersInit = Headers | Iterable<readonly [string, string]> | Readonly<Record<string, string>>;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FORBIDDEN_IN_VALUE = /[\0\r\n]|[^\0-\xff]/;

function nameOf(value: unknown): string {
  // A template, unlike `String`, refuses a symbol, as the standard asks.
  const name = `${value}`;
  if (!TOKEN.test(name)) throw new TypeError(`The header name ${JSON.stringify(name.slice(0, 64))} is not valid.`);
  return name.toLowerCase();
}

function normalValue(value: unknown): string {
  const text = `${value}`.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
  if (FORBIDDEN_IN_VALUE.test(text)) throw new TypeError('The header value holds a character that is not allowed.');
  return text;
}

/** The pairs as they were added. */
export let listOf: (headers: Headers) => readonly Readonly<Pair>[];
/** Makes headers that came from the network unchangeable. */
export let protect: (headers: Headers) => Headers;

/** As in the Fetch standard: pairs of lower-case name and value, shown sorted, equal names joined. */
export class Headers {
  #pairs: Pair[] = [];
  #immutable = false;

  constructor(init?: HeadersInit) {
    if (init === undefined) return;
    if (typeof init !== 'object' || init === null) throw new TypeError('Headers are made from pairs or a record.');
    if (!(Symbol.iterator in init)) {
      for (const name of Reflect.ownKeys(init) as string[]) {
        if (Object.prototype.propertyIsEnumerable.call(init, name)) this.append(name, init[name] as string);
      }
      return;
    }
    for (const item of init as Iterable<Iterable<string>>) {
      const pair = typeof item === 'object' && item !== null ? [...item] : [];
      if (pair.length !== 2) throw new TypeError('Each header must be a pair of name and value.');
      this.append(pair[0] as string, pair[1] as string);
    }
  }

  append(name: string, value: string): void {
    const pair: Pair = [nameOf(name), normalValue(value)];
    this.#assertMutable();
    this.#pairs.push(pair);
  }

  delete(name: string): void {
    const wanted = nameOf(name);
    this.#assertMutable();
    this.#pairs = this.#pairs.filter(([other]) => other !== wanted);
  }

  get(name: string): string | null {
    const values = this.#values(nameOf(name));
    return values.length === 0 ? null : values.join(', ');
  }

  getSetCookie(): string[] {
    return this.#values('set-cookie');
  }

  has(name: string): boolean {
    return this.#values(nameOf(name)).length > 0;
  }

  set(name: string, value: string): void {
    const pair: Pair = [nameOf(name), normalValue(value)];
    this.#assertMutable();
    const at = this.#pairs.findIndex(([other]) => other === pair[0]);
    if (at < 0) this.#pairs.push(pair);
    else
      this.#pairs = this.#pairs.map((old, i) => (i === at ? pair : old)).filter((p) => p === pair || p[0] !== pair[0]);
  }

  forEach(callback: (value: string, name: string, headers: Headers) => void, thisArg?: unknown): void {
    if (typeof callback !== 'function') throw new TypeError('The callback must be a function.');
    for (const [name, value] of this) callback.call(thisArg, value, name, this);
  }

  *entries(): IterableIterator<Pair> {
    // The list is made anew at each step, as the standard asks of an iterator over something that changes.
    for (let i = 0; ; i++) {
      const pair = this.#sorted()[i];
      if (pair === undefined) return;
      yield pair;
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

  get [Symbol.toStringTag](): string {
    return 'Headers';
  }

  static {
    listOf = (headers) => headers.#pairs;
    protect = (headers) => {
      headers.#immutable = true;
      return headers;
    };
  }

  #values(name: string): string[] {
    return this.#pairs.filter(([other]) => other === name).map(([, value]) => value);
  }

  #sorted(): Pair[] {
    const names = [...new Set(this.#pairs.map(([name]) => name))].sort();
    return names.flatMap((name): Pair[] => {
      const values = this.#values(name);
      return name === 'set-cookie' ? values.map((value) => [name, value]) : [[name, values.join(', ')]];
    });
  }

  #assertMutable(): void {
    if (this.#immutable) throw new TypeError('These headers cannot be changed.');
  }
}
