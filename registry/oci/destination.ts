import { BlockList, isIP } from 'node:net';
import { isLoopbackAddress, type OciReference } from './reference.ts';

/** Addresses that mean something else on each machine: itself, and whoever is on its link. */
const INTERNAL = new BlockList();
INTERNAL.addSubnet('0.0.0.0', 8, 'ipv4');
INTERNAL.addSubnet('127.0.0.0', 8, 'ipv4');
INTERNAL.addSubnet('169.254.0.0', 16, 'ipv4');
INTERNAL.addSubnet('::', 127, 'ipv6');
INTERNAL.addSubnet('fe80::', 10, 'ipv6');

/**
 * Whether a registry may lead to a URL: over HTTPS, or in the clear from this machine to itself. Never with a name and password
 * in it, and never from elsewhere into this machine or onto its link: what listens there believes whoever reaches it.
 */
export function mayLeadTo(url: URL, { origin }: OciReference): boolean {
  if (url.username !== '' || url.password !== '') return false;
  if (url.protocol === 'http:') return origin.protocol === 'http:' && isLoopbackAddress(url);
  if (url.protocol !== 'https:') return false;
  return url.hostname === origin.hostname || !isInternal(url) || (isOwn(url) && isOwn(origin));
}

function isInternal(url: URL): boolean {
  const address = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const version = isIP(address);
  return version === 0 ? isOwn(url) : INTERNAL.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

/** Whether a URL means this machine, by address or by the name that always does (RFC 6761 §6.3). */
function isOwn(url: URL): boolean {
  return isLoopbackAddress(url) || /(?:^|\.)localhost\.?$/.test(url.hostname);
}
