import { binsOfNames, nameBin, nameBins, ROLE_MAX } from '../tuf/bin.ts';
import type { Delegation, TargetsRole } from '../tuf/signed.ts';
import type { IndexChange } from './index-change.ts';
import { delegationsOf, keysOf } from './namespace-delegation.ts';

/** The role that holds a target of a namespace: its own, or the bin the path falls into. */
export async function roleHolding(change: IndexChange, namespace: string, path: string): Promise<TargetsRole> {
  const role = await change.namespaceRole(namespace);
  return inBins(role) ? change.namespaceRole(nameBin(namespace, path)) : role;
}

/** Every role that holds targets of a namespace. */
export async function rolesHolding(change: IndexChange, namespace: string): Promise<TargetsRole[]> {
  const role = await change.namespaceRole(namespace);
  return inBins(role) ? Promise.all(nameBins(namespace).map((name) => change.namespaceRole(name))) : [role];
}

/**
 * Adds targets to a namespace, or replaces them, with the keys its delegation names. A role that would get too long is split into
 * bins under the same keys.
 */
export async function putNames(
  change: IndexChange,
  delegation: Delegation,
  added: TargetsRole['targets'],
  secretKeys: readonly string[],
): Promise<void> {
  const role = await change.namespaceRole(delegation.name);
  const targets = { ...role.targets, ...added };
  if (!inBins(role) && Object.keys(targets).length <= ROLE_MAX) {
    change.putNamespace(delegation, { ...role, targets }, secretKeys);
    return;
  }
  const touched = await putInBins(change, delegation, targets, secretKeys);
  if (isUnder(role, delegation)) return;
  const untouched = nameBins(delegation.name).filter((name) => !touched.has(name));
  await signBins(change, delegation, untouched, secretKeys);
  await putDivided(change, delegation, role, secretKeys);
}

/** Puts targets into the bins they fall into; gives those bins. */
async function putInBins(
  change: IndexChange,
  delegation: Delegation,
  targets: TargetsRole['targets'],
  secretKeys: readonly string[],
): Promise<ReadonlySet<string>> {
  const byBin = Map.groupBy(Object.entries(targets), ([path]) => nameBin(delegation.name, path));
  for (const [name, entries] of byBin) {
    const bin = await change.namespaceRole(name);
    const held = { ...bin.targets, ...Object.fromEntries(entries) };
    change.putNamespace({ ...delegation, name }, { ...bin, targets: held }, secretKeys);
  }
  return new Set(byBin.keys());
}

async function signBins(
  change: IndexChange,
  delegation: Delegation,
  names: readonly string[],
  secretKeys: readonly string[],
): Promise<void> {
  for (const name of names) change.putNamespace({ ...delegation, name }, await change.namespaceRole(name), secretKeys);
}

/** Signs a namespace's role and its bins anew, with nothing else changed. */
export async function signNames(
  change: IndexChange,
  delegation: Delegation,
  secretKeys: readonly string[],
): Promise<void> {
  const role = await change.namespaceRole(delegation.name);
  if (!inBins(role)) {
    change.putNamespace(delegation, role, secretKeys);
    return;
  }
  await signBins(change, delegation, nameBins(delegation.name), secretKeys);
  await putDivided(change, delegation, role, secretKeys);
}

async function putDivided(
  change: IndexChange,
  delegation: Delegation,
  role: TargetsRole,
  secretKeys: readonly string[],
): Promise<void> {
  const { keys } = await delegationsOf(change);
  const delegations = { keys: keysOf(delegation.keyids, keys), succinct_roles: binsOfNames(delegation) };
  change.putNamespace(delegation, { ...role, targets: {}, delegations }, secretKeys);
}

function inBins({ delegations }: TargetsRole): boolean {
  return delegations?.succinct_roles !== undefined;
}

/** Whether the bins of a role are under the keys that the namespace is delegated to now. */
function isUnder({ delegations }: TargetsRole, delegation: Delegation): boolean {
  const { keyids, threshold } = delegations?.succinct_roles ?? { keyids: [], threshold: 0 };
  return threshold === delegation.threshold && keyids.join() === delegation.keyids.join();
}
