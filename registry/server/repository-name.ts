import type { Digest } from '@greentic/core';
import { Digest as DigestSchema } from '@greentic/core';
import { isRepositoryName, TAG } from '../oci/reference.ts';
import { Refusal } from './refusal.ts';

const ANY_DIGEST = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;

/** What a manifest is asked for by. */
export type Reference = { readonly tag: string } | { readonly digest: Digest };

/** A repository's name as it was given. Throws the refusal `NAME_INVALID`. */
export function repositoryName(text: string): string {
  if (isRepositoryName(text)) return text;
  throw new Refusal(400, 'NAME_INVALID', 'This is not the name of a repository.');
}

/** A digest as it was given; SHA-256 only, the one algorithm this store knows. Throws the refusal `DIGEST_INVALID`. */
export function digestParameter(text: string): Digest {
  const parsed = DigestSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new Refusal(400, 'DIGEST_INVALID', 'A digest is sha256: and 64 lower-case hexadecimal digits.');
}

/** A tag or a digest. Throws the refusal `MANIFEST_UNKNOWN` for what can be neither, `DIGEST_INVALID` for another algorithm. */
export function referenceParameter(text: string): Reference {
  if (TAG.test(text)) return { tag: text };
  if (ANY_DIGEST.test(text)) return { digest: digestParameter(text) };
  throw new Refusal(404, 'MANIFEST_UNKNOWN', 'This is neither a tag nor a digest.');
}

/** Who owns a repository: the first component of its name. */
export function namespaceOfRepository(repository: string): string {
  return repository.split('/', 1)[0] ?? '';
}
