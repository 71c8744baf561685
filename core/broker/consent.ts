import { GreenticError } from '../errors.ts';
import { type Grant, Origin, type PermissionRequest, permissionKey } from '../model/permission.ts';
import type { Answers } from '../model/question.ts';
import { matchesPath } from './http-grant.ts';

/** The parts of a manifest that consent is about. */
export interface Requests {
  readonly permissions: readonly PermissionRequest[];
}

/** The widest grant a request allows, with the operator's answers put in. A secret is granted under its binding's name. */
export function widestGrant(request: PermissionRequest, answers: Answers): Grant {
  switch (request.kind) {
    case 'http':
      return {
        kind: 'http',
        binding: request.binding,
        origins: originsOf(request, answers),
        methods: request.methods,
        paths: request.paths,
      };
    case 'secret': {
      const { binding, access, towards } = request;
      return { kind: 'secret', binding, access, secret: binding, ...(towards === undefined ? {} : { towards }) };
    }
    case 'kv':
      return { kind: 'kv', binding: request.binding, quotaBytes: request.quotaBytes };
    case 'seal':
      return { kind: 'seal', binding: request.binding };
    default:
      return { kind: request.kind };
  }
}

/** Every grant a pack asks for, optional ones included: what `--grant all` gives. */
export function grantAll({ permissions }: Requests, answers: Answers): Grant[] {
  return permissions.map((request) => widestGrant(request, answers));
}

/**
 * Throws `permission/exceeds-request` for a grant wider than its request, or without one, and `permission/consent-required`
 * when a permission the pack cannot do without is not granted.
 */
export function assertConsent({ permissions }: Requests, grants: readonly Grant[], answers: Answers): void {
  const requests = new Map(permissions.map((request) => [permissionKey(request), request]));
  for (const grant of grants) {
    const request = requests.get(permissionKey(grant));
    if (request !== undefined && isWithin(grant, widestGrant(request, answers))) continue;
    throw new GreenticError(
      'permission/exceeds-request',
      `The grant ${permissionKey(grant)} is wider than what the pack asks.`,
    );
  }
  const granted = new Set(grants.map(permissionKey));
  if (granted.size !== grants.length)
    throw new GreenticError('permission/exceeds-request', 'A permission is granted twice.');
  const missing = permissions.filter((request) => !request.optional && !granted.has(permissionKey(request)));
  if (missing.length === 0) return;
  const list = missing.map((request) => `${permissionKey(request)} (${request.reason})`).join('; ');
  throw new GreenticError('permission/consent-required', `The pack cannot do without: ${list}.`, {
    details: { missing: missing.map((request) => ({ permission: permissionKey(request), reason: request.reason })) },
  });
}

function originsOf(request: Extract<PermissionRequest, { kind: 'http' }>, answers: Answers): string[] {
  if (request.originFrom === undefined) return request.origins;
  const outcome = Origin.safeParse(answers[request.originFrom]);
  if (outcome.success) return [outcome.data];
  throw new GreenticError(
    'input/invalid',
    `The answer ${request.originFrom} must be an origin such as https://host:port.`,
  );
}

/** Whether a grant allows nothing that another of the same permission does not. */
export function isWithin(grant: Grant, widest: Grant): boolean {
  const subset = <T>(part: readonly T[], whole: readonly T[]) => part.every((item) => whole.includes(item));
  if (grant.kind === 'http' && widest.kind === 'http') {
    const covered = (path: string) =>
      widest.paths.some((pattern) => pattern === path || (!path.includes('*') && matchesPath(pattern, path)));
    return subset(grant.origins, widest.origins) && subset(grant.methods, widest.methods) && grant.paths.every(covered);
  }
  if (grant.kind === 'secret' && widest.kind === 'secret') {
    return grant.towards === widest.towards && (grant.access === widest.access || grant.access === 'use');
  }
  if (grant.kind === 'kv' && widest.kind === 'kv') return grant.quotaBytes <= widest.quotaBytes;
  return grant.kind === widest.kind;
}
