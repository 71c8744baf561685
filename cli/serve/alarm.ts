/** The longest a timer of Node waits, in milliseconds; told a longer time it would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** Rings once, after a time that may be set anew; keeps no process alive. */
export class Alarm {
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Rings after so many milliseconds, in place of what was set before; never for Infinity. Later than a timer can wait, it rings early. */
  set(ms: number): void {
    this.clear();
    if (ms !== Number.POSITIVE_INFINITY) this.#timer = setTimeout(this.#ring, Math.min(ms, LONGEST_MS)).unref();
  }

  /** Does not ring. */
  clear(): void {
    clearTimeout(this.#timer);
  }
}
