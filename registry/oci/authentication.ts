import { decode, GreenticError, parseJson } from '@greentic/core';
import type { Dispatcher } from 'undici';
import * as z from 'zod';
import { BoundedBody } from './body.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { Credentials, FindCredentials } from './credential.ts';
import { mayLeadTo } from './destination.ts';
import { type ExchangeRequest, exchange } from './exchange.ts';
import { statusFailure } from './failure.ts';
import type { OciReference } from './reference.ts';

const TOKEN_MAX_BYTES = 64 * 1024;

const TokenAnswer = z
  .looseObject({ token: z.string().exactOptional(), access_token: z.string().exactOptional() })
  .transform(({ token, access_token }) => token ?? access_token ?? '')
  // What cannot stand in a header (RFC 6750 §2.1) must not get there.
  .pipe(z.string().regex(/^[A-Za-z0-9\-._~+/]+=*$/, 'must be a token'));

/** What a request may be allowed to do, as the scopes of token authentication spell it. */
export type Scope = `repository:${string}:${'pull' | 'pull,push'}`;

/** How a token is asked for. */
type Via = { dispatcher: Dispatcher } & Pick<ExchangeRequest, 'signal' | 'deadline'>;

/**
 * Answers a registry's challenges (distribution's token authentication, and Basic). Credentials go to exactly the host they
 * are kept under, over HTTPS or to this machine; a token goes to the registry that asked for it, and nowhere else, and is of no
 * other account than the registry's own.
 */
export class Authentication {
  readonly #reference: OciReference;
  readonly #find: FindCredentials;
  readonly #granted = new Map<string, Promise<string>>();

  constructor(reference: OciReference, find: FindCredentials) {
    this.#reference = reference;
    this.#find = find;
  }

  /** The header to send at once, from an earlier challenge; undefined before the first. */
  async known(scopes: readonly Scope[]): Promise<string | undefined> {
    return this.#granted.get(scopes.join(' '));
  }

  /** The header that answers a challenge. Throws `registry/access-denied`, and `registry/*` from the token server. */
  async answer(header: string, scopes: readonly Scope[], refused: string | undefined, via: Via): Promise<string> {
    const key = scopes.join(' ');
    const granted = this.#granted.get(key);
    // Another request was refused with the same, and has asked for a new one meanwhile.
    if (granted !== undefined && (await granted.catch(() => refused)) !== refused) return granted;
    const fresh = this.#grant(parseChallenges(header), scopes, via);
    this.#granted.set(key, fresh);
    fresh.catch(() => this.#granted.delete(key));
    return fresh;
  }

  async #grant(challenges: readonly Challenge[], scopes: readonly Scope[], via: Via): Promise<string> {
    const { host } = this.#reference;
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    if (bearer !== undefined) return `Bearer ${await this.#token(bearer, scopes, via)}`;
    const credentials = await this.#find(host);
    if (challenges.some(({ scheme }) => scheme === 'basic') && credentials !== undefined) return basic(credentials);
    throw statusFailure(401, 'a request without an account', host, '');
  }

  async #token(
    { parameters }: Challenge,
    scopes: readonly Scope[],
    { dispatcher, signal, deadline }: Via,
  ): Promise<string> {
    const url = this.#realm(parameters['realm'] ?? '');
    if (parameters['service'] !== undefined) url.searchParams.set('service', parameters['service']);
    // What the registry would ask for itself, of whoever else trusts this token server.
    url.searchParams.delete('scope');
    for (const scope of scopes) url.searchParams.append('scope', scope);
    const credentials = await this.#account(url.host);
    const headers: Record<string, string> = credentials === undefined ? {} : { authorization: basic(credentials) };
    const body = new BoundedBody(TOKEN_MAX_BYTES, 'The answer of the token server');
    const answer = await exchange(
      dispatcher,
      { method: 'GET', url, headers, maxBytes: TOKEN_MAX_BYTES, signal, deadline },
      body,
    );
    if (answer.status !== 200) throw statusFailure(answer.status, 'a request for a token', url.host, answer.reason);
    const value = parseJson(body.take().bytes, { maxBytes: TOKEN_MAX_BYTES, code: 'registry/protocol' });
    return decode(TokenAnswer, value, 'registry/protocol', 'The answer of the token server');
  }

  /**
   * Who asks a token server: on another host only who is also the registry's own account. Any other's token, which goes to the
   * registry, would let it in where it was never let in.
   */
  async #account(host: string): Promise<Credentials | undefined> {
    const own = await this.#find(this.#reference.host);
    if (own === undefined || host === this.#reference.host) return own;
    const theirs = await this.#find(host);
    return theirs?.username === own.username && theirs.password === own.password ? own : undefined;
  }

  /** Where a token is asked for: where a registry may lead to. */
  #realm(text: string): URL {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url !== undefined && mayLeadTo(url, this.#reference)) return url;
    throw new GreenticError('registry/redirect', `${this.#reference.host} sends to a token server it may not lead to.`);
  }
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
