import { type Digest, decode, digestOf, GreenticError, isErrorCode, parseJson } from '@greentic/core';
import * as z from 'zod';
import { METADATA_MAX_BYTES } from '../tuf/signed.ts';
import { encodeSubmission, type Submission } from './submission.ts';
import type { Part } from './version-parts.ts';
import type { IndexVersions } from './versions-change.ts';

const ANSWER_MS = 60_000;
const UPLOAD_MS = 900_000;
const ANSWER_MAX_BYTES = 64 * 1024;

const Versions = z.object({ timestamp: z.int(), snapshot: z.int() });
const Errors = z.object({
  errors: z
    .array(
      z.object({
        message: z.string().max(2000).optional(),
        detail: z
          .object({ code: z.string(), message: z.string().max(2000), hint: z.string().max(2000) })
          .optional()
          .catch(undefined),
      }),
    )
    .min(1),
});

/** How to reach a registry that somebody serves. */
export interface RemoteAccess {
  /** `https://host[:port]`; plain http only towards this machine. */
  readonly url: string;
  readonly account: string;
  readonly token: string;
}

/** What publishing needs of a registry that is elsewhere. */
export interface RemoteStore {
  /** A file of the index; undefined when there is none. */
  metadata(file: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** The bytes a repository has under a digest, not checked. Throws `registry/incomplete`. */
  pull(repository: string, pin: { digest: Digest; kind: 'blobs' | 'manifests' }, maxBytes: number): Promise<Uint8Array>;
  /** Stores a part in a repository, unless it is there. */
  push(repository: string, part: Part): Promise<void>;
  /** Has a change of a namespace taken into the index. Throws what the registry says. */
  submit(namespace: string, submission: Submission): Promise<IndexVersions>;
}

/** A registry behind `gtc registry serve`. The token goes to its origin and nowhere else: redirects are refused. */
export class RemoteRegistry implements RemoteStore {
  readonly #origin: string;
  readonly #authorization: string;

  /** Throws `input/invalid` for an address that is none, or would carry the token in the clear. */
  constructor({ url, account, token }: RemoteAccess) {
    this.#origin = originOf(url);
    this.#authorization = `Basic ${Buffer.from(`${account}:${token}`).toString('base64')}`;
  }

  async metadata(file: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const response = await this.#fetch(`/tuf/${file}`, {}, ANSWER_MS);
    if (response.status === 404) return void (await response.body?.cancel());
    await assertDone(response, 200);
    return await readAnswer(response, Math.min(maxBytes, METADATA_MAX_BYTES.targets));
  }

  async pull(
    repository: string,
    { digest, kind }: { digest: Digest; kind: 'blobs' | 'manifests' },
    maxBytes: number,
  ): Promise<Uint8Array> {
    const response = await this.#fetch(`/v2/${repository}/${kind}/${digest}`, {}, UPLOAD_MS);
    if (response.status === 404) {
      await response.body?.cancel();
      throw new GreenticError('registry/incomplete', `${this.#origin} lacks ${digest}.`);
    }
    await assertDone(response, 200);
    return await readAnswer(response, maxBytes);
  }

  async push(repository: string, { bytes, manifest }: Part): Promise<void> {
    const digest = digestOf(bytes);
    const place = `/v2/${repository}/${manifest === undefined ? 'blobs' : 'manifests'}/${digest}`;
    const present = await this.#fetch(place, { method: 'HEAD' }, ANSWER_MS);
    if (present.status === 200) return;
    const headers = { 'Content-Type': manifest ?? 'application/octet-stream' };
    const init = { headers, body: Buffer.from(bytes) };
    const response =
      manifest === undefined
        ? await this.#fetch(`/v2/${repository}/blobs/uploads/?digest=${digest}`, { ...init, method: 'POST' }, UPLOAD_MS)
        : await this.#fetch(place, { ...init, method: 'PUT' }, UPLOAD_MS);
    await assertDone(response, 201);
    await response.body?.cancel();
  }

  async submit(namespace: string, submission: Submission): Promise<IndexVersions> {
    const init = {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: encodeSubmission(submission),
    };
    const response = await this.#fetch(`/index/${namespace}`, init, UPLOAD_MS);
    await assertDone(response, 200);
    const bytes = await readAnswer(response, ANSWER_MAX_BYTES);
    const value = parseJson(bytes, { maxBytes: ANSWER_MAX_BYTES, code: 'registry/unreachable' });
    return decode(Versions, value, 'registry/unreachable', 'The answer of the registry');
  }

  async #fetch(path: string, init: RequestInit, ms: number): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string> | undefined), Authorization: this.#authorization };
    try {
      return await fetch(`${this.#origin}${path}`, {
        ...init,
        headers,
        redirect: 'error',
        signal: AbortSignal.timeout(ms),
      });
    } catch (error) {
      const { cause } = error as { cause?: Error & { code?: string } };
      const reason = cause?.code ?? cause?.message ?? (error as Error).message;
      throw new GreenticError('registry/unreachable', `${this.#origin} does not answer: ${reason}.`, { cause: error });
    }
  }
}

function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url?.hostname ?? '');
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback);
  if (url !== undefined && safe && url.username === '' && url.pathname === '/' && url.search === '') return url.origin;
  throw new GreenticError('input/invalid', `${text} is no address of a registry.`, {
    hint: 'Write https://host[:port]; http:// only towards this machine.',
  });
}

/** Throws what the registry says when it did not do what was asked. */
async function assertDone(response: Response, expected: number): Promise<void> {
  if (response.status === expected) return;
  const said = saidOf(await readAnswer(response, ANSWER_MAX_BYTES).catch(() => Buffer.alloc(0)));
  if (said?.detail !== undefined && isErrorCode(said.detail.code))
    throw new GreenticError(said.detail.code, said.detail.message, { hint: said.detail.hint });
  const denied = response.status === 401 || response.status === 403 || response.status === 429;
  const code = denied ? 'registry/access-denied' : 'registry/unreachable';
  throw new GreenticError(code, `The registry answers ${response.status}: ${said?.message ?? 'nothing more'}`);
}

function saidOf(bytes: Uint8Array) {
  try {
    return Errors.safeParse(parseJson(bytes, { maxBytes: ANSWER_MAX_BYTES, code: 'registry/unreachable' })).data
      ?.errors[0];
  } catch {
    return undefined;
  }
}

async function readAnswer(response: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes)
      throw new GreenticError('registry/unreachable', `The registry answers with more than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
