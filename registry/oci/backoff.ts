import { setTimeout as delay } from 'node:timers/promises';

/** When a request is made again, and how often. */
export interface Backoff {
  /** How often a request is made at most. */
  readonly attempts: number;
  /** Longest wait before the second attempt, in milliseconds; it doubles with each. */
  readonly firstMs: number;
  readonly maxMs: number;
  /** A server that asks for longer than this is not waited for. */
  readonly patienceMs: number;
  /** From 0 to 1: where between no wait and the longest. Spreads those who failed together. */
  readonly random: () => number;
  readonly wait: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly now: () => number;
}

/** Four attempts, within some seconds. */
export const DEFAULT_BACKOFF: Backoff = {
  attempts: 4,
  firstMs: 250,
  maxMs: 8000,
  patienceMs: 30_000,
  random: Math.random,
  wait: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  },
  now: Date.now,
};

/** How long to wait before attempt number `attempt` (the second is 1). */
export function backoffMs({ firstMs, maxMs, random }: Backoff, attempt: number): number {
  return Math.round(random() * Math.min(maxMs, firstMs * 2 ** (attempt - 1)));
}

// The one form of a date that may be sent (RFC 9110 §5.6.7): of anything else, Date.parse makes a date of its own.
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** The milliseconds that `Retry-After` asks for (RFC 9110 §10.2.3: seconds, or a date); undefined when it asks for none. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const date = HTTP_DATE.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
