import { homedir } from 'node:os';
import path from 'node:path';
import { decode, EnvironmentName } from '@greentic/core';
import { type EnvironmentStore, environmentFolder, localActor, onlyActor, openFileStore } from '@greentic/operator';
import type { Output } from './output.ts';

/** One run of a command: who asks, where environments live, and where words go. */
export interface Session {
  readonly output: Output;
  readonly store: EnvironmentStore;
  /** Name of the local user, for the record. */
  readonly user: string;
  folderOf(environment: string): string;
  cacheOf(environment: string): string;
  dataOf(environment: string): string;
  readonly now: () => Date;
}

/** Folder of all environments unless `--root` says otherwise. */
export function defaultRoot(): string {
  return path.join(homedir(), '.greentic', 'environments');
}

/** Opens the session of a command. */
export function openSession(root: string, output: Output): Session {
  const absolute = path.resolve(root);
  const actor = localActor();
  const now = () => new Date();
  const folderOf = (environment: string) => environmentFolder(absolute, environment);
  return {
    output,
    store: openFileStore({ root: absolute, actor, authorise: onlyActor(actor), now }),
    user: actor.name,
    folderOf,
    cacheOf: (environment) => path.join(folderOf(environment), 'cache'),
    dataOf: (environment) => path.join(folderOf(environment), 'data'),
    now,
  };
}

/** A name of an environment from the command line. Throws `input/invalid`. */
export function environmentName(text: string): EnvironmentName {
  return decode(EnvironmentName, text, 'input/invalid', 'The name of the environment');
}
