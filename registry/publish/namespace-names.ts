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
 * Adds a target to a namespace, or replaces it, with the keys its delegation names. A role that would get too long is split into
 * bins under the same keys.
 */
export async function putName(
  change: IndexChange,
  delegation: Delegation,
  { path, target }: { path: string; target: TargetsRole['targets'][string] },
  secretKeys: readonly string[],
): Promise<void> {
  const role = await change.namespaceRole(delegation.name);
  if (inBins(role)) {
    const name = nameBin(delegation.name, path);
    const bin = await change.namespaceRole(name);
    change.putNamespace({ ...delegation, name }, { ...bin, targets: { ...bin.targets, [path]: target } }, secretKeys);
    if (isUnder(role, delegation)) return;
    await signNames(change, delegation, secretKeys, name);
    return;
  }
  const targets = { ...role.targets, [path]: target };
  if (Object.keys(targets).length <= ROLE_MAX) {
    change.putNamespace(delegation, { ...role, targets }, secretKeys);
    return;
  }
  for (const name of nameBins(delegation.name)) {
    const bin = await change.namespaceRole(name);
    const within = Object.fromEntries(
      Object.entries(targets).filter(([one]) => nameBin(delegation.name, one) === name),
    );
    change.putNamespace({ ...delegation, name }, { ...bin, targets: within }, secretKeys);
  }
  await putDivided(change, delegation, role, secretKeys);
}

/** Signs a namespace's role and its bins anew, with nothing else changed; `done` is a bin that is signed already. */
export async function signNames(
  change: IndexChange,
  delegation: Delegation,
  secretKeys: readonly string[],
  done?: string,
): Promise<void> {
  const role = await change.namespaceRole(delegation.name);
  if (!inBins(role)) {
    change.putNamespace(delegation, role, secretKeys);
    return;
  }
  for (const name of nameBins(delegation.name).filter((one) => one !== done))
    change.putNamespace({ ...delegation, name }, await change.namespaceRole(name), secretKeys);
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
