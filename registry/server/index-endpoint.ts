import { join } from 'node:path';
import { GreenticError } from '@greentic/core';
import { readBounded } from '../layout/bounded-file.ts';
import type { SealKeys } from '../publish/index-change.ts';
import { acceptSubmission, decodeSubmission, SUBMISSION_MAX_BYTES } from '../publish/submission.ts';
import { METADATA_MAX_BYTES } from '../tuf/signed.ts';
import { answer, answerJson, type Exchange, readBody } from './exchange.ts';
import { Refusal } from './refusal.ts';

/** `GET /tuf/<file>`: the index. Only the timestamp ever changes; every other file is its version for ever. */
export async function metadataEndpoint(folder: string, exchange: Exchange, { file }: { file: string }): Promise<void> {
  const { method } = exchange.request;
  if (method !== 'GET' && method !== 'HEAD')
    throw new Refusal(405, 'UNSUPPORTED', 'The index is read here.', { headers: { Allow: 'GET, HEAD' } });
  const bytes = file.endsWith('.json')
    ? await readBounded(join(folder, 'tuf', ...file.split('/')), METADATA_MAX_BYTES.targets, 'index/invalid')
    : undefined;
  if (bytes === undefined)
    throw new Refusal(404, 'UNSUPPORTED', 'The index has no such file.', { headers: { 'Cache-Control': 'no-store' } });
  const cache = file === 'timestamp.json' ? 'private, max-age=10' : 'private, max-age=31536000, immutable';
  answer(exchange, 200, { 'Content-Type': 'application/json', 'Cache-Control': cache }, bytes);
}

/** `POST /index/<namespace>`: a change of a namespace, signed by its holders, is taken into the index. */
export async function publicationEndpoint(
  { folder, keys, now }: { folder: string; keys: SealKeys | undefined; now: () => Date },
  exchange: Exchange,
  { namespace }: { namespace: string },
): Promise<void> {
  const { request } = exchange;
  if (request.method !== 'POST' && request.method !== 'PUT')
    throw new Refusal(405, 'UNSUPPORTED', 'A submission is posted here.', { headers: { Allow: 'POST, PUT' } });
  if (keys === undefined)
    throw new GreenticError(
      'registry/unreachable',
      'This server has no online key, so nobody can publish through it.',
      {
        hint: 'Its owner starts it with one: gtc registry serve --online-key.',
      },
    );
  const tooLarge = new Refusal(413, 'SIZE_INVALID', `A submission may have at most ${SUBMISSION_MAX_BYTES} bytes.`);
  const submission = decodeSubmission(await readBody(request, SUBMISSION_MAX_BYTES, tooLarge));
  answerJson(exchange, 200, await acceptSubmission(folder, { namespace, submission, keys, now: now() }));
}
