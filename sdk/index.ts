import type { PackDefinition, SlotName } from '@greentic/core/slots';

export type * from '@greentic/core/slots';
export { PackError } from './pack-error.ts';

/**
 * Defines a pack: the slot it fills, and how to open it. Export the value by default from the pack's `index.ts`. The compiler
 * refuses a pack that lacks a method of its slot.
 */
export function definePack<S extends SlotName>(slot: S, pack: Pick<PackDefinition<S>, 'open'>): PackDefinition<S> {
  return { slot, open: pack.open };
}
