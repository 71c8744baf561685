import { type ArtifactName, type Digest, GreenticError, type Revocation } from '@greentic/core';
import { BoundedBody } from '../oci/body.ts';
import { isLoopbackAddress, parseOciReference, repositoryOf } from '../oci/reference.ts';
import { OciRepository } from '../oci/repository.ts';
import type { TransportOptions } from '../oci/transport.ts';
import type { ReadIndexFile } from '../tuf/client-workflow.ts';
import { IndexWalk, type SourceOptions } from './index-walk.ts';
import type { BlobSource, IndexAnswer, Source } from './source.ts';

/** A registry behind `gtc registry serve`: the index as files, and the parts of each name in a repository of its own. */
export class ServedSource implements Source {
  readonly location: string;
  readonly #origin: URL;
  readonly #transport: TransportOptions;
  readonly #index: OciRepository;
  readonly #walk: IndexWalk;

  /** `location` is an address as `parseServedLocation` takes it. Throws `input/invalid`. */
  constructor(location: string, options: SourceOptions, transport: TransportOptions = {}) {
    this.#origin = parseServedLocation(location);
    this.location = this.#origin.origin;
    this.#transport = transport;
    this.#index = this.#repository('tuf');
    this.#walk = new IndexWalk(options);
  }

  readonly readIndex: ReadIndexFile = async (file, maxBytes) => {
    const url = new URL(`/tuf/${file}`, this.#origin);
    const into = new BoundedBody(maxBytes, `${file} of ${this.location}`, 'index/invalid');
    const answer = await this.#index.transport.send({
      method: 'GET',
      url,
      into,
      maxBytes,
      resumable: false,
      scopes: [],
    });
    if (answer.status === 404) return undefined;
    this.#index.assertSuccess(answer, url, 'GET');
    return into.take().bytes;
  };

  index(name: ArtifactName): Promise<IndexAnswer> {
    return this.#walk.versionsOf(name, this.readIndex);
  }

  revocations(): Promise<readonly Revocation[]> {
    return this.#walk.revocations(this.readIndex);
  }

  blobsOf(name: ArtifactName): BlobSource {
    const repository = this.#repository(repositoryOf(name));
    const lacks = (digest: Digest) =>
      new GreenticError('registry/incomplete', `The registry at ${this.location} lacks ${digest} of ${name}.`);
    return {
      remote: true,
      blob: async (digest, maxBytes) => {
        const bytes = await repository.blob(digest, maxBytes);
        if (bytes === undefined) throw lacks(digest);
        return bytes;
      },
      manifest: async (digest, maxBytes) => {
        const found = await repository.manifest(digest, maxBytes);
        if (found === undefined) throw lacks(digest);
        return found.bytes;
      },
    };
  }

  #repository(repository: string): OciRepository {
    return new OciRepository(parseOciReference(`oci://${this.#origin.host}/${repository}`), this.#transport);
  }
}

/**
 * Reads the address of a served registry: `https://host[:port]`, and plain `http://` towards an address of this machine alone, whose
 * requests reach no network. Throws `input/invalid`.
 */
export function parseServedLocation(location: string): URL {
  const url = URL.canParse(location) ? new URL(location) : undefined;
  const scheme = url !== undefined && isLoopbackAddress(url) ? 'http:' : 'https:';
  const bare = url !== undefined && [url.origin, `${url.origin}/`].includes(location);
  if (url !== undefined && bare && url.protocol === scheme) return url;
  throw new GreenticError('input/invalid', `${location.slice(0, 300)} is no address of a registry server.`, {
    hint: 'Write https://host[:port], or http://127.0.0.1:port for one on this machine.',
  });
}
