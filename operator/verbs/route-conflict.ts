import type { Deployment, Route } from '@greentic/core';

/** The first deployment whose route takes the same requests: the same path prefix, and a host in common or both any host. */
export function conflictingDeployment(deployments: readonly Deployment[], route: Route): Deployment | undefined {
  return deployments.find((deployment) => overlaps(deployment.route, route));
}

// A named host wins over any host at the same prefix, so those two live side by side.
function overlaps(a: Route, b: Route): boolean {
  if (a.pathPrefix !== b.pathPrefix) return false;
  if (a.hosts.length === 0 || b.hosts.length === 0) return a.hosts.length === b.hosts.length;
  const hosts = new Set(a.hosts.map((host) => host.toLowerCase()));
  return b.hosts.some((host) => hosts.has(host.toLowerCase()));
}
