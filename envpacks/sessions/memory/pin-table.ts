/** One session's pin. Times are milliseconds since 1970. */
export interface Pin {
  deployment: string;
  session: string;
  revision: string;
  expiresAt: number;
}

/** Pins by session, at most so many; an expired pin is as good as none. */
export class PinTable {
  readonly #pins = new Map<string, Pin>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#pins.size;
  }

  get(deployment: string, session: string, now: number): string | undefined {
    return this.#live(deployment, session, now)?.revision;
  }

  /** Sets a pin; false when the table is full of live ones. */
  set(pin: Pin, now: number): boolean {
    if (this.#pins.size >= this.#limit) this.#sweep(now);
    if (this.#pins.size >= this.#limit) return false;
    this.#pins.set(keyOf(pin.deployment, pin.session), pin);
    return true;
  }

  extend(deployment: string, session: string, now: number, ttlMs: number): boolean {
    const pin = this.#live(deployment, session, now);
    if (pin === undefined) return false;
    pin.expiresAt = now + ttlMs;
    return true;
  }

  delete(deployment: string, session: string, now: number): boolean {
    return this.#live(deployment, session, now) !== undefined && this.#pins.delete(keyOf(deployment, session));
  }

  count(deployment: string, revision: string | undefined, now: number): number {
    this.#sweep(now);
    let count = 0;
    for (const pin of this.#pins.values()) {
      if (pin.deployment === deployment && (revision === undefined || pin.revision === revision)) count++;
    }
    return count;
  }

  #live(deployment: string, session: string, now: number): Pin | undefined {
    const pin = this.#pins.get(keyOf(deployment, session));
    if (pin === undefined || pin.expiresAt > now) return pin;
    this.#pins.delete(keyOf(deployment, session));
    return undefined;
  }

  #sweep(now: number): void {
    for (const [key, pin] of this.#pins) if (pin.expiresAt <= now) this.#pins.delete(key);
  }
}

// A deployment id has no slash, so no two sessions share a key.
function keyOf(deployment: string, session: string): string {
  return `${deployment}/${session}`;
}
