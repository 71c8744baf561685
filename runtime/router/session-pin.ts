import { createHash } from 'node:crypto';
import type { Sessions } from '@greentic/core';

/** Where session pins are kept: what the router needs of the sessions slot. */
export type Pins = Pick<Sessions, 'lookup' | 'pin' | 'release'>;

/** Seconds a pin keeps a session on its revision. */
const PIN_SECONDS = 3600;

/** How a session's request was settled. */
export interface Settlement<T> {
  readonly choice: T;
  /** Whether the store of pins failed to answer in time. */
  readonly unavailable: boolean;
}

/** What settles which revision a session is on. */
export interface SessionPins {
  /**
   * Looks a session's pin up, lets `choose` decide with it (undefined: the store gave no answer) and stores a new pin
   * when the choice asks for one. When another router was first, `choose` is asked again with the pin in force.
   */
  settle<T extends { pin?: true; revision: string } | undefined>(
    deployment: string,
    session: string,
    choose: (pin: string | null | undefined) => T,
  ): Promise<Settlement<T>>;
}

/**
 * Requests of one session are settled one after the other, so that two that come at once do not both count as new. A
 * store that is slower than `deadlineMs`, or fails, counts as one without an answer: stickiness is then the cookie's.
 */
export function createSessionPins(pins: Pins, { deadlineMs }: { deadlineMs: number }): SessionPins {
  const turns = new Map<string, Promise<void>>();
  return {
    async settle(deployment, session, choose) {
      const key = { deployment, session: createHash('sha256').update(session).digest('base64url') };
      const turn = await takeTurn(turns, `${deployment} ${key.session}`);
      try {
        const found = await within(deadlineMs, () => pins.lookup(key));
        const choice = choose(found?.revision);
        if (found === undefined || choice?.pin !== true) return { choice, unavailable: found === undefined };
        const set = await within(deadlineMs, async () => {
          if (found.revision !== null) await pins.release(key);
          return pins.pin({ ...key, revision: choice.revision, ttlSeconds: PIN_SECONDS });
        });
        const other = set !== undefined && set.revision !== choice.revision;
        return { choice: other ? choose(set.revision) : choice, unavailable: set === undefined };
      } finally {
        turn.end();
      }
    },
  };
}

async function takeTurn(turns: Map<string, Promise<void>>, key: string): Promise<{ end(): void }> {
  const before = turns.get(key);
  const mine = Promise.withResolvers<void>();
  turns.set(key, mine.promise);
  await before;
  return {
    end() {
      if (turns.get(key) === mine.promise) turns.delete(key);
      mine.resolve();
    },
  };
}

/** What the store answers, or undefined when it fails or takes longer. */
async function within<T>(ms: number, ask: () => Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([ask(), late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
