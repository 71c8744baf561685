import type { Deployer } from './deployer.ts';
import type { Secrets } from './secrets.ts';
import type { Sessions } from './sessions.ts';
import type { State } from './state.ts';
import type { Telemetry } from './telemetry.ts';

/** The methods each slot's pack has to offer. */
export interface SlotMethods {
  deployer: Deployer;
  secrets: Secrets;
  telemetry: Telemetry;
  sessions: Sessions;
  state: State;
}

/** A slot's name. */
export type SlotName = keyof SlotMethods;

/** What the host hands a pack on opening: its answers and, by binding, what it was granted. Nothing else is in reach. */
export interface PackContext {
  /** Name of the environment. */
  readonly environment: string;
  /** The operator's answers to the pack's questions, defaults filled in. */
  readonly answers: Readonly<Record<string, string | number | boolean>>;
  /** Sends requests under an `http` permission: a path is joined to the binding's first origin. */
  http(binding: string): HttpBinding;
  /** A `secret` permission: a placeholder that the host fills in on the way out (`use`). */
  secret(binding: string): string;
  /** The value itself, base64 (`value`, secrets packs only). */
  secretValue(binding: string): Promise<string>;
  /** Durable entries of the pack's own, under a `kv` permission. */
  kv(binding: string): Kv;
  /** Wraps keys under a key that never leaves the host, with a `seal` permission. */
  seal(binding: string): Seal;
  /** Bundle processes, with the `workers` permission. */
  readonly workers: Workers;
  /** Lines on the host's output, with the `log` permission. */
  readonly log: Log;
}

/** Requests to one granted destination. */
export interface HttpBinding {
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/** An ordered map from text to text that survives a crash once `commit` returned. */
export interface Kv {
  get(key: string): Promise<KvEntry | null>;
  /** Entries whose key starts with `prefix`, in bytewise order of UTF-8, after `after`, at most `limit` (1 to 1,000). */
  list(options: { prefix: string; after?: string; limit: number }): Promise<KvEntry[]>;
  /** Applies all writes or, when a check fails, none (`kv/conflict`). Returns the version of this commit, higher than any before. */
  commit(change: { checks?: KvCheck[]; writes: KvWrite[] }): Promise<{ version: number }>;
}

/** A value, and the version of the commit that wrote it. */
export interface KvEntry {
  key: string;
  value: string;
  version: number;
}

/** Holds when the key has this version; 0 means there is no entry. */
export interface KvCheck {
  key: string;
  version: number;
}

/** Writes a value; null deletes. */
export interface KvWrite {
  key: string;
  value: string | null;
}

/** A key-encryption key held by the host, one for each environment, pack and binding. */
export interface Seal {
  /** Encrypts at most 4 KiB, base64, bound to `context`: only the same context opens it. */
  wrap(input: { plain: string; context: string }): Promise<{ sealed: string }>;
  /** Opens what wrap made; `secret/integrity` when it was changed or belongs to another context. */
  unwrap(input: { sealed: string; context: string }): Promise<{ plain: string }>;
}

/** Processes of this environment's machine that run a bundle. */
export interface Workers {
  /** Remembers what to run under this id. Another bundle under a known id: `deploy/revision-conflict`. */
  define(spec: WorkerSpec): Promise<Record<never, never>>;
  /** Wants the worker running: it is started now and after each crash. */
  start(input: { revision: string }): Promise<Record<never, never>>;
  /** Lets running requests end, then stops it. */
  stop(input: { revision: string }): Promise<Record<never, never>>;
  /** Stops it and forgets it. */
  remove(input: { revision: string }): Promise<Record<never, never>>;
  /** All workers of the environment. */
  list(): Promise<{ workers: WorkerStatus[] }>;
}

/** What a worker is to run. */
export interface WorkerSpec {
  revision: string;
  deployment: string;
  customer: string;
  bundle: { name: string; version: string; digest: string };
}

/** What the host's supervisor shows of a worker. */
export interface WorkerStatus {
  revision: string;
  bundleDigest: string;
  phase: 'defined' | 'starting' | 'running' | 'stopping' | 'failed';
  /** Where it answers, while running. */
  endpoint: string | null;
  /** Starts since it was defined. */
  starts: number;
  message: string;
}

/** Lines on the host's output: structured, size-limited, redacted. */
export interface Log {
  /** Resolves when the host has written the line. */
  write(line: {
    level: 'debug' | 'info' | 'warn' | 'error';
    message: string;
    fields?: Record<string, string | number | boolean>;
  }): Promise<void>;
}

/** The value a pack exports by default. */
export interface PackDefinition<S extends SlotName = SlotName> {
  readonly slot: S;
  /** Gives the slot's methods. Throw to refuse the configuration. */
  open(context: PackContext): OpenPack<S> | Promise<OpenPack<S>>;
}

/** An opened pack: every method of its slot and, if it holds something, `close`. */
export type OpenPack<S extends SlotName = SlotName> = SlotMethods[S] & { close?(): Promise<void> | void };
