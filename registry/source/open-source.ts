import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GreenticError } from '@greentic/core';
import { FolderSource } from './folder-source.ts';
import type { SourceOptions } from './index-walk.ts';
import { OciSource } from './oci-source.ts';
import { ServedSource } from './served-source.ts';
import type { RegistryEntry, Source } from './source.ts';
import { TarSource } from './tar-source.ts';

/**
 * How a registry is read, by its location: an absolute path or `file:` URL is a folder, or a tar when it ends in `.tar`;
 * `oci://host/repository` is a repository of an OCI registry, and `https://host[:port]` what `gtc registry serve` serves. Throws
 * `registry/unreachable` for any other, `input/invalid`.
 */
export function openSource(options: SourceOptions): Source {
  const { location } = options.registry;
  if (location.startsWith('oci://')) return new OciSource(location, options);
  if (/^https?:/.test(location)) return new ServedSource(location, options);
  const path = pathOf(options.registry);
  return path.endsWith('.tar') ? new TarSource(path, options) : new FolderSource(path, options);
}

function pathOf({ name, location }: RegistryEntry): string {
  if (URL.canParse(location) && new URL(location).protocol === 'file:') return fileURLToPath(location);
  if (isAbsolute(location)) return location;
  throw new GreenticError('registry/unreachable', `The registry ${name} is at ${location}, which cannot be read.`, {
    hint: 'Give a folder or a .tar, as a file: URL or an absolute path, oci://host/repository, or https://host.',
  });
}
