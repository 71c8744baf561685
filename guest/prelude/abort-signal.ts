import { DOMException } from './dom-exception.ts';
import { Event, EventTarget } from './event-target.ts';
import { setTimeout } from './timer.ts';

type AbortListener = (this: EventTarget, event: Event) => unknown;

// Whoever holds this can make signals and abort them; a pack cannot reach it.
const key = Symbol('signal');

let newSignal: () => AbortSignal;
let abortSignal: (signal: AbortSignal, reason: unknown) => void;
/** Runs a step when the signal aborts, ahead of its listeners; the function given back takes the step away again. */
export let whenAborted: (signal: AbortSignal, step: () => void) => () => void;

/** As in the DOM standard. */
export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason: unknown;
  #onabort: AbortListener | null = null;
  /** Signals made by `any` that follow this one. */
  #followers: AbortSignal[] = [];
  /** Steps that run before any listener, of requests under way. */
  #steps: (() => void)[] = [];

  constructor(token?: symbol) {
    super();
    if (token !== key) throw new TypeError('Illegal constructor');
  }

  static abort(reason: unknown = abortError()): AbortSignal {
    const signal = new AbortSignal(key);
    signal.#aborted = true;
    signal.#reason = reason;
    return signal;
  }

  /** Aborts after so many milliseconds. */
  static timeout(ms: number): AbortSignal {
    const whole = Math.trunc(Number(ms));
    if (!(whole >= 0 && whole <= Number.MAX_SAFE_INTEGER))
      throw new TypeError('A timeout is a number of milliseconds.');
    const signal = new AbortSignal(key);
    setTimeout(() => signal.#abort(new DOMException('The operation timed out.', 'TimeoutError')), whole);
    return signal;
  }

  /** Aborts as soon as one of the signals does, for its reason. */
  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const sources = [...signals];
    const combined = new AbortSignal(key);
    const aborted = sources.find((source) => source.#aborted);
    if (aborted !== undefined) return AbortSignal.abort(aborted.#reason);
    for (const source of sources) source.#followers.push(combined);
    return combined;
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  get onabort(): AbortListener | null {
    return this.#onabort;
  }
  set onabort(listener: AbortListener | null) {
    if (this.#onabort !== null) this.removeEventListener('abort', this.#onabort);
    this.#onabort = typeof listener === 'function' ? listener : null;
    if (this.#onabort !== null) this.addEventListener('abort', this.#onabort);
  }

  override get [Symbol.toStringTag](): string {
    return 'AbortSignal';
  }

  #abort(reason: unknown): void {
    // All followers are aborted before anybody hears of it.
    for (const signal of this.#mark(reason)) signal.#announce();
  }

  #mark(reason: unknown): AbortSignal[] {
    if (this.#aborted) return [];
    this.#aborted = true;
    this.#reason = reason;
    const followers = this.#followers;
    this.#followers = [];
    return [this, ...followers.flatMap((follower) => follower.#mark(reason))];
  }

  #announce(): void {
    const steps = this.#steps;
    this.#steps = [];
    for (const step of steps) step();
    this.dispatchEvent(new Event('abort'));
  }

  static {
    newSignal = () => new AbortSignal(key);
    abortSignal = (signal, reason) => signal.#abort(reason);
    whenAborted = (signal, step) => {
      signal.#steps.push(step);
      return () => {
        signal.#steps = signal.#steps.filter((other) => other !== step);
      };
    };
  }
}

/** As in the DOM standard. */
export class AbortController {
  readonly #signal = newSignal();

  get signal(): AbortSignal {
    return this.#signal;
  }

  abort(reason: unknown = abortError()): void {
    abortSignal(this.#signal, reason);
  }

  get [Symbol.toStringTag](): string {
    return 'AbortController';
  }
}

function abortError(): DOMException {
  return new DOMException('This operation was aborted', 'AbortError');
}
