import { GreenticError } from '../errors.ts';

interface PendingCall {
  resolve(value: unknown): void;
  reject(error: GreenticError): void;
  settled: boolean;
}

/** The calls a host waits for, by id. A call stays known until the pack answers, also when its caller gave up. */
export class PendingCalls {
  readonly #calls = new Map<number, PendingCall>();
  readonly #limit: number;
  #nextId = 1;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Opens a call. Throws `limit/concurrency` when as many as allowed are under way. */
  open(): { id: number; result: Promise<unknown> } {
    if (this.#calls.size >= this.#limit) {
      throw new GreenticError('limit/concurrency', `${this.#limit} calls are under way in this pack.`);
    }
    const id = this.#nextId++;
    const result = new Promise<unknown>((resolve, reject) => {
      this.#calls.set(id, { resolve, reject, settled: false });
    });
    return { id, result };
  }

  /** The pack's answer. Returns false for an id nobody waits for. */
  settle(id: number, outcome: { value: unknown } | { error: GreenticError }): boolean {
    const call = this.#calls.get(id);
    if (call === undefined) return false;
    this.#calls.delete(id);
    if (call.settled) return true;
    if ('error' in outcome) call.reject(outcome.error);
    else call.resolve(outcome.value);
    return true;
  }

  /** The caller gave up; the answer that may still come is dropped. */
  abandon(id: number, error: GreenticError): void {
    const call = this.#calls.get(id);
    if (call === undefined || call.settled) return;
    call.settled = true;
    call.reject(error);
  }

  /** Nothing will answer any more. */
  failAll(error: GreenticError): void {
    for (const call of this.#calls.values()) if (!call.settled) call.reject(error);
    this.#calls.clear();
  }
}
