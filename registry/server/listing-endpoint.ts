import type { Digest } from '@greentic/core';
import { MEDIA_TYPES } from '../artifact/media-type.ts';
import { answerJson, type Exchange } from './exchange.ts';
import { Refusal } from './refusal.ts';
import type { ManifestRecord, Repositories } from './repositories.ts';

const PAGE_MAX = 1000;

/** `GET /v2/<name>/tags/list?n=&last=`: tags in order, with a link to the next page. */
export function tagsEndpoint(
  repositories: Repositories,
  exchange: Exchange,
  { repository }: { repository: string },
): void {
  assertReading(exchange);
  if (!repositories.has(repository)) throw new Refusal(404, 'NAME_UNKNOWN', 'There is no such repository.');
  const limit = pageSize(exchange.query.get('n'));
  const found = repositories.tags(repository, { last: exchange.query.get('last') ?? '', limit: limit + 1 });
  const tags = found.slice(0, limit);
  const next = new URLSearchParams({ n: String(limit), last: tags.at(-1) ?? '' });
  const more = found.length > limit && limit > 0;
  const headers = more ? { Link: `</v2/${repository}/tags/list?${next}>; rel="next"` } : {};
  answerJson(exchange, 200, { name: repository, tags }, headers);
}

/** `GET /v2/<name>/referrers/<digest>?artifactType=`: what names a manifest as its subject; an empty index for nothing. */
export function referrersEndpoint(
  repositories: Repositories,
  exchange: Exchange,
  { repository, digest }: { repository: string; digest: Digest },
): void {
  assertReading(exchange);
  const wanted = exchange.query.get('artifactType') ?? '';
  const all = repositories.referrers(repository, digest);
  const manifests = all.filter(({ artifactType }) => wanted === '' || artifactType === wanted).map(descriptorOf);
  const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.imageIndex, manifests };
  const filters = wanted === '' ? {} : { 'OCI-Filters-Applied': 'artifactType' };
  answerJson(exchange, 200, index, { 'Content-Type': MEDIA_TYPES.imageIndex, ...filters });
}

function descriptorOf({ mediaType, digest, size, artifactType, annotations }: ManifestRecord) {
  return { mediaType, digest, size, artifactType, annotations };
}

function pageSize(text: string | null): number {
  if (text === null) return PAGE_MAX;
  if (!/^\d{1,9}$/.test(text)) throw new Refusal(400, 'UNSUPPORTED', 'n is a number.');
  return Math.min(Number(text), PAGE_MAX);
}

function assertReading({ request }: Exchange): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  throw new Refusal(405, 'UNSUPPORTED', 'This is only read.', { headers: { Allow: 'GET, HEAD' } });
}
