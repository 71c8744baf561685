import type { Kv, SessionKey, Sessions } from '@greentic/sdk';
import { hasCode } from '../mutation.ts';

/** A pin as it is stored; times are milliseconds since 1970. */
interface Pin {
  revision: string;
  expiresAt: number;
}

const PAGE = 1000;

// A deployment has no slash.
const keyOf = ({ deployment, session }: SessionKey) => `${deployment}/${session}`;

/** The live pins under a prefix of stored keys. */
export async function livePins(kv: Kv, prefix: string, now: number): Promise<Pin[]> {
  const pins: Pin[] = [];
  let after: { after?: string } = {};
  for (;;) {
    const page = await kv.list({ prefix, limit: PAGE, ...after });
    pins.push(...page.map(({ value }) => JSON.parse(value) as Pin).filter(({ expiresAt }) => expiresAt > now));
    const last = page.at(-1);
    if (page.length < PAGE || last === undefined) return pins;
    after = { after: last.key };
  }
}

/** A correct sessions pack that keeps its pins in the durable map. `now` is its clock. */
export function referenceSessions(kv: Kv, now = () => Date.now()): Sessions {
  /** Decides on the live pin and writes, unless somebody else wrote in between: then it looks again. */
  const change = async <T>(
    key: string,
    next: (live: Pin | undefined) => { pin?: Pin | null; result: T },
  ): Promise<T> => {
    for (;;) {
      const entry = await kv.get(key);
      const pin = entry === null ? undefined : (JSON.parse(entry.value) as Pin);
      const decision = next(pin !== undefined && pin.expiresAt > now() ? pin : undefined);
      if (decision.pin === undefined) return decision.result;
      const value = decision.pin === null ? null : JSON.stringify(decision.pin);
      try {
        await kv.commit({ checks: [{ key, version: entry?.version ?? 0 }], writes: [{ key, value }] });
        return decision.result;
      } catch (error) {
        if (!hasCode(error, 'kv/conflict')) throw error;
      }
    }
  };
  return {
    pin: ({ revision, ttlSeconds, ...key }) =>
      change<{ revision: string; pinned: boolean }>(keyOf(key), (live) =>
        live === undefined
          ? { pin: { revision, expiresAt: now() + ttlSeconds * 1000 }, result: { revision, pinned: true } }
          : { result: { revision: live.revision, pinned: false } },
      ),
    lookup: (key) => change(keyOf(key), (live) => ({ result: { revision: live?.revision ?? null } })),
    extend: ({ ttlSeconds, ...key }) =>
      change<{ extended: boolean }>(keyOf(key), (live) =>
        live === undefined
          ? { result: { extended: false } }
          : { pin: { ...live, expiresAt: now() + ttlSeconds * 1000 }, result: { extended: true } },
      ),
    release: (key) =>
      change<{ released: boolean }>(keyOf(key), (live) =>
        live === undefined ? { result: { released: false } } : { pin: null, result: { released: true } },
      ),
    async count({ deployment, revision }) {
      const pins = await livePins(kv, `${deployment}/`, now());
      return { count: pins.filter((pin) => revision === undefined || pin.revision === revision).length };
    },
  };
}
