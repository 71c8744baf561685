import { reportUncaught } from './console.ts';
import { DOMException } from './dom-exception.ts';

interface EventInit {
  readonly bubbles?: boolean;
  readonly cancelable?: boolean;
  readonly composed?: boolean;
}

/** Shows an event to a target's listeners, in order; false when one prevented the default. */
let runEvent: (
  event: Event,
  target: EventTarget,
  listeners: readonly Listener[],
  remove: (listener: Listener) => void,
) => boolean;

/** As in the DOM standard, without a tree: an event has one target. */
export class Event {
  readonly type: string;
  readonly bubbles: boolean;
  readonly cancelable: boolean;
  readonly composed: boolean;
  readonly isTrusted = false;
  readonly timeStamp = 0;
  #target: EventTarget | null = null;
  #dispatching = false;
  #stopped = false;
  #prevented = false;
  #passive = false;

  constructor(type: string, { bubbles = false, cancelable = false, composed = false }: EventInit = {}) {
    this.type = String(type);
    this.bubbles = Boolean(bubbles);
    this.cancelable = Boolean(cancelable);
    this.composed = Boolean(composed);
  }

  get target(): EventTarget | null {
    return this.#target;
  }

  get currentTarget(): EventTarget | null {
    return this.#dispatching ? this.#target : null;
  }

  get eventPhase(): number {
    return this.#dispatching ? 2 : 0;
  }

  get defaultPrevented(): boolean {
    return this.#prevented;
  }

  preventDefault(): void {
    if (this.cancelable && !this.#passive) this.#prevented = true;
  }

  // With one target there is nowhere to propagate to.
  stopPropagation(): void {}

  stopImmediatePropagation(): void {
    this.#stopped = true;
  }

  composedPath(): EventTarget[] {
    return this.currentTarget === null ? [] : [this.currentTarget];
  }

  get [Symbol.toStringTag](): string {
    return 'Event';
  }

  static {
    runEvent = (event, target, listeners, remove) => {
      if (event.#dispatching) throw new DOMException('The event is being dispatched already.', 'InvalidStateError');
      event.#target = target;
      event.#dispatching = true;
      for (const listener of listeners) {
        if (event.#stopped) break;
        if (listener.removed) continue;
        if (listener.once) remove(listener);
        event.#passive = listener.passive;
        call(listener.callback, target, event);
        event.#passive = false;
      }
      event.#dispatching = false;
      event.#stopped = false;
      return !event.#prevented;
    };
  }
}

function call(callback: Callback, target: EventTarget, event: Event): void {
  try {
    if (typeof callback === 'function') callback.call(target, event);
    else callback.handleEvent(event);
  } catch (error) {
    reportUncaught(error);
  }
}

type Callback = ((this: EventTarget, event: Event) => unknown) | { handleEvent(event: Event): unknown };

interface Listener {
  readonly type: string;
  readonly callback: Callback;
  readonly capture: boolean;
  readonly once: boolean;
  readonly passive: boolean;
  removed: boolean;
}

interface ListenerOptions {
  readonly capture?: boolean;
  readonly once?: boolean;
  readonly passive?: boolean;
  readonly signal?: EventTarget & { readonly aborted: boolean };
}

/** As in the DOM standard, without a tree. */
export class EventTarget {
  #listeners: Listener[] = [];

  addEventListener(type: string, callback: Callback | null, options: boolean | ListenerOptions = {}): void {
    const given = typeof options === 'boolean' ? { capture: options } : (options ?? {});
    const { capture = false, once = false, passive = false, signal } = given as ListenerOptions;
    if (callback === null || callback === undefined || signal?.aborted) return;
    if (typeof callback !== 'function' && typeof callback !== 'object')
      throw new TypeError('A listener must be a function or an object.');
    if (this.#find(type, callback, capture) !== undefined) return;
    this.#listeners.push({ type: String(type), callback, capture, once, passive, removed: false });
    signal?.addEventListener('abort', () => this.removeEventListener(type, callback, capture), { once: true });
  }

  removeEventListener(type: string, callback: Callback | null, options: boolean | ListenerOptions = {}): void {
    const capture = typeof options === 'boolean' ? options : (options?.capture ?? false);
    const listener = this.#find(type, callback, capture);
    if (listener !== undefined) this.#remove(listener);
  }

  /** Runs the listeners of the event's type. False when one of them prevented the default. */
  dispatchEvent(event: Event): boolean {
    const listeners = this.#listeners.filter((listener) => listener.type === event.type);
    return runEvent(event, this, listeners, (listener) => this.#remove(listener));
  }

  get [Symbol.toStringTag](): string {
    return 'EventTarget';
  }

  #find(type: string, callback: Callback | null, capture: boolean): Listener | undefined {
    return this.#listeners.find(
      (listener) =>
        listener.type === String(type) && listener.callback === callback && listener.capture === Boolean(capture),
    );
  }

  #remove(listener: Listener): void {
    listener.removed = true;
    this.#listeners = this.#listeners.filter((other) => other !== listener);
  }
}
