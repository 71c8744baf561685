import { createHash } from 'node:crypto';
import { type Delegation, isBin, type SuccinctRoles, type TargetsRole } from './signed.ts';

/** Most entries of a role before they are put into bins: tuf-js takes time by their square. */
export const ROLE_MAX = 128;
/** A role is split into 2^5 bins. */
const BIN_BITS = 5;

/** The bin a text falls into: the leftmost bits of its SHA-256, in hexadecimal (TAP 15). */
function binOf(text: string): string {
  const number = createHash('sha256').update(text).digest().readUInt32BE() >>> (32 - BIN_BITS);
  return number.toString(16).padStart(2, '0');
}

/** The role that delegates a namespace, in an index with more namespaces than one role holds. */
export function namespaceBin(namespace: string): string {
  return `namespaces_${binOf(namespace)}`;
}

/** The role that holds a target, in a namespace with more names than one role holds. */
export function nameBin(namespace: string, path: string): string {
  return `${namespace}.names-${binOf(path)}`;
}

/** Every bin of the names of a namespace. */
export function nameBins(namespace: string): string[] {
  return Array.from({ length: 2 ** BIN_BITS }, (_, i) => `${namespace}.names-${i.toString(16).padStart(2, '0')}`);
}

/** How a namespace's role says that its names are in bins, under the namespace's own keys. */
export function binsOfNames({ name, keyids, threshold }: Delegation): SuccinctRoles {
  return { keyids, threshold, bit_length: BIN_BITS, name_prefix: `${name}.names` };
}

/** The namespaces a role delegates itself, its bins left out. */
export function namespacesIn({ delegations }: TargetsRole): Delegation[] {
  return (delegations?.roles ?? []).filter((role) => !isBin(role));
}
