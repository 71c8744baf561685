import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type EnvironmentName, GreenticError } from '@greentic/core';
import { type InstallPorts, trustRootOf } from '@greentic/operator';
import { openSource, parseOciReference, parseServedLocation } from '@greentic/registry';
import { parsePair } from './reference.ts';
import type { Session } from './session.ts';

/** Where a registry is read: an OCI location, the address of a server, or a path, which becomes a URL. Throws `input/invalid`. */
export function parseLocation(place: string): string {
  if (place.startsWith('oci:')) return parseOciReference(place).location;
  if (/^https?:/.test(place)) return parseServedLocation(place).origin;
  if (/^[a-z][a-z0-9+.-]+:/i.test(place) && !place.startsWith('file:')) {
    throw new GreenticError('input/invalid', `${place.slice(0, 300)} is no place that a registry is read from.`, {
      hint: 'Give a folder, a .tar, oci://host/repository, or the https:// address of gtc registry serve.',
    });
  }
  return place.startsWith('file:') ? place : pathToFileURL(path.resolve(place)).href;
}

/**
 * Reads registries of an environment at other places than its trust root says, `<name>=<place>` each: a mirror, or what came on a
 * disk. Everything is verified from the same pinned roots, and an index older than was seen before is refused there as well. Throws
 * `index/unknown-registry`, `input/invalid`.
 */
export async function readingAt(
  session: Session,
  name: EnvironmentName,
  { location = [] }: { location?: readonly string[] },
): Promise<Pick<InstallPorts, 'openSource'>> {
  if (location.length === 0) return {};
  const places = new Map(location.map(parsePair).map(([registry, place]) => [registry, parseLocation(place)]));
  const { registries } = trustRootOf(await session.store.read(name));
  const stray = [...places.keys()].find((each) => !registries.some((registry) => registry.name === each));
  if (stray !== undefined)
    throw new GreenticError('index/unknown-registry', `The trust root of ${name} names no registry ${stray}.`);
  const cache = session.cacheOf(name);
  return {
    openSource: (registry) => {
      const there = { ...registry, location: places.get(registry.name) ?? registry.location };
      return openSource({ registry: there, cache, now: session.now });
    },
  };
}
