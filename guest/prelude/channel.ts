import { NativeError, parse, stringify } from './intrinsics.ts';

// The two functions the host gives: one to post messages, one to ask for a computation.

type Send = (json: string) => void;
type Sync = (json: string) => string;

let send: Send | undefined;
let sync: Sync | undefined;

/** Takes the host's functions. Until then the world exists, but nothing can leave it. */
export function connect(toHost: Send, computation: Sync): void {
  send = toHost;
  sync = computation;
}

/** Posts one message, as JSON. */
export function post(json: string): void {
  if (send === undefined) throw new NativeError('The world has no host yet.');
  send(json);
}

/** What a computation was refused with: a name of a built-in error or a DOMException, and a sentence. */
export interface Refusal {
  readonly name: string;
  readonly message: string;
}

/** Asks the host for a pure computation and gives its answer, or `error` alone. */
export function ask<T extends object>(request: { readonly op: string; readonly [field: string]: unknown }) {
  if (sync === undefined) throw new NativeError('The world has no host yet.');
  return parse(sync(stringify(request))) as (T & { error?: undefined }) | { error: Refusal };
}
