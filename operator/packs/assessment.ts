import { type EnvironmentName, permissionKey } from '@greentic/core';
import { type Assessed, assessArtifact, type Decision } from '@greentic/registry';
import type { Snapshot } from '../decision.ts';
import { type InstallOrder, type InstallPorts, requestOf } from './installation.ts';

/** A permission that a pack asks for. */
export interface AskedPermission {
  readonly permission: string;
  readonly reason: string;
  readonly optional: boolean;
  /** Whether the pack of this name that fills the slot now has it. */
  readonly granted: boolean;
}

/** What would become of an artifact that is not installed. */
export interface Assessment {
  readonly decision: Decision;
  readonly permissions: readonly AskedPermission[];
}

/**
 * What an environment would decide about an artifact, and what it would ask for: resolved, fetched and judged as for an install,
 * but neither kept nor bound nor recorded. Throws `trust/root-missing`, and what keeps it from coming to a decision.
 */
export async function assess(ports: InstallPorts, name: EnvironmentName, order: InstallOrder): Promise<Assessment> {
  const snapshot = await ports.store.read(name);
  const { artifact, decision } = await examineIn(ports, snapshot, order);
  const { manifest } = artifact;
  if (manifest.schema !== 'greentic.pack/1') return { decision, permissions: [] };
  const bound = snapshot.environment.bindings.find(
    ({ slot, pack }) => slot === manifest.slot && pack.name === order.name,
  );
  const granted = new Set((bound?.grants ?? []).map(permissionKey));
  const permissions = manifest.permissions.map((request) => {
    const permission = permissionKey(request);
    return { permission, reason: request.reason, optional: request.optional, granted: granted.has(permission) };
  });
  return { decision, permissions };
}

/** Everything there is to see of an artifact from an environment, and what it would decide. Throws as `assess` does. */
export async function examine(ports: InstallPorts, name: EnvironmentName, order: InstallOrder): Promise<Assessed> {
  return await examineIn(ports, await ports.store.read(name), order);
}

async function examineIn(ports: InstallPorts, snapshot: Snapshot, order: InstallOrder): Promise<Assessed> {
  return await assessArtifact(requestOf(ports, snapshot, order));
}
