import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { EnvironmentName } from '@greentic/core';
import type { AuditEvent } from '@greentic/operator';
import type { LockFile } from '@greentic/registry';
import { controlPath } from '@greentic/runtime';
import { Output } from '../output.ts';
import { openSession } from '../session.ts';
import { gtc, type Ran, run } from './gtc.ts';
import { BUNDLE, PublishedRegistry } from './published-registry.ts';

/** The deployment the tests roll out. */
export const DEPLOYMENT = 'support-desk.acme';

/** The files that are an environment; a refusal leaves each as it was. */
export const ENVIRONMENT_FILES = ['environment.json', 'env.lock.json', 'trust-root.json'] as const;

/** A published registry, and one environment, `local`, that installed its five packs from it by name. */
export class Site {
  readonly registry: PublishedRegistry;
  readonly root: string;

  private constructor(registry: PublishedRegistry, root: string) {
    this.registry = registry;
    this.root = root;
  }

  static async create(): Promise<Site> {
    const registry = await PublishedRegistry.create();
    const site = new Site(registry, path.join(registry.dir, 'environments'));
    await site.gtc(['env', 'create', 'local', '--trust', registry.trustFile, '--port', '0']);
    return site;
  }

  /** Runs `gtc op …` on this site's environments. */
  async op(args: readonly string[], input?: string): Promise<Ran> {
    return await run(['op', ...args, '--root', this.root], input);
  }

  /** Runs `gtc op …`, which has to succeed; gives its result. */
  async gtc<T = unknown>(args: readonly string[], input?: string): Promise<T> {
    return await gtc<T>(['op', ...args, '--root', this.root], input);
  }

  /** Deploys the bundle for the customer `acme`, twice: revision 1 with all traffic and, when asked, revision 2 with none. */
  async deploy(revisions: 1 | 2 = 1): Promise<void> {
    await this.gtc(['deploy', 'local', `${BUNDLE}@1.0.0`, '--customer', 'acme']);
    if (revisions === 1) return;
    await this.gtc(['deploy', 'local', `${BUNDLE}@2.0.0`, '--customer', 'acme']);
  }

  /** Path of a file of the environment. */
  file(...parts: string[]): string {
    return path.join(this.root, 'local', ...parts);
  }

  /** The bytes of the environment's files, to be compared. */
  async files(): Promise<string[]> {
    return await Promise.all(ENVIRONMENT_FILES.map((name) => readFile(this.file(name), 'latin1')));
  }

  async lock(): Promise<LockFile> {
    return JSON.parse(await readFile(this.file('env.lock.json'), 'utf8')) as LockFile;
  }

  async generation(): Promise<number> {
    return (JSON.parse(await readFile(this.file('environment.json'), 'utf8')) as { generation: number }).generation;
  }

  /** The audit's events after a sequence, read as the product reads them. */
  async audit(after = 0): Promise<AuditEvent[]> {
    const { store } = openSession(this.root, new Output('test', true));
    return await store.events('local' as EnvironmentName, { after, limit: 1000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Sockets lie in a folder of their own, as their paths have to be short.
    const sockets = path.dirname(controlPath(this.file()));
    if (process.platform !== 'win32') await rm(sockets, { recursive: true, force: true });
    await this.registry[Symbol.asyncDispose]();
  }
}
