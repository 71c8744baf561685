import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogEvent } from '../access-log.ts';
import { addAccount } from '../account.ts';
import { RegistryServer, type ServeOptions } from '../registry-server.ts';

/** A registry folder that is served on a free port, with three accounts; what it logs is kept. */
export class ServedRegistry implements AsyncDisposable {
  readonly folder: string;
  readonly url: string;
  readonly log: LogEvent[];
  readonly tokens: Readonly<Record<'root' | 'acme' | 'guest', string>>;
  readonly #server: RegistryServer;
  readonly #home: string | undefined;

  private constructor(
    parts: Pick<ServedRegistry, 'folder' | 'log' | 'tokens'> & { server: RegistryServer; home: string | undefined },
  ) {
    this.folder = parts.folder;
    this.log = parts.log;
    this.tokens = parts.tokens;
    this.url = parts.server.url;
    this.#server = parts.server;
    this.#home = parts.home;
  }

  /** Serves the folder given, or an empty one. */
  static async start({ folder, ...changes }: Partial<ServeOptions> = {}): Promise<ServedRegistry> {
    const home = folder === undefined ? await mkdtemp(join(tmpdir(), 'served-')) : undefined;
    const place = folder ?? home ?? '';
    const now = changes.now ?? (() => new Date());
    const add = (name: string, role: 'admin' | 'owner' | 'reader', namespaces: string[]) =>
      addAccount(place, { name, role, namespaces, now: now() });
    const tokens = {
      root: await add('root', 'admin', []),
      acme: await add('acme', 'owner', ['acme']),
      guest: await add('guest', 'reader', []),
    };
    const log: LogEvent[] = [];
    const server = await RegistryServer.start({
      folder: place,
      host: '127.0.0.1',
      port: 0,
      publicRead: false,
      now,
      log: (event) => log.push(event),
      ...changes,
    });
    return new ServedRegistry({ folder: place, log, tokens, server, home });
  }

  /** A request as one of the accounts; `nobody` sends no credentials. */
  fetch(who: 'root' | 'acme' | 'guest' | 'nobody', path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (who !== 'nobody') headers.set('Authorization', basic(who, this.tokens[who]));
    return fetch(new URL(path, this.url), { redirect: 'manual', ...init, headers });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close(0);
  }

  /** Stops serving, and removes the folder that was made for it. */
  async close(graceMs: number): Promise<void> {
    await this.#server.close(graceMs);
    if (this.#home !== undefined) await rm(this.#home, { recursive: true, force: true });
  }
}

/** The value of an Authorization header. */
export function basic(name: string, token: string): string {
  return `Basic ${Buffer.from(`${name}:${token}`).toString('base64')}`;
}
