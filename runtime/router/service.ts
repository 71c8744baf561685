import type { IncomingMessage, ServerResponse } from 'node:http';
import { GreenticError, toGreenticError } from '@greentic/core';
import { Exchange } from './exchange.ts';
import { type Decision, decide, type Outcome, type RequestFacts } from './pick.ts';
import { refuse } from './refusal.ts';
import { type RequestHead, readHead } from './request-head.ts';
import { createRevisionCookies, setCookieHeader, withoutRevisionCookies } from './revision-cookie.ts';
import { matchRoute } from './route.ts';
import type { SessionPins } from './session-pin.ts';
import type { CookieKeys } from './signing-key.ts';
import type { ServedDeployment, Snapshot } from './snapshot.ts';
import { count } from './tally.ts';
import { readTarget } from './target-path.ts';
import type { UpstreamSet } from './upstream-set.ts';

/** A worker that did not answer, or broke off. */
export interface WorkerFailure {
  readonly type: 'worker-failed';
  readonly deployment: string;
  readonly revision: string;
  readonly error: GreenticError;
}

/** What the service stands on. */
export interface ServiceParts {
  readonly snapshot: () => Snapshot | undefined;
  readonly closing: () => boolean;
  readonly upstreams: UpstreamSet;
  readonly keys: CookieKeys;
  readonly sessions: SessionPins | undefined;
  readonly scheme: 'http' | 'https';
  readonly maxBodyBytes: number;
  readonly retryAfterMs: number;
  readonly now: () => Date;
  readonly onFailure: (failure: WorkerFailure) => void;
}

/** A request as the router reads it. */
interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly head: RequestHead;
  readonly host: string | undefined;
  readonly target: string;
  readonly path: string;
  readonly upgrade: string | undefined;
}

/** A decision with what it was made from, so that nothing is read from two configurations. */
interface Choice extends Decision {
  readonly snapshot: Snapshot;
  readonly served: ServedDeployment;
}

/** Answers one request after the other: reads, decides, forwards. */
export interface Service {
  /** Answers a request; `upgrade` is the protocol to switch to, for a request that may. */
  answer(request: IncomingMessage, response: ServerResponse, upgrade?: string): void;
}

/** The data plane's middle: everything between Node's HTTP server and the worker's connection. */
export function createService(parts: ServiceParts): Service {
  const proofs = { keys: parts.keys, cookies: createRevisionCookies(parts.keys) };

  const choose = (asked: Asked, pin: RequestFacts['pin']): Choice => {
    const { snapshot, served } = find(parts.snapshot(), asked);
    const { revision, token, cookie } = asked.head;
    const outcome = decide({ revision, token, cookie, pin }, served, { ...proofs, nowMs: parts.now().getTime() });
    note(served, outcome);
    if (outcome.decision === undefined)
      throw new GreenticError('route/no-revision', `No ready revision of ${served.deployment} can take the request.`);
    return { ...outcome.decision, snapshot, served };
  };

  const forward = (asked: Asked, choice: Choice): void => {
    const { served, revision, reason } = choice;
    const { request, response, head, upgrade } = asked;
    const upstream = parts.upstreams.take(served.endpoints.get(revision) as string);
    count(served.tally, revision, reason);
    const hasBody = head.chunked || (head.length !== undefined && head.length > 0);
    if (head.expectsContinue && hasBody) response.writeContinue();
    new Exchange({
      request,
      response,
      upstream,
      path: asked.target,
      lines: workerLines(asked, choice, parts.scheme),
      hasBody,
      ownLines: clientLines(choice, parts.scheme),
      closing: parts.closing,
      upgrade,
      maxBodyBytes: parts.maxBodyBytes,
      retryAfterMs: parts.retryAfterMs,
      onEnd(error) {
        upstream.leave();
        if (error === undefined) return;
        count(served.tally, revision, 'failed');
        parts.onFailure({ type: 'worker-failed', deployment: served.deployment, revision, error });
      },
    }).start();
  };

  const forwardSession = async (asked: Asked, session: string, sessions: SessionPins): Promise<void> => {
    const { served } = find(parts.snapshot(), asked);
    const { choice, unavailable } = await sessions.settle(served.deployment, session, (pin) => choose(asked, pin));
    if (unavailable) choice.served.tally.ignored.pins++;
    forward(asked, choice);
  };

  return {
    answer(request, response, upgrade) {
      const snapshot = parts.snapshot();
      const fail = (error: unknown) => {
        const lines = snapshot === undefined ? [] : ['x-greentic-generation', String(snapshot.generation)];
        refuse(response, toGreenticError(error), { lines, close: parts.closing() || isDistrusted(error) });
      };
      try {
        const { host, target, path, reserved } = readTarget(request.url ?? '');
        const head = readHead(request.rawHeaders);
        if (reserved) {
          answerWellKnown(path, response, snapshot);
          return;
        }
        assertLength(head, parts.maxBodyBytes);
        const asked = { request, response, head, host: host ?? head.host, target, path, upgrade };
        if (head.session === undefined || parts.sessions === undefined) forward(asked, choose(asked, undefined));
        else forwardSession(asked, head.session, parts.sessions).catch(fail);
      } catch (error) {
        fail(error);
      }
    },
  };
}

function find(current: Snapshot | undefined, { host, path }: Asked): { snapshot: Snapshot; served: ServedDeployment } {
  const snapshot = assertApplied(current);
  const served = matchRoute(snapshot.routes, host, path);
  if (served === undefined) throw new GreenticError('route/none');
  return { snapshot, served };
}

function note({ tally }: ServedDeployment, { ignored }: Outcome): void {
  if (ignored !== undefined) tally.ignored[ignored]++;
}

function assertLength({ length }: RequestHead, most: number): void {
  if (length !== undefined && length > most)
    throw new GreenticError('input/too-large', `The body is larger than ${most} bytes.`);
}

/** Whether what follows on the connection should not be read: a body too large to drain, or a request of doubtful framing. */
function isDistrusted(error: unknown): boolean {
  const { code } = toGreenticError(error);
  return code === 'input/too-large' || code === 'input/invalid';
}

/** The router's own corner: whether it serves. Whatever else lies there is the workers' word to their supervisor, not to clients. */
function answerWellKnown(path: string, response: ServerResponse, snapshot: Snapshot | undefined): void {
  if (path !== '/.well-known/greentic/health') throw new GreenticError('route/none');
  const { environment, generation } = assertApplied(snapshot);
  const body = Buffer.from(JSON.stringify({ status: 'ok', environment, generation }));
  response
    .writeHead(200, [
      'content-type',
      'application/json',
      'content-length',
      String(body.byteLength),
      'cache-control',
      'no-store',
    ])
    .end(body);
}

function assertApplied(snapshot: Snapshot | undefined): Snapshot {
  if (snapshot === undefined) throw new GreenticError('route/no-revision', 'The router has no configuration yet.');
  return snapshot;
}

/** The lines a worker gets: the client's, and what the router knows in place of what the client claims. */
function workerLines({ request, head, host }: Asked, { served, revision }: Choice, scheme: string): string[] {
  const lines = head.forwarded;
  if (host !== undefined) lines.push('host', host, 'x-forwarded-host', host);
  const cookie = head.cookie === undefined ? undefined : withoutRevisionCookies(head.cookie);
  if (cookie !== undefined) lines.push('cookie', cookie);
  if (head.length !== undefined) lines.push('content-length', String(head.length));
  lines.push(
    'x-forwarded-for',
    request.socket.remoteAddress ?? 'unknown',
    'x-forwarded-proto',
    scheme,
    'x-greentic-deployment',
    served.deployment,
    'x-greentic-revision',
    revision,
    'x-greentic-customer',
    served.customer,
  );
  return lines;
}

/** The lines the router adds to the answer. */
function clientLines({ snapshot, served, revision, setCookie }: Choice, scheme: ServiceParts['scheme']): string[] {
  const lines = ['x-greentic-revision', revision, 'x-greentic-generation', String(snapshot.generation)];
  if (setCookie !== undefined) {
    lines.push(
      'set-cookie',
      setCookieHeader(served.cookieName, setCookie, { path: served.pathPrefix, secure: scheme === 'https' }),
    );
  }
  return lines;
}
