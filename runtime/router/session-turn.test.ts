import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSessionPins, type Pins } from './session-pin.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const DEADLINE_MS = 50;

/** Pins in memory that answer when told to, and write down what they were asked. */
function storeOf(pinned = new Map<string, string>()) {
  const calls: string[] = [];
  const held: (() => void)[] = [];
  let slow = false;
  const turn = () => (slow ? new Promise<void>((resolve) => held.push(resolve)) : Promise.resolve());
  const pins: Pins = {
    lookup: async ({ session }) => {
      calls.push('lookup');
      await turn();
      return { revision: pinned.get(session) ?? null };
    },
    pin: async ({ session, revision, ttlSeconds }) => {
      calls.push(`pin ${revision} ${ttlSeconds}`);
      await turn();
      const inForce = pinned.get(session);
      if (inForce === undefined) pinned.set(session, revision);
      return { revision: inForce ?? revision, pinned: inForce === undefined };
    },
    release: async ({ session }) => {
      calls.push('release');
      await turn();
      return { released: pinned.delete(session) };
    },
  };
  const hold = () => {
    slow = true;
  };
  const letGo = () => {
    slow = false;
    for (const go of held.splice(0)) go();
  };
  return { pins, pinned, calls, hold, letGo };
}

/** Keeps the pin when there is one; else asks for a pin to this revision, or goes there without one when the store is silent. */
const choosing = (revision: string) => (pin: string | null | undefined) => {
  if (typeof pin === 'string') return { revision: pin };
  return pin === null ? ({ revision, pin: true } as const) : { revision };
};

describe('a session is settled', () => {
  test('by its pin alone when it has one: nothing is written', async () => {
    const { pins, calls } = storeOf();
    const sessions = createSessionPins(pins, { deadlineMs: DEADLINE_MS });
    await sessions.settle('shop.acme', 'anna', choosing('r1'));
    calls.length = 0;
    const settled = await sessions.settle('shop.acme', 'anna', choosing('r2'));
    expect(settled).toEqual({ choice: { revision: 'r1' }, unavailable: false });
    expect(calls).toEqual(['lookup']);
  });

  test('by a pin for an hour when it is new', async () => {
    const { pins, calls } = storeOf();
    const settled = await createSessionPins(pins, { deadlineMs: DEADLINE_MS }).settle('d', 'anna', choosing('r1'));
    expect(settled).toEqual({ choice: { revision: 'r1', pin: true }, unavailable: false });
    expect(calls).toEqual(['lookup', 'pin r1 3600']);
  });

  test('under a hash of its id, and apart for each deployment', async () => {
    const seen: unknown[] = [];
    const { pins } = storeOf();
    const lookup: Pins['lookup'] = (key) => {
      seen.push(key);
      return pins.lookup(key);
    };
    const sessions = createSessionPins({ ...pins, lookup }, { deadlineMs: DEADLINE_MS });
    for (const deployment of ['shop.acme', 'shop.rival']) await sessions.settle(deployment, 'anna', choosing('r1'));
    const session = expect.stringMatching(/^[A-Za-z0-9_-]{43}$/);
    expect(seen).toEqual([
      { deployment: 'shop.acme', session },
      { deployment: 'shop.rival', session },
    ]);
  });

  test('anew when its pin is not kept: the old pin goes before the new one comes', async () => {
    const { pins, calls } = storeOf();
    const sessions = createSessionPins(pins, { deadlineMs: DEADLINE_MS });
    await sessions.settle('d', 'anna', choosing('r1'));
    calls.length = 0;
    const moved = await sessions.settle('d', 'anna', () => ({ revision: 'r2', pin: true }) as const);
    expect(moved.choice.revision).toBe('r2');
    expect(calls).toEqual(['lookup', 'release', 'pin r2 3600']);
  });

  test('with the pin in force when another router was first: the choice is made again with it', async () => {
    const { pins } = storeOf();
    const asked: unknown[] = [];
    const racing = { ...pins, pin: async () => ({ revision: 'r9', pinned: false }) };
    const settled = await createSessionPins(racing, { deadlineMs: DEADLINE_MS }).settle('d', 'anna', (pin) => {
      asked.push(pin);
      return choosing('r1')(pin);
    });
    expect(settled).toEqual({ choice: { revision: 'r9' }, unavailable: false });
    expect(asked).toEqual([null, 'r9']);
  });

  test('without writing when nothing was chosen', async () => {
    const { pins, calls } = storeOf();
    const settled = await createSessionPins(pins, { deadlineMs: DEADLINE_MS }).settle('d', 'anna', () => undefined);
    expect(settled).toEqual({ choice: undefined, unavailable: false });
    expect(calls).toEqual(['lookup']);
  });
});

describe('a store that is slow', () => {
  test('counts as silent at the deadline, and the choice is made without a pin', async () => {
    const { pins, hold } = storeOf();
    hold();
    const settling = createSessionPins(pins, { deadlineMs: DEADLINE_MS }).settle('d', 'anna', choosing('r1'));
    let settled: unknown;
    void settling.then((value) => {
      settled = value;
    });
    await vi.advanceTimersByTimeAsync(DEADLINE_MS - 1);
    expect(settled).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(settled).toEqual({ choice: { revision: 'r1' }, unavailable: true });
  });

  test('to write is told, and the choice stands', async () => {
    const { pins } = storeOf();
    const stuck = { ...pins, pin: () => new Promise<never>(() => undefined) };
    const settling = createSessionPins(stuck, { deadlineMs: DEADLINE_MS }).settle('d', 'anna', choosing('r1'));
    await vi.advanceTimersByTimeAsync(DEADLINE_MS);
    expect(await settling).toEqual({ choice: { revision: 'r1', pin: true }, unavailable: true });
  });

  test('leaves no timer behind once it has answered', async () => {
    const { pins } = storeOf();
    await createSessionPins(pins, { deadlineMs: DEADLINE_MS }).settle('d', 'anna', choosing('r1'));
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('requests of one session that come at once', () => {
  test('are settled one after the other: the first is new, and the others follow it', async () => {
    const { pins, hold, letGo, calls } = storeOf();
    hold();
    const sessions = createSessionPins(pins, { deadlineMs: DEADLINE_MS });
    const all = [1, 2, 3].map((n) => sessions.settle('d', 'anna', choosing(`r${n}`)));
    await vi.advanceTimersByTimeAsync(0);
    expect(calls).toEqual(['lookup']);
    letGo();
    expect((await Promise.all(all)).map(({ choice }) => choice.revision)).toEqual(['r1', 'r1', 'r1']);
    expect(calls.filter((call) => call.startsWith('pin'))).toEqual(['pin r1 3600']);
  });

  test('do not wait for those of another session, or of another deployment', async () => {
    const { pins, hold, calls } = storeOf();
    hold();
    const sessions = createSessionPins(pins, { deadlineMs: DEADLINE_MS });
    const settle = (deployment: string, session: string) => sessions.settle(deployment, session, choosing('r'));
    const all = [settle('d', 'anna'), settle('d', 'bert'), settle('e', 'anna')];
    await vi.advanceTimersByTimeAsync(0);
    expect(calls).toEqual(['lookup', 'lookup', 'lookup']);
    await vi.advanceTimersByTimeAsync(DEADLINE_MS);
    await Promise.all(all);
  });

  test('go on after one whose choice failed', async () => {
    const { pins } = storeOf();
    const sessions = createSessionPins(pins, { deadlineMs: DEADLINE_MS });
    const failing = sessions.settle('d', 'anna', () => {
      throw new Error('No revision.');
    });
    const next = sessions.settle('d', 'anna', choosing('r2'));
    await expect(failing).rejects.toThrow('No revision.');
    expect((await next).choice.revision).toBe('r2');
  });

  test('all go where the first went, however many come of however many sessions', async () => {
    const requests = fc.array(fc.nat(5), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(requests, async (visitors) => {
        const sessions = createSessionPins(storeOf().pins, { deadlineMs: DEADLINE_MS });
        let turn = 0;
        const settled = await Promise.all(
          visitors.map((visitor) =>
            sessions
              .settle('d', `visitor ${visitor}`, (pin) => choosing(`r${turn++}`)(pin))
              .then(({ choice }) => choice),
          ),
        );
        for (const [i, visitor] of visitors.entries()) {
          expect(settled[i]?.revision).toBe(settled[visitors.indexOf(visitor)]?.revision);
          expect(settled[i] !== undefined && 'pin' in settled[i]).toBe(visitors.indexOf(visitor) === i);
        }
      }),
      { seed: 1, numRuns: 100 },
    );
  });
});
