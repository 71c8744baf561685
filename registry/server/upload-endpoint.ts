import type { IncomingMessage } from 'node:http';
import type { Digest } from '@greentic/core';
import { answer, type Exchange } from './exchange.ts';
import type { Gate } from './gate.ts';
import { Refusal } from './refusal.ts';
import { digestParameter } from './repository-name.ts';
import type { Shelf } from './shelf.ts';
import { contentRange, type UploadKey, type Uploads, uploadHeaders } from './uploads.ts';

interface Parts {
  readonly shelf: Shelf;
  readonly uploads: Uploads;
  readonly gate: Gate;
}

/** `POST /v2/<name>/blobs/uploads/`: starts an upload, takes a whole blob with `?digest=`, or mounts one with `?mount=`. */
export async function startEndpoint(
  parts: Parts,
  exchange: Exchange,
  { repository }: { repository: string },
): Promise<void> {
  const { request, query } = exchange;
  if (request.method !== 'POST')
    throw new Refusal(405, 'UNSUPPORTED', 'An upload is started with POST.', { headers: { Allow: 'POST' } });
  const mount = query.get('mount');
  if (mount !== null && mayMount(parts, exchange, mount)) {
    parts.shelf.repositories.addBlob(repository, digestParameter(mount));
    return answer(exchange, 201, createdHeaders(repository, digestParameter(mount)));
  }
  const digest = query.get('digest');
  const wanted = digest === null ? undefined : digestParameter(digest);
  const upload = await parts.uploads.begin(repository, accountOf(exchange));
  if (wanted === undefined) return answer(exchange, 202, uploadHeaders(upload));
  try {
    await parts.uploads.append(upload, request);
    await finish(parts, exchange, upload, wanted);
  } catch (error) {
    // Nobody was told where to go on with it.
    await parts.uploads.cancel(upload).catch(() => undefined);
    throw error;
  }
}

/** A blob may be mounted by whoever may read it where it is; whether it exists elsewhere is nobody’s business. */
function mayMount({ gate, shelf }: Parts, { query, caller }: Exchange, mount: string): boolean {
  const from = query.get('from');
  if (from === null || !gate.may(caller, 'pull', from)) return false;
  return shelf.repositories.hasBlob(from, digestParameter(mount));
}

/** `/v2/<name>/blobs/uploads/<id>`: GET how far it got, PATCH more, PUT the end, DELETE to give it up. */
export async function uploadEndpoint(
  parts: Parts,
  exchange: Exchange,
  { repository, id }: { repository: string; id: string },
): Promise<void> {
  const { request, query } = exchange;
  const key = { repository, id, account: accountOf(exchange) };
  const upload = parts.uploads.find(key);
  switch (request.method) {
    case 'GET':
      return answer(exchange, 204, uploadHeaders(upload));
    case 'PATCH':
      return answer(exchange, 202, uploadHeaders(await append(parts.uploads, request, key)));
    case 'PUT': {
      const digest = query.get('digest');
      if (digest === null) throw new Refusal(400, 'DIGEST_INVALID', 'An upload ends with ?digest=.');
      const wanted = digestParameter(digest);
      await append(parts.uploads, request, key);
      return finish(parts, exchange, key, wanted);
    }
    case 'DELETE':
      await parts.uploads.cancel(key);
      return answer(exchange, 204);
    default:
      throw new Refusal(405, 'UNSUPPORTED', 'No such thing can be done with an upload.', {
        headers: { Allow: 'GET, PATCH, PUT, DELETE' },
      });
  }
}

async function append(uploads: Uploads, request: IncomingMessage, key: UploadKey) {
  const range = contentRange(request.headers['content-range'], uploads.find(key));
  return await uploads.append(key, request, range);
}

async function finish({ shelf, uploads }: Parts, exchange: Exchange, key: UploadKey, digest: Digest): Promise<void> {
  await uploads.finish(key, digest, () => shelf.repositories.addBlob(key.repository, digest));
  answer(exchange, 201, createdHeaders(key.repository, digest));
}

function createdHeaders(repository: string, digest: Digest): Record<string, string> {
  return { Location: `/v2/${repository}/blobs/${digest}`, 'Docker-Content-Digest': digest };
}

function accountOf({ caller }: Exchange): string {
  return caller.account?.name ?? '';
}
