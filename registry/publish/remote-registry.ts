import { type Digest, decode, digestOf, GreenticError, isErrorCode, parseJson } from '@greentic/core';
import type { Dispatcher } from 'undici';
import * as z from 'zod';
import { BoundedBody } from '../oci/body.ts';
import { openConnections } from '../oci/connections.ts';
import { type Answer, type ExchangeRequest, exchange } from '../oci/exchange.ts';
import { BrokenConnection } from '../oci/failure.ts';
import { isLoopbackAddress } from '../oci/reference.ts';
import { METADATA_MAX_BYTES } from '../tuf/signed.ts';
import { encodeSubmission, type Submission } from './submission.ts';
import type { Part } from './version-parts.ts';
import type { IndexVersions } from './versions-change.ts';

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

/** A request to the registry. */
interface RemoteRequest extends Partial<Pick<ExchangeRequest, 'headers' | 'body' | 'maxBytes'>> {
  readonly method?: ExchangeRequest['method'];
  readonly into?: BoundedBody;
}

/** A registry behind `gtc registry serve`. The token goes to its origin and nowhere else: redirects are refused. */
export class RemoteRegistry implements RemoteStore {
  readonly #origin: URL;
  readonly #authorization: string;
  readonly #processEnv: NodeJS.ProcessEnv;
  #dispatcher: Promise<Dispatcher> | undefined;

  /** Throws `input/invalid` for an address that is none, or would carry the token in the clear. */
  constructor({ url, account, token }: RemoteAccess, processEnv: NodeJS.ProcessEnv = process.env) {
    this.#origin = originOf(url);
    this.#authorization = `Basic ${Buffer.from(`${account}:${token}`).toString('base64')}`;
    this.#processEnv = processEnv;
  }

  async metadata(file: string, maxBytes: number): Promise<Uint8Array | undefined> {
    return this.#get(`/tuf/${file}`, Math.min(maxBytes, METADATA_MAX_BYTES.targets));
  }

  async pull(
    repository: string,
    { digest, kind }: { digest: Digest; kind: 'blobs' | 'manifests' },
    maxBytes: number,
  ): Promise<Uint8Array> {
    const bytes = await this.#get(`/v2/${repository}/${kind}/${digest}`, maxBytes);
    if (bytes !== undefined) return bytes;
    throw new GreenticError('registry/incomplete', `${this.#origin.origin} lacks ${digest}.`);
  }

  async push(repository: string, { bytes, manifest }: Part): Promise<void> {
    const digest = digestOf(bytes);
    const place = `/v2/${repository}/${manifest === undefined ? 'blobs' : 'manifests'}/${digest}`;
    if ((await this.#ask(place, { method: 'HEAD' })).status === 200) return;
    const part = { headers: { 'content-type': manifest ?? 'application/octet-stream' }, body: bytes };
    const answer =
      manifest === undefined
        ? await this.#ask(`/v2/${repository}/blobs/uploads/?digest=${digest}`, { method: 'POST', ...part })
        : await this.#ask(place, { method: 'PUT', ...part });
    assertDone(answer, 201);
  }

  async submit(namespace: string, submission: Submission): Promise<IndexVersions> {
    const into = bodyOf(ANSWER_MAX_BYTES);
    const headers = { 'content-type': 'application/json' };
    const body = Buffer.from(encodeSubmission(submission));
    assertDone(await this.#ask(`/index/${namespace}`, { method: 'POST', headers, body, into }), 200);
    const value = parseJson(into.take().bytes, { maxBytes: ANSWER_MAX_BYTES, code: 'registry/unreachable' });
    return decode(Versions, value, 'registry/unreachable', 'The answer of the registry');
  }

  async #get(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const into = bodyOf(maxBytes);
    const answer = await this.#ask(path, { into, maxBytes });
    if (answer.status === 404) return undefined;
    assertDone(answer, 200);
    return into.take().bytes;
  }

  async #ask(path: string, { method = 'GET', into, ...request }: RemoteRequest): Promise<Answer> {
    const direct = this.#origin.protocol === 'http:' || isLoopbackAddress(this.#origin);
    this.#dispatcher ??= openConnections(this.#processEnv, direct);
    const url = new URL(path, this.#origin);
    const headers = { ...request.headers, authorization: this.#authorization };
    const full = { maxBytes: ANSWER_MAX_BYTES, ...request, method, url, headers };
    try {
      return await exchange(await this.#dispatcher, full, into);
    } catch (error) {
      if (!(error instanceof BrokenConnection)) throw error;
      throw new GreenticError('registry/unreachable', error.message, { cause: error });
    }
  }
}

function bodyOf(maxBytes: number): BoundedBody {
  return new BoundedBody(maxBytes, 'The answer of the registry', 'registry/unreachable');
}

function originOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url?.hostname ?? '');
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback);
  const bare = url?.username === '' && url.password === '' && url.pathname === '/' && url.search === '';
  if (url !== undefined && safe && bare) return url;
  throw new GreenticError('input/invalid', `${text} is no address of a registry.`, {
    hint: 'Write https://host[:port]; http:// only towards this machine.',
  });
}

/** Throws what the registry says when it did not do what was asked. */
function assertDone({ status, error }: Answer, expected: number): void {
  if (status === expected) return;
  const said = saidOf(error);
  if (said?.detail !== undefined && isErrorCode(said.detail.code))
    throw new GreenticError(said.detail.code, said.detail.message, { hint: said.detail.hint });
  const denied = status === 401 || status === 403 || status === 429;
  const code = denied ? 'registry/access-denied' : 'registry/unreachable';
  throw new GreenticError(code, `The registry answers ${status}: ${said?.message ?? 'nothing more'}`);
}

function saidOf(bytes: Uint8Array) {
  try {
    return Errors.safeParse(parseJson(bytes, { maxBytes: ANSWER_MAX_BYTES, code: 'registry/unreachable' })).data
      ?.errors[0];
  } catch {
    return undefined;
  }
}
