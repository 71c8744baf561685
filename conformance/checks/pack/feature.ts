import { CONTRACTS, type SlotName } from '@greentic/core';

/** A sessions pack that declares it keeps its pins over the death of its process. */
export const DURABLE = 'durable';

/** Features that change what methods promise rather than add methods. */
const PROMISES: Readonly<Record<SlotName, readonly string[]>> = {
  secrets: [],
  state: [],
  sessions: [DURABLE],
  telemetry: [],
  deployer: [],
};

/** Every feature a pack of the slot may declare. */
export function featuresOf(slot: SlotName): readonly string[] {
  const methods = Object.values(CONTRACTS[slot].methods);
  return [...PROMISES[slot], ...methods.flatMap((method) => (method.feature === undefined ? [] : [method.feature]))];
}
