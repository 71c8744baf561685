const BURST = 10;
const REFILL_MS = 6_000;
const MAX_SOURCES = 10_000;

/** Slows guessing down: ten failed logins at once from one source, and one more every six seconds. */
export class LoginBrake {
  readonly #now: () => Date;
  readonly #failures = new Map<string, { count: number; at: number }>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Seconds until a source may try again; 0 when it may now. */
  waitOf(address: string): number {
    const { count } = this.#current(sourceOf(address));
    return count < BURST ? 0 : Math.ceil(((count - BURST + 1) * REFILL_MS) / 1000);
  }

  /** Counts a failed login. */
  fail(address: string): void {
    const source = sourceOf(address);
    const { count, at } = this.#current(source);
    this.#failures.delete(source);
    this.#failures.set(source, { count: count + 1, at });
    // The one that failed longest ago is forgotten first: memory stays bounded whoever asks.
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MAX_SOURCES && oldest !== undefined) this.#failures.delete(oldest);
  }

  #current(source: string): { count: number; at: number } {
    const now = this.#now().getTime();
    const former = this.#failures.get(source);
    if (former === undefined) return { count: 0, at: now };
    const forgiven = Math.floor((now - former.at) / REFILL_MS);
    return { count: Math.max(0, former.count - forgiven), at: former.at + forgiven * REFILL_MS };
  }
}

/** Who holds one IPv6 address holds all of its /64. */
function sourceOf(address: string): string {
  return address.includes(':') && !address.startsWith('::ffff:') ? address.split(':').slice(0, 4).join(':') : address;
}
