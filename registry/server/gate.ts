import type { IncomingMessage } from 'node:http';
import { type Account, type AccountBook, type Action, mayDo, mayPublish } from './account.ts';
import { BEARER_SECONDS, type BearerMint, parseScope } from './bearer.ts';
import type { LoginBrake } from './login-brake.ts';
import { Refusal } from './refusal.ts';
import type { Route } from './route.ts';

/** Who asks: an account or nobody, perhaps with a token that is for less than the account may do. */
export interface Caller {
  readonly account: Account | undefined;
  readonly scopes: readonly { readonly repository: string; readonly actions: readonly Action[] }[] | undefined;
}

const NOBODY: Caller = { account: undefined, scopes: undefined };
const SERVICE = 'gtc-registry';

/** Who may do what: every request passes here before its body is read. */
export class Gate {
  readonly #accounts: AccountBook;
  readonly #mint: BearerMint;
  readonly #brake: LoginBrake;
  readonly #publicRead: boolean;

  constructor(parts: { accounts: AccountBook; mint: BearerMint; brake: LoginBrake; publicRead: boolean }) {
    this.#accounts = parts.accounts;
    this.#mint = parts.mint;
    this.#brake = parts.brake;
    this.#publicRead = parts.publicRead;
  }

  /** Who sends a request. Throws the refusals `UNAUTHORIZED` for credentials that do not hold, and `TOOMANYREQUESTS`. */
  async callerOf(request: IncomingMessage, origin: string): Promise<Caller> {
    const [, scheme = '', credentials = ''] =
      /^(basic|bearer) +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (request.headers.authorization === undefined) return NOBODY;
    const address = request.socket.remoteAddress ?? '';
    const isBearer = scheme.toLowerCase() === 'bearer';
    const wait = isBearer ? 0 : this.#brake.waitOf(address);
    if (wait > 0)
      throw new Refusal(429, 'TOOMANYREQUESTS', 'Too many logins failed.', {
        headers: { 'Retry-After': String(wait) },
      });
    const caller = isBearer ? await this.#ofBearer(credentials) : await this.#ofBasic(credentials);
    if (caller !== undefined) return caller;
    // A bearer token that has run out is no guess: its client fetches the next one.
    if (!isBearer) this.#brake.fail(address);
    throw unauthorized('These credentials do not hold.', origin);
  }

  async #ofBasic(credentials: string): Promise<Caller | undefined> {
    const text = Buffer.from(credentials, 'base64').toString();
    const at = text.indexOf(':');
    const account = await this.#accounts.login(text.slice(0, Math.max(at, 0)), text.slice(at + 1));
    return account && { account, scopes: undefined };
  }

  async #ofBearer(credentials: string): Promise<Caller | undefined> {
    const claims = this.#mint.open(credentials);
    if (claims === undefined) return undefined;
    if (claims.account === undefined) return { account: undefined, scopes: claims.scopes };
    // Looked up anew, so that an account that was removed is refused at once.
    const account = await this.#accounts.find(claims.account);
    if (account === undefined || loginOf(account) !== claims.login) return undefined;
    return { account, scopes: claims.scopes };
  }

  /** Whether a caller may do something in a repository. */
  may(caller: Caller, action: Action, repository: string): boolean {
    const own =
      caller.account === undefined ? this.#publicRead && action === 'pull' : mayDo(caller.account, action, repository);
    if (!own || caller.scopes === undefined) return own;
    return caller.scopes.some((scope) => scope.repository === repository && scope.actions.includes(action));
  }

  /** Throws the refusal `UNAUTHORIZED` for a caller whom a login could help, `DENIED` for one whom it cannot. */
  admit(caller: Caller, route: Route, method: string, origin: string): void {
    if (route.kind === 'token' || this.#admits(caller, route, method)) return;
    const scope = 'repository' in route ? scopeOf(route.repository, actionOf(route, method)) : undefined;
    if (caller.account === undefined || caller.scopes !== undefined)
      throw unauthorized('Log in, or ask for a token that is for this.', origin, scope);
    throw new Refusal(403, 'DENIED', 'This account may not do that here.');
  }

  #admits(caller: Caller, route: Route, method: string): boolean {
    if (route.kind === 'publication')
      return caller.account !== undefined && caller.scopes === undefined && mayPublish(caller.account, route.namespace);
    if ('repository' in route) return this.may(caller, actionOf(route, method), route.repository);
    return this.#publicRead || caller.account !== undefined;
  }

  /** Answers a token request: a token for no more than is asked and allowed. */
  grant(
    caller: Caller,
    query: URLSearchParams,
    origin: string,
  ): { token: string; access_token: string; expires_in: number } {
    if (caller.account === undefined && !this.#publicRead) throw unauthorized('Log in with an account.', origin);
    if (caller.scopes !== undefined) throw unauthorized('Log in with an account: a token makes no token.', origin);
    const asked = query
      .getAll('scope')
      .flatMap((list) => list.split(' '))
      .slice(0, 16);
    const scopes = asked
      .map(parseScope)
      .filter((scope) => scope !== undefined)
      .map(({ repository, actions }) => ({
        repository,
        actions: actions.filter((action) => this.may(caller, action, repository)),
      }));
    const token = this.#mint.issue({
      ...(caller.account && { account: caller.account.name, login: loginOf(caller.account) }),
      scopes,
    });
    return { token, access_token: token, expires_in: BEARER_SECONDS };
  }
}

/** Tells a login from those with a former token of an account of the same name. */
function loginOf({ tokenHash }: Account): string {
  return tokenHash.slice(0, 16);
}

function actionOf({ kind }: Route, method: string): Action {
  if (kind === 'upload' || kind === 'uploads') return 'push';
  if (method === 'GET' || method === 'HEAD') return 'pull';
  return method === 'DELETE' ? 'delete' : 'push';
}

/** Clients push with one token for both directions. */
function scopeOf(repository: string, action: Action): string {
  return `repository:${repository}:${action === 'push' ? 'pull,push' : action}`;
}

function unauthorized(message: string, origin: string, scope?: string): Refusal {
  const asked = scope === undefined ? '' : `,scope="${scope}"`;
  const challenge = [`Bearer realm="${origin}/token",service="${SERVICE}"${asked}`, `Basic realm="${SERVICE}"`];
  return new Refusal(401, 'UNAUTHORIZED', message, { headers: { 'WWW-Authenticate': challenge } });
}
