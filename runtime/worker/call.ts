import type { ReplyMessage, WorkerMessage } from './message.ts';

/** Asks the supervisor to do something in a slot for this worker. */
export type Ask = (slot: string, method: string, input: unknown) => Promise<unknown>;

/** Longest input of a call, in characters of JSON: a line of it stays below the supervisor's limit. */
const INPUT_MAX_CHARS = 600 * 1024;

/** An error as bundles get it: a message, and a `code` of the platform's table. */
export function codedError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** The calls of this process that wait for their answers. */
export class CallBook {
  readonly #send: (message: WorkerMessage) => void;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #nextId = 0;

  constructor(send: (message: WorkerMessage) => void) {
    this.#send = send;
  }

  /** Sends a call; the supervisor answers every one, by its deadline at the latest. */
  async ask(slot: string, method: string, input: unknown): Promise<unknown> {
    if (JSON.stringify(input).length > INPUT_MAX_CHARS) throw codedError('input/too-large', 'The call is too large.');
    const id = this.#nextId++;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#send({ t: 'call', id, slot, method, input });
    return waiting.promise;
  }

  /** Settles the call a reply belongs to. */
  settle(reply: ReplyMessage): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.ok) waiting?.resolve(reply.value);
    else waiting?.reject(codedError(reply.error.code, reply.error.message));
  }
}
