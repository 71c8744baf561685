import { ask } from './channel.ts';
import { paramsOf, reloadParams, type URLSearchParams } from './url-search-params.ts';

/** The parts of a parsed URL, as the standard's attributes give them. */
interface Parts {
  href: string;
  origin: string;
  protocol: string;
  username: string;
  password: string;
  host: string;
  hostname: string;
  port: string;
  pathname: string;
  search: string;
  hash: string;
}
type Settable = Exclude<keyof Parts, 'origin'>;

/** Parsing is the host's computation: one parser decides what a URL means on both sides of the wall. */
function parseUrl(url: unknown, base?: unknown): Parts | undefined {
  const request = { op: 'url', url: `${url}`.toWellFormed() };
  const answer = ask<Parts>(base === undefined ? request : { ...request, base: `${base}`.toWellFormed() });
  return answer.error === undefined ? (answer as Parts) : undefined;
}

/** As in the URL standard. */
export class URL {
  #parts: Parts;
  #searchParams: URLSearchParams | undefined;

  constructor(url: string | URL, base?: string | URL) {
    const parts = parseUrl(url, base);
    if (parts === undefined) throw invalid();
    this.#parts = parts;
  }

  static canParse(url: string | URL, base?: string | URL): boolean {
    return parseUrl(url, base) !== undefined;
  }

  static parse(url: string | URL, base?: string | URL): URL | null {
    return URL.canParse(url, base) ? new URL(url, base) : null;
  }

  get href(): string {
    return this.#parts.href;
  }
  set href(value: string) {
    const parts = parseUrl(value);
    if (parts === undefined) throw invalid();
    this.#take(parts);
  }

  get origin(): string {
    return this.#parts.origin;
  }

  get protocol(): string {
    return this.#parts.protocol;
  }
  set protocol(value: string) {
    this.#set('protocol', value);
  }

  get username(): string {
    return this.#parts.username;
  }
  set username(value: string) {
    this.#set('username', value);
  }

  get password(): string {
    return this.#parts.password;
  }
  set password(value: string) {
    this.#set('password', value);
  }

  get host(): string {
    return this.#parts.host;
  }
  set host(value: string) {
    this.#set('host', value);
  }

  get hostname(): string {
    return this.#parts.hostname;
  }
  set hostname(value: string) {
    this.#set('hostname', value);
  }

  get port(): string {
    return this.#parts.port;
  }
  set port(value: string) {
    this.#set('port', value);
  }

  get pathname(): string {
    return this.#parts.pathname;
  }
  set pathname(value: string) {
    this.#set('pathname', value);
  }

  get search(): string {
    return this.#parts.search;
  }
  set search(value: string) {
    this.#set('search', value);
  }

  get hash(): string {
    return this.#parts.hash;
  }
  set hash(value: string) {
    this.#set('hash', value);
  }

  get searchParams(): URLSearchParams {
    this.#searchParams ??= paramsOf(this.#parts.search, (query) => {
      this.#parts = this.#changed('search', query);
    });
    return this.#searchParams;
  }

  toString(): string {
    return this.#parts.href;
  }

  toJSON(): string {
    return this.#parts.href;
  }

  get [Symbol.toStringTag](): string {
    return 'URL';
  }

  #set(part: Settable, value: unknown): void {
    this.#take(this.#changed(part, `${value}`.toWellFormed()));
  }

  #changed(part: Settable, value: string): Parts {
    const answer = ask<Parts>({ op: 'url-set', url: this.#parts.href, part, value });
    return answer.error === undefined ? (answer as Parts) : this.#parts;
  }

  #take(parts: Parts): void {
    const changed = parts.search !== this.#parts.search;
    this.#parts = parts;
    if (changed && this.#searchParams !== undefined) reloadParams(this.#searchParams, parts.search);
  }
}

function invalid(): TypeError {
  return Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL' });
}
