import { isIPv4 } from 'node:net';
import { type ArtifactName, GreenticError } from '@greentic/core';

// Distribution specification 1.1, "Pulling manifests": each component is alphanumeric, with single separators inside.
const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const REPOSITORY_MAX_LENGTH = 255;

/** What a tag may be: distribution specification 1.1. */
export const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** Whether a text is the name of a repository. */
export function isRepositoryName(text: string): boolean {
  return text.length <= REPOSITORY_MAX_LENGTH && REPOSITORY.test(text);
}

/** Where OCI tools find an artifact in a registry that holds many: `acme.state.memory` is in `acme/state/memory`. */
export function repositoryOf(name: ArtifactName): string {
  return name.replaceAll('.', '/');
}

/** One repository of a registry that speaks OCI: `oci://host[:port]/repository`. */
export interface OciReference {
  readonly location: string;
  /** Host, and port unless it is the scheme's own, as credentials are kept under. */
  readonly host: string;
  /** Where requests go: HTTPS, or plain HTTP to a loopback address. */
  readonly origin: URL;
  readonly repository: string;
}

/** Reads `oci://host[:port]/repository`. Throws `input/invalid`. */
export function parseOciReference(location: string): OciReference {
  const [, authority = '', repository = ''] = /^oci:\/\/([^/?#\\\s]+)\/(.+)$/.exec(location) ?? [];
  if (authority.includes('@')) throw invalid('A location holds no credentials: docker’s config.json does.');
  if (!isRepositoryName(repository)) throw invalid(`${location.slice(0, 300)} names no repository.`);
  const origin = originOf(authority);
  if (origin === undefined) throw invalid(`${location.slice(0, 300)} names no host.`);
  return { location: `oci://${origin.host}/${repository}`, host: origin.host, origin, repository };
}

/** Whether a URL names an address of this machine itself: what is sent there reaches no network. A name never counts. */
export function isLoopbackAddress({ hostname }: URL): boolean {
  return hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));
}

function originOf(authority: string): URL | undefined {
  if (!/^(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/.test(authority)) return undefined;
  if (!URL.canParse(`https://${authority}/`)) return undefined;
  const secure = new URL(`https://${authority}/`);
  return isLoopbackAddress(secure) ? new URL(`http://${authority}/`) : secure;
}

function invalid(message: string): GreenticError {
  return new GreenticError('input/invalid', message, {
    hint: 'Write oci://host/repository, in lower case, without a tag.',
  });
}
