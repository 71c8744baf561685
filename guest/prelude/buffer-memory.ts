import { defineProperty, deleteProperty } from './intrinsics.ts';

const { construct, get, setPrototypeOf } = Reflect;

/**
 * Takes out of the language what would hold memory that the isolate's limit does not count: WebAssembly, shared buffers and
 * resizable ones. The language hands out a buffer's constructor in two places, the global object and the prototype; both
 * then give one that makes buffers of a fixed length. V8 adds some of this to each new context, so a snapshot cannot do it.
 */
export function boundMemory(): void {
  deleteProperty(globalThis, 'WebAssembly');
  deleteProperty(globalThis, 'SharedArrayBuffer');
  const Native = ArrayBuffer;
  const Fixed: ArrayBufferConstructor = new Proxy(Native, {
    construct(_, [length, options], newTarget) {
      if (typeof options === 'object' && options !== null && get(options, 'maxByteLength') !== undefined)
        throw new RangeError('Resizable buffers are not available here.');
      const buffer = construct(Native, [length]) as object;
      if (newTarget !== Fixed) setPrototypeOf(buffer, get(newTarget, 'prototype') as object);
      return buffer;
    },
  });
  defineProperty(Native.prototype, 'constructor', { value: Fixed });
  defineProperty(globalThis, 'ArrayBuffer', { value: Fixed });
}
