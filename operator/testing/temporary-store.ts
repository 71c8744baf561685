import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Environment } from '@greentic/core';
import { afterEach } from 'vitest';
import { type Actor, onlyActor } from '../actor.ts';
import type { Snapshot } from '../decision.ts';
import type { Change } from '../store/environment-store.ts';
import { type FileStoreOptions, openFileStore } from '../store/file-store.ts';
import { createEnvironment } from '../verbs/environments.ts';
import { ENVIRONMENT, NOW } from './sample.ts';

/** The user tests run as. */
export const ADA: Actor = { kind: 'local-user', name: 'ada' };

const roots: string[] = [];
afterEach(async () => {
  await Promise.all(roots.splice(0).map((root) => rm(root, { recursive: true, force: true })));
});

/** A folder that goes away with the test. */
export async function temporaryRoot(): Promise<string> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'gtc-store-'));
  roots.push(root);
  return root;
}

/** A store in a folder of its own, with one environment in it. */
export async function temporaryStore(options: Partial<FileStoreOptions> = {}) {
  const root = options.root ?? (await temporaryRoot());
  const store = openFileStore({ root, actor: ADA, authorise: onlyActor(ADA), now: () => NOW, ...options });
  await store.create(ENVIRONMENT, {
    verb: 'env.create',
    target: ENVIRONMENT,
    input: {},
    decide: (now) => createEnvironment({ name: ENVIRONMENT }, now),
  });
  return { root, store, folder: path.join(root, ENVIRONMENT) };
}

/** A change that counts: each one that lands adds one to the environment's `count`. */
export function counting(fields: Partial<Change<{ count: number }>> = {}): Change<{ count: number }> {
  return {
    verb: 'sample.count',
    target: 'count',
    input: {},
    decide: ({ environment }) => {
      const count = countOf(environment) + 1;
      return { environment: { ...environment, count }, result: { count } };
    },
    ...fields,
  };
}

/** How many counting changes landed. */
export function countOf(environment: Environment): number {
  return Number(environment['count'] ?? 0);
}

/** A change of any kind. */
export function changing(
  decide: (snapshot: Snapshot) => Environment,
  fields: Partial<Change<null>> = {},
): Change<null> {
  return {
    verb: 'sample.change',
    target: 'sample',
    input: {},
    decide: (snapshot) => ({ environment: decide(snapshot), result: null }),
    ...fields,
  };
}
