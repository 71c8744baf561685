import { toGreenticError } from '@greentic/core';
import type { SealKeys } from '../publish/index-change.ts';
import { resealIndex } from '../publish/registry.ts';
import type { Log } from './access-log.ts';

const CHECK_MS = 60_000;

/** Signs snapshot and timestamp anew while a server runs, long before they expire. */
export class TimestampKeeper implements Disposable {
  readonly #folder: string;
  readonly #keys: SealKeys;
  readonly #now: () => Date;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;

  private constructor(parts: { folder: string; keys: SealKeys; now: () => Date; log: Log }) {
    this.#folder = parts.folder;
    this.#keys = parts.keys;
    this.#now = parts.now;
    this.#log = parts.log;
    this.#timer = setInterval(() => void this.check(), CHECK_MS).unref();
  }

  /** Starts keeping. Throws `trust/threshold` for keys that are not the registry's. */
  static async start(parts: { folder: string; keys: SealKeys; now: () => Date; log: Log }): Promise<TimestampKeeper> {
    await resealIndex(parts.folder, { keys: parts.keys, now: parts.now() });
    return new TimestampKeeper(parts);
  }

  /** Signs anew when half of the time is over; what goes wrong is logged, and tried again a minute later. */
  async check(): Promise<void> {
    const at = this.#now().toISOString();
    try {
      if (await resealIndex(this.#folder, { keys: this.#keys, now: this.#now() })) this.#log({ event: 'resealed', at });
    } catch (error) {
      const { code, message } = toGreenticError(error);
      this.#log({ event: 'reseal-failed', at, code, reason: message });
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
