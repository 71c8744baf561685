import { type ErrorData, toGreenticError } from '@greentic/core';
import type { RevocationCheck } from '@greentic/operator';

/** What a look for revocations came to, for the log. */
export interface WatchLine {
  readonly event: 'revoked' | 'registry-unasked' | 'revocations-unchecked';
  readonly details: unknown;
}

/** What watching works with. */
export interface WatchPorts {
  check(): Promise<RevocationCheck>;
  /** Takes up what the store holds: what is revoked stops, and an override that has run out counts no more. */
  takeUp(): Promise<void>;
  log(line: WatchLine): void;
  /** Waits; ends early, with an error, when the signal does. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/**
 * Looks for revocations at once and then again and again, until the signal ends it. A look that fails is told and changes nothing:
 * what is known stays refused, and the next look comes.
 */
export async function watchRevocations(ports: WatchPorts, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await look(ports);
    await ports.wait(everyMs, signal).catch(() => undefined);
  }
}

async function look({ check, takeUp, log }: WatchPorts): Promise<void> {
  const told = async (step: () => Promise<void>) => {
    await step().catch((error: unknown) => {
      const data: ErrorData = toGreenticError(error).toData();
      log({ event: 'revocations-unchecked', details: data });
    });
  };
  await told(async () => {
    const { revoked, failed, changed } = await check();
    if (changed) for (const each of revoked) log({ event: 'revoked', details: each });
    for (const each of failed) log({ event: 'registry-unasked', details: each });
  });
  // Also when nobody could be asked: an override runs out by itself.
  await told(takeUp);
}
