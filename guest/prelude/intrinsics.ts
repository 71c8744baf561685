// The language's own functions as they were before any pack ran. A pack that patches a prototype or replaces a global
// breaks its own code; what carries messages uses these, no methods, and tables without a prototype.

/** A method as a function of its receiver. */
function uncurry<This, Args extends unknown[], Result>(method: (this: This, ...args: Args) => Result) {
  return (self: This, ...args: Args): Result => apply(method, self, args) as Result;
}

export const { apply, deleteProperty, getPrototypeOf } = Reflect;
export const { create, defineProperty, freeze, hasOwn, prototype: objectPrototype } = Object;
export const { parse, stringify } = JSON;
export const NativeError = Error;
export const NativePromise = Promise;
export const promiseThen = uncurry<Promise<unknown>, [(value: unknown) => void, (reason: unknown) => void], unknown>(
  Promise.prototype.then,
);
export const slice = uncurry<string, [number, number?], string>(String.prototype.slice);
export const matchOf = uncurry<RegExp, [string], RegExpExecArray | null>(RegExp.prototype.exec);

/** A table by id that no change to a prototype can reach. */
export function table<T>(): Record<number, T> {
  return create(null) as Record<number, T>;
}

// Without a prototype of its own, a descriptor could inherit `get` from a polluted one.
const noConstructor: PropertyDescriptor = freeze({ __proto__: null, value: undefined } as PropertyDescriptor);

/** Runs a function, waits for what it gives, and tells once how it ended. */
export function observe(
  run: () => unknown,
  onValue: (value: unknown) => void,
  onError: (reason: unknown) => void,
): void {
  let value: unknown;
  try {
    value = run();
  } catch (error) {
    onError(error);
    return;
  }
  try {
    // A promise of the language is observed directly: its `then` may be the pack's by now.
    promiseThen(value as Promise<unknown>, onValue, onError);
  } catch {
    const promise = new NativePromise<unknown>((resolve) => resolve(value));
    // `then` asks a promise for its constructor, which a pack may have replaced; undefined means the built-in one.
    defineProperty(promise, 'constructor', noConstructor);
    promiseThen(promise, onValue, onError);
  }
}
