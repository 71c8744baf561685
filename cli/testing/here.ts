import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EnvironmentName } from '@greentic/core';
import type { AuditEvent } from '@greentic/operator';
import { controlPath } from '@greentic/runtime';
import type { Command } from 'commander';
import { Output } from '../output.ts';
import { createProgram } from '../program.ts';
import { run } from '../run.ts';
import { openSession } from '../session.ts';
import { type Ran, ranOf } from './gtc.ts';

/** What each command under way has said; several may be, one serving and others asking. */
const hearing = new AsyncLocalStorage<{ stdout: string; stderr: string }>();

for (const stream of ['stdout', 'stderr'] as const) {
  const write = process[stream].write.bind(process[stream]) as (...args: unknown[]) => boolean;
  process[stream].write = (...args: unknown[]) => {
    const said = hearing.getStore();
    if (said === undefined) return write(...args);
    said[stream] += String(args[0]);
    return true;
  };
}

/** Runs `gtc` in this process with exactly these arguments: for commands that need no process of their own. */
export async function runHere(args: readonly string[]): Promise<Ran> {
  const said = { stdout: '', stderr: '' };
  const exit = await hearing.run(said, () => run(args));
  return ranOf(exit, said.stdout, said.stderr);
}

/** A folder of environments, and commands run on it in this process; removed by `await using`. */
export class Room implements AsyncDisposable {
  readonly root: string;
  readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
    this.root = path.join(dir, 'environments');
  }

  static async create(): Promise<Room> {
    return new Room(await mkdtemp(path.join(tmpdir(), 'gtc-room-')));
  }

  /** A room with an environment of this name that has no pack and believes nobody. */
  static async withEnvironment(name: string): Promise<Room> {
    const room = await Room.create();
    const { exit, stderr } = await room.json('op', 'env', 'create', name, '--port', '0');
    if (exit !== 0) throw new Error(stderr);
    return room;
  }

  /** Runs `gtc … --json`. */
  async json(...args: string[]): Promise<Ran> {
    return await runHere([...args, '--root', this.root, '--json']);
  }

  /** Runs `gtc …` as a person does. */
  async plain(...args: string[]): Promise<Ran> {
    return await runHere([...args, '--root', this.root]);
  }

  /** Path of a file of the room, outside of all environments. */
  file(name: string): string {
    return path.join(this.dir, name);
  }

  /** The audit's events of an environment. */
  async audit(name: string): Promise<AuditEvent[]> {
    const { store } = openSession(this.root, new Output('test', true));
    return await store.events(name as EnvironmentName, { after: 0, limit: 1000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }

  /** Folder of the sockets of an environment, which lies outside of the room. */
  socketsOf(name: string): string {
    return path.dirname(controlPath(path.join(this.root, name)));
  }
}

/** A command that does something, and its words. */
export interface Leaf {
  readonly words: readonly string[];
  readonly command: Command;
  /** Names of its required arguments. */
  readonly required: readonly string[];
}

/** All commands that do something. */
export function leaves(command: Command = createProgram(), words: readonly string[] = []): Leaf[] {
  if (command.commands.length > 0) return command.commands.flatMap((child) => leaves(child, [...words, child.name()]));
  const required = command.registeredArguments.filter((argument) => argument.required).map((each) => each.name());
  return [{ words, command, required }];
}
