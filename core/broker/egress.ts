import { lookup } from 'node:dns/promises';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { GreenticError } from '../errors.ts';
import type { BrokerPorts, HostAddress } from './ports.ts';

/** Never, whoever grants it: here clouds hand out credentials. Link-local; AWS, Google, Alibaba, Oracle and Azure elsewhere. */
const metadata = new BlockList();
metadata.addSubnet('169.254.0.0', 16, 'ipv4');
metadata.addSubnet('fe80::', 10, 'ipv6');
metadata.addSubnet('fd00:ec2::', 32, 'ipv6');
metadata.addAddress('fd20:ce::254', 'ipv6');
metadata.addAddress('100.100.100.200', 'ipv4');
metadata.addAddress('192.0.0.192', 'ipv4');
metadata.addAddress('168.63.129.16', 'ipv4');

/** Special-purpose ranges of the IANA registries: never the meaning of a public name. */
const internal = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  internal.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fec0::', 10],
  ['ff00::', 8],
] as const) {
  internal.addSubnet(network, prefix, 'ipv6');
}

/**
 * The one address a request to a granted host may go to. It is looked up once and the caller connects to just that, so a
 * name cannot change its meaning between check and use. A name has to mean public addresses only; an address inside the
 * network has to be granted as such. Throws `egress/address-denied`, or `egress/failed` when the name means nothing.
 */
export async function resolveDestination(
  hostname: string,
  resolve: BrokerPorts['resolve'] = resolveName,
): Promise<HostAddress> {
  const host = hostname.replace(/^\[|\]$/g, '');
  const literal = isIP(host) !== 0;
  const addresses = literal ? [literalAddress(host)] : await resolve(host);
  for (const address of addresses) assertAllowed(hostname, address, literal || host === 'localhost');
  const first = addresses[0];
  if (first === undefined) throw new GreenticError('egress/failed', `The name ${hostname} has no address.`);
  return first;
}

function literalAddress(address: string): HostAddress {
  return { address, family: isIPv6(address) ? 6 : 4 };
}

async function resolveName(hostname: string): Promise<HostAddress[]> {
  try {
    return (await lookup(hostname, { all: true })) as HostAddress[];
  } catch (error) {
    throw new GreenticError('egress/failed', `The name ${hostname} cannot be resolved.`, { cause: error });
  }
}

function assertAllowed(hostname: string, { address, family }: HostAddress, grantedAsSuch: boolean): void {
  // Node's lists know an IPv4 address that is mapped into IPv6, in any spelling.
  const type = family === 4 ? 'ipv4' : 'ipv6';
  if (metadata.check(address, type)) {
    throw new GreenticError(
      'egress/address-denied',
      `${hostname} leads to a metadata service, which no pack may reach.`,
    );
  }
  if (!grantedAsSuch && internal.check(address, type)) {
    throw new GreenticError('egress/address-denied', `${hostname} leads to an address inside the network.`, {
      hint: 'Grant the address itself, such as https://10.0.0.5:8200, if the pack is meant to reach it.',
    });
  }
}
