/** A computation that cannot be done, with the name of the error it means on the other side. */
export class Refused extends Error {
  override readonly name: string;

  constructor(name: 'TypeError' | 'OperationError' | 'NotSupportedError', message: string) {
    super(message);
    this.name = name;
  }
}

/** The fields of one hostile request, each read with its kind and its bounds. */
export class Fields {
  readonly #record: Readonly<Record<string, unknown>>;

  private constructor(record: Readonly<Record<string, unknown>>) {
    this.#record = record;
  }

  /** Reads JSON text of an object. */
  static decode(json: string): Fields {
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('request');
    return new Fields(value as Record<string, unknown>);
  }

  /** Refuses a field that is not in the list, and the lack of one that is; a question mark means it may be missing. */
  assertNames(names: readonly string[]): void {
    const known = new Set(['op', ...names.map((name) => name.replace('?', ''))]);
    for (const name of Object.keys(this.#record)) if (!known.has(name)) throw malformed(name);
    for (const name of names) if (!name.endsWith('?') && !this.has(name)) throw malformed(name);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#record, name);
  }

  /** A text of at most `max` UTF-16 code units. */
  text(name: string, max: number): string {
    const value = this.has(name) ? this.#record[name] : undefined;
    if (typeof value !== 'string') throw malformed(name);
    if (value.length > max) throw new Refused('OperationError', `The field ${name} is too long.`);
    return value;
  }

  choice<T extends string>(name: string, options: readonly T[]): T {
    const value = this.text(name, 64);
    const option = options.find((one) => one === value);
    if (option === undefined) throw malformed(name);
    return option;
  }

  integer(name: string, min: number, max: number): number {
    const value = this.has(name) ? this.#record[name] : undefined;
    if (typeof value !== 'number' || !Number.isInteger(value)) throw malformed(name);
    if (value < min || value > max) throw new Refused('OperationError', `The field ${name} is out of range.`);
    return value;
  }

  /** Bytes, from canonical base64. */
  bytes(name: string, max: number): Buffer {
    const text = this.text(name, Math.ceil(max / 3) * 4);
    const bytes = Buffer.from(text, 'base64');
    if (bytes.byteLength > max || bytes.toString('base64') !== text) throw malformed(name);
    return bytes;
  }

  exactly(name: string, size: number): Buffer {
    const bytes = this.bytes(name, size);
    if (bytes.byteLength !== size) throw malformed(name);
    return bytes;
  }
}

function malformed(name: string): Refused {
  return new Refused('OperationError', `The field ${name.slice(0, 32)} is malformed.`);
}
