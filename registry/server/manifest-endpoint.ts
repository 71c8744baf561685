import { type Digest, digestOf } from '@greentic/core';
import { ImageLayout } from '../layout/image-layout.ts';
import { sendBlob } from './blob-endpoint.ts';
import { answer, type Exchange, readBody } from './exchange.ts';
import { MANIFEST_MAX_BYTES, type PushedManifest, readManifest } from './manifest.ts';
import { Refusal } from './refusal.ts';
import type { ManifestRecord } from './repositories.ts';
import type { Reference } from './repository-name.ts';
import type { Shelf } from './shelf.ts';

interface ManifestRoute {
  readonly repository: string;
  readonly reference: Reference;
}

/** `/v2/<name>/manifests/<reference>`: GET, HEAD, PUT and DELETE, by tag or digest. */
export async function manifestEndpoint(shelf: Shelf, exchange: Exchange, route: ManifestRoute): Promise<void> {
  switch (exchange.request.method) {
    case 'GET':
    case 'HEAD':
      return sendBlob(shelf, exchange, known(shelf, route));
    case 'PUT':
      return putManifest(shelf, exchange, route);
    case 'DELETE':
      await removeManifest(shelf, route);
      return answer(exchange, 202);
    default:
      throw new Refusal(405, 'UNSUPPORTED', 'A manifest is read, put or deleted here.', {
        headers: { Allow: 'GET, HEAD, PUT, DELETE' },
      });
  }
}

function known({ repositories }: Shelf, { repository, reference }: ManifestRoute): ManifestRecord {
  const digest = 'digest' in reference ? reference.digest : repositories.tag(repository, reference.tag)?.digest;
  const record = digest && repositories.manifest(repository, digest);
  if (record !== undefined) return record;
  throw new Refusal(404, 'MANIFEST_UNKNOWN', 'This repository has no such manifest.');
}

async function putManifest(shelf: Shelf, exchange: Exchange, { repository, reference }: ManifestRoute): Promise<void> {
  const { request } = exchange;
  const tooLarge = new Refusal(413, 'SIZE_INVALID', `A manifest may have at most ${MANIFEST_MAX_BYTES} bytes.`);
  const bytes = await readBody(request, MANIFEST_MAX_BYTES, tooLarge);
  const digest = digestOf(bytes);
  if ('digest' in reference && reference.digest !== digest)
    throw new Refusal(400, 'DIGEST_INVALID', 'The manifest is not the one of the digest.', { detail: { digest } });
  const manifest = readManifest(bytes, request.headers['content-type']);
  assertComplete(shelf, repository, manifest);
  await new ImageLayout(shelf.folder).write(bytes);
  const tag = 'tag' in reference ? reference.tag : undefined;
  await shelf.add(repository, manifest.record, tag);
  const { subject } = manifest.record;
  answer(exchange, 201, {
    Location: `/v2/${repository}/manifests/${digest}`,
    'Docker-Content-Digest': digest,
    ...(subject === undefined ? {} : { 'OCI-Subject': subject }),
  });
}

/** What a manifest names is in its repository before it; only its subject may come later. */
function assertComplete({ repositories }: Shelf, repository: string, { blobs, manifests }: PushedManifest): void {
  const missing: Digest[] = [
    ...blobs.filter((digest) => !repositories.hasBlob(repository, digest)),
    ...manifests.filter((digest) => repositories.manifest(repository, digest) === undefined),
  ];
  if (missing.length === 0) return;
  throw new Refusal(400, 'MANIFEST_BLOB_UNKNOWN', 'The manifest names what this repository does not have.', {
    detail: { digest: missing[0] },
  });
}

async function removeManifest(shelf: Shelf, route: ManifestRoute): Promise<void> {
  const { repository, reference } = route;
  const { digest } = known(shelf, route);
  if ('digest' in reference)
    return shelf.remove(repository, digest, () => shelf.repositories.removeManifest(repository, digest));
  await shelf.untag(repository, reference.tag);
}
