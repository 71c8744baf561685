import { DOMException } from './dom-exception.ts';

const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
const tagOf = (value: object): string => Object.prototype.toString.call(value).slice(8, -1);
const typedArrayTag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get;

type Memory = Map<object, unknown>;

/** As in the HTML standard: a deep copy that keeps cycles and shared parts. Buffers in `transfer` move. */
export function structuredClone<T>(value: T, options: { transfer?: Iterable<unknown> } | null = {}): T {
  const memory: Memory = new Map();
  const moved = [...(options?.transfer ?? [])];
  for (const buffer of moved) {
    if (!(buffer instanceof ArrayBuffer) || buffer.detached || moved.indexOf(buffer) !== moved.lastIndexOf(buffer))
      throw cannot(buffer);
  }
  // A buffer that moves is emptied only after everything else was copied: a failure must leave it as it was.
  for (const buffer of moved as ArrayBuffer[]) memory.set(buffer, buffer.slice(0));
  const copy = clone(value, memory) as T;
  for (const buffer of moved as ArrayBuffer[]) buffer.transfer();
  return copy;
}

function cannot(value: unknown): DOMException {
  const what = typeof value === 'object' && value !== null ? `#<${tagOf(value)}>` : String(value);
  return new DOMException(`${what} could not be cloned.`, 'DataCloneError');
}

function clone(value: unknown, memory: Memory): unknown {
  if (typeof value === 'symbol' || typeof value === 'function') throw cannot(value);
  if (typeof value !== 'object' || value === null) return value;
  if (memory.has(value)) return memory.get(value);
  const [copy, fill] = begin(value, memory);
  memory.set(value, copy);
  fill?.(copy as never);
  return copy;
}

/** The empty copy and, for what has parts, how to fill it: the copy has to be known before its parts point back. */
function begin(value: object, memory: Memory): [copy: object, fill?: (copy: never) => void] {
  const simple = cloneSimple(value) ?? cloneBytes(value, memory) ?? cloneError(value, memory);
  if (simple !== undefined) return [simple];
  if (value instanceof Map) return [new Map(), (copy: Map<unknown, unknown>) => fillMap(value, copy, memory)];
  if (value instanceof Set) return [new Set(), (copy: Set<unknown>) => fillSet(value, copy, memory)];
  if (Array.isArray(value)) {
    return [new Array(value.length), (copy: unknown[]) => fillFields(value, copy, memory)];
  }
  if (!isPlain(value)) throw cannot(value);
  return [{}, (copy: object) => fillFields(value, copy, memory)];
}

/** Objects of a class are copied as plain ones, but what holds state out of reach is refused. */
function isPlain(value: object): boolean {
  return tagOf(value) === 'Object';
}

function cloneSimple(value: object): object | undefined {
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof RegExp) return new RegExp(value.source, value.flags);
  if (value instanceof Boolean || value instanceof Number || value instanceof String || value instanceof BigInt)
    return Object(value.valueOf());
  return undefined;
}

function cloneBytes(value: object, memory: Memory): object | undefined {
  if (value instanceof ArrayBuffer) {
    if (value.detached) throw cannot(value);
    return value.slice(0);
  }
  if (!ArrayBuffer.isView(value)) return undefined;
  const buffer = clone(value.buffer, memory) as ArrayBuffer;
  if (value instanceof DataView) return new DataView(buffer, value.byteOffset, value.byteLength);
  const name = typedArrayTag?.call(value) as 'Uint8Array';
  const array = value as Uint8Array;
  return new globalThis[name](buffer, array.byteOffset, array.length);
}

function cloneError(value: object, memory: Memory): object | undefined {
  if (value instanceof DOMException) {
    const copy = new DOMException(value.message, value.name);
    define(copy, 'stack', value.stack);
    return copy;
  }
  if (!(value instanceof Error)) return undefined;
  const name = Object.hasOwn(ERRORS, value.name) ? (value.name as keyof typeof ERRORS) : 'Error';
  const made = Object.setPrototypeOf(new Error(), ERRORS[name].prototype) as Error;
  memory.set(value, made);
  if (Object.hasOwn(value, 'message')) define(made, 'message', String(value.message));
  define(made, 'stack', value.stack);
  if (Object.hasOwn(value, 'cause')) define(made, 'cause', clone(value.cause, memory));
  return made;
}

function define(target: object, key: PropertyKey, value: unknown, enumerable = false): void {
  Object.defineProperty(target, key, { value, writable: true, configurable: true, enumerable });
}

function fillMap(from: Map<unknown, unknown>, to: Map<unknown, unknown>, memory: Memory): void {
  for (const [key, value] of [...from]) to.set(clone(key, memory), clone(value, memory));
}

function fillSet(from: Set<unknown>, to: Set<unknown>, memory: Memory): void {
  for (const value of [...from]) to.add(clone(value, memory));
}

function fillFields(from: object, to: object, memory: Memory): void {
  for (const key of Object.keys(from)) {
    // A getter that ran before may have removed it.
    if (Object.hasOwn(from, key)) define(to, key, clone((from as Record<string, unknown>)[key], memory), true);
  }
}
