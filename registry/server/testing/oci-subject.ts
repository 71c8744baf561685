import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { basic, ServedRegistry } from './served-registry.ts';

/** A registry that the clauses of the specification are held against. */
export interface OciSubject extends AsyncDisposable {
  /** Host and port. */
  readonly host: string;
  /** A request that may read and write everywhere. */
  fetch(path: string, init?: RequestInit & { duplex?: 'half' }): Promise<Response>;
}

/** Our own server. */
export async function ourServer(): Promise<OciSubject> {
  const served = await ServedRegistry.start();
  return {
    host: new URL(served.url).host,
    fetch: (path, init = {}) => {
      const headers = new Headers(init.headers);
      headers.set('Authorization', basic('root', served.tokens.root));
      return fetch(new URL(path, served.url), { ...init, headers });
    },
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  };
}

const DOCKER_REGISTRY = '/usr/bin/docker-registry';

/** Whether the reference registry is on this machine: the Debian package docker-registry. */
export const hasDockerRegistry = existsSync(DOCKER_REGISTRY);

/** How the reference registry is started. */
export interface DockerRegistryOptions {
  /** Password file in Apache's format, with bcrypt: only who is in it gets in. */
  readonly htpasswd?: string;
  /** Files of a certificate for `localhost` and its key, PEM. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/** The reference registry over an empty folder. */
export async function dockerRegistry({ htpasswd, tls }: DockerRegistryOptions = {}): Promise<OciSubject> {
  const home = await mkdtemp(join(tmpdir(), 'docker-registry-'));
  const port = await freePort();
  const config = {
    version: '0.1',
    log: { level: 'info', formatter: 'json', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(home, 'data') }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, ...(tls && { tls }) },
    ...(htpasswd && { auth: { htpasswd: { realm: 'test', path: htpasswd } } }),
  };
  const host = `${tls ? 'localhost' : '127.0.0.1'}:${port}`;
  // JSON is YAML.
  await writeFile(join(home, 'config.yml'), JSON.stringify(config));
  const child = spawn(DOCKER_REGISTRY, ['serve', join(home, 'config.yml')], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  await listening(child);
  return {
    host,
    fetch: (path, init = {}) => fetch(new URL(path, `${tls ? 'https' : 'http'}://${host}`), init),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
      await rm(home, { recursive: true, force: true });
    },
  };
}

function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('close', (code) => reject(new Error(`docker-registry ended with ${code}.`)));
    if (child.stderr === null) return;
    createInterface(child.stderr).on('line', (line) => {
      if (line.includes('listening on')) resolve();
    });
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
