import { defineProperty } from './intrinsics.ts';

/** Puts values on the global object as browsers do: not enumerable, and open to replacement by the program for itself. */
export function install(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    // The bundle's short names must not show: libraries tell errors and interfaces apart by constructor name.
    if (typeof value === 'function') defineProperty(value, 'name', { value: name, configurable: true });
    defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
  }
}
