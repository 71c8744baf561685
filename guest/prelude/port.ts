import { post } from './channel.ts';
import { codedError } from './failure.ts';
import { hasOwn, NativePromise, stringify, table } from './intrinsics.ts';

/** What the host answers to a call of the pack. */
export interface PortResult {
  readonly id: number;
  readonly ok: boolean;
  readonly value?: unknown;
  readonly error?: { readonly code: string; readonly message: string; readonly details?: unknown };
}

interface PendingCall {
  resolve(value: unknown): void;
  reject(reason: unknown): void;
  readonly Kind: ErrorConstructor;
}

const pending = table<PendingCall>();
let nextId = 1;

function postCall(port: string, method: string, args: object): number {
  const json: unknown = stringify(args);
  if (typeof json !== 'string') throw new TypeError(`The arguments of ${port}.${method} have no JSON form.`);
  const id = nextId++;
  post(`{"t":"call","id":${id},"port":${stringify(port)},"method":${stringify(method)},"args":${json}}`);
  return id;
}

/**
 * Asks the broker for something. Rejects with the broker's code; `Kind` is the error's class where a standard names one.
 * `cancel` tells the broker to stop; its answer, `call/cancelled`, still comes.
 */
export function callPort(
  port: string,
  method: string,
  args: object,
  Kind: ErrorConstructor = Error,
): { answer: Promise<unknown>; cancel(): void } {
  let id = 0;
  const answer = new NativePromise<unknown>((resolve, reject) => {
    id = postCall(port, method, args);
    pending[id] = { resolve, reject, Kind };
  });
  return {
    answer,
    cancel: () => {
      if (pending[id] !== undefined) post(`{"t":"cancel","id":${id}}`);
    },
  };
}

/** Tells the broker something whose outcome nobody waits for. */
export function tellPort(port: string, method: string, args: object): void {
  postCall(port, method, args);
}

/** Takes the broker's answer; one that nobody waits for is dropped. */
export function settlePort(result: PortResult): void {
  const call = pending[result.id];
  if (call === undefined) return;
  delete pending[result.id];
  if (result.ok) {
    call.resolve(hasOwn(result, 'value') ? result.value : undefined);
    return;
  }
  const { code, message, details } = { __proto__: null, ...result.error } as NonNullable<PortResult['error']>;
  call.reject(codedError(code, message, details, call.Kind));
}
