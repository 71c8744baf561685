import {
  type Answers,
  isWithin,
  type PackManifest,
  type PermissionRequest,
  permissionKey,
  widestGrant,
} from '@greentic/core';

/** How what a pack asks for differs from what its predecessor asked for. */
export interface PermissionChange {
  /** Kind and binding, such as `http:api`. */
  readonly permission: string;
  readonly change: 'added' | 'removed' | 'widened' | 'narrowed';
  /** Why the pack wants it, in its publisher's words. */
  readonly reason: string;
  /** Whether the pack can do without. */
  readonly optional: boolean;
}

type Requests = Pick<PackManifest, 'permissions'>;

/** Every permission that is asked for anew, no longer, for more or for less; in the order of their names. */
export function diffPermissions(before: Requests, after: Requests, answers: Answers): PermissionChange[] {
  const former = new Map(before.permissions.map((request) => [permissionKey(request), request]));
  const next = new Map(after.permissions.map((request) => [permissionKey(request), request]));
  const changes = [...new Set([...former.keys(), ...next.keys()])].toSorted().map((permission) => {
    const [old, asked] = [former.get(permission), next.get(permission)];
    const change = changeOf(old, asked, answers);
    const { reason, optional } = (asked ?? old) as PermissionRequest;
    return change && { permission, change, reason, optional };
  });
  return changes.filter((change) => change !== undefined);
}

/** What asks more of the operator than before: it waits for consent. */
export function isMore({ change }: PermissionChange): boolean {
  return change === 'added' || change === 'widened';
}

function changeOf(
  old: PermissionRequest | undefined,
  asked: PermissionRequest | undefined,
  answers: Answers,
): PermissionChange['change'] | undefined {
  if (asked === undefined) return 'removed';
  if (old === undefined) return 'added';
  const [before, after] = [widestGrant(old, answers), widestGrant(asked, answers)];
  if (!isWithin(after, before)) return 'widened';
  return isWithin(before, after) ? undefined : 'narrowed';
}
