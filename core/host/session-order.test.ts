import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Grant } from '../model/permission.ts';
import type { SandboxEnd } from '../sandbox/engine.ts';
import { HOST_LIMITS } from './limits.ts';
import { ScriptedEngine } from './scripted-engine.fixture.ts';
import { Session } from './session.ts';

const CALLS = 4;
const HANG_MS = 500;
const workers: Grant[] = [{ kind: 'workers' }];

let dataDir: string;
beforeEach(() => {
  vi.useFakeTimers();
  dataDir = mkdtempSync(path.join(tmpdir(), 'session-order-'));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(dataDir, { recursive: true });
});

/** One life of a pack in which the test decides when everything happens, the broker's answers included. */
class Life {
  readonly engine = new ScriptedEngine();
  readonly ends: SandboxEnd[] = [];
  readonly outcomes: (string | undefined)[] = [];
  readonly aborts: AbortController[] = [];
  readonly brokerWaits: (() => void)[] = [];
  readonly session: Session;
  settledTwice = false;
  heardAtEnd: number | undefined;
  nextCall = 1;

  constructor() {
    const list = () => new Promise<never>((resolve) => this.brokerWaits.push(() => resolve({ workers: [] } as never)));
    this.session = new Session({
      engine: this.engine,
      module: '',
      identity: { environment: 'test', name: 'acme.deployer.suspect', version: '1.0.0' },
      grants: workers,
      answers: {},
      ports: { dataDir, log: () => undefined, workers: { list } as never },
      sandboxLimits: { memoryMib: 64, cpuMs: 1000, messageBytes: 1000 },
      limits: { ...HOST_LIMITS, calls: CALLS, brokerCalls: 3 },
      hangMs: HANG_MS,
      onEnd: (end) => {
        this.ends.push(end);
        this.heardAtEnd = this.engine.heard.length;
      },
    });
  }

  invoke(deadlineMs: number): void {
    const at = this.outcomes.push(undefined) - 1;
    const abort = new AbortController();
    this.aborts.push(abort);
    const settle = (outcome: string) => {
      this.settledTwice ||= this.outcomes[at] !== undefined;
      this.outcomes[at] = outcome;
    };
    this.session
      .request({ t: 'invoke', method: 'get', input: {} }, { allowed: [], deadlineMs, signal: abort.signal })
      .then(
        () => settle('value'),
        (error: { code: string }) => settle(error.code),
      );
  }

  /** Ids of the requests that were sent and not answered by the pack. */
  open(answered: ReadonlySet<number>): number[] {
    return this.engine
      .told('invoke')
      .map((message) => Number(message['id']))
      .filter((id) => !answered.has(id));
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('invoke' as const), ms: fc.constantFrom(10, 100, 400) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('answer' as const), which: fc.nat(5), ok: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 50, 200) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ask' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('broker' as const), which: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('withdraw' as const), which: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.constantFrom({ do: 'die' as const }, { do: 'kill' as const }, { do: 'lie' as const }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

async function play(life: Life, steps: readonly Step[]): Promise<void> {
  const answered = new Set<number>();
  for (const each of steps) {
    const open = life.open(answered);
    if (each.do === 'invoke') life.invoke(each.ms);
    else if (each.do === 'wait') await vi.advanceTimersByTimeAsync(each.ms);
    else if (each.do === 'cancel') life.aborts[each.which]?.abort();
    else if (each.do === 'ask')
      life.engine.says({ t: 'call', id: life.nextCall++, port: 'workers', method: 'list', args: {} });
    else if (each.do === 'withdraw') life.engine.says({ t: 'cancel', id: each.which });
    else if (each.do === 'broker') life.brokerWaits[each.which]?.();
    else if (each.do === 'die') life.engine.events?.end({ code: 'pack/crashed', message: 'It died.' });
    else if (each.do === 'kill') life.session.kill();
    else if (each.do === 'lie') life.engine.says({ t: 'reply', id: 9999, ok: true, value: null });
    else {
      const id = open[each.which % Math.max(1, open.length)];
      if (id === undefined) continue;
      answered.add(id);
      const outcome = each.ok ? { ok: true, value: 'v' } : { ok: false, error: { message: 'm' } };
      life.engine.says({ t: 'reply', id, ...outcome });
    }
    await vi.advanceTimersByTimeAsync(0);
  }
}

describe('in any order of calls, answers, deadlines, cancellations and deaths', () => {
  test('each call ends once and in time, the session ends once, and nothing is sent to a sandbox that is over', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const life = new Life();
        await play(life, steps);
        // Long enough for every deadline, and for what hangs to be found out.
        await vi.advanceTimersByTimeAsync(2 * HANG_MS);
        expect(life.outcomes).not.toContain(undefined);
        expect(life.settledTwice).toBe(false);
        expect(life.ends.length).toBeLessThanOrEqual(1);
        if (life.heardAtEnd !== undefined) expect(life.engine.heard).toHaveLength(life.heardAtEnd);
      }),
      { numRuns: 300 },
    );
  });

  test('a value is given to whom the pack answered in time, and to nobody else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const life = new Life();
        await play(life, steps);
        await vi.advanceTimersByTimeAsync(2 * HANG_MS);
        const values = life.outcomes.filter((outcome) => outcome === 'value').length;
        expect(values).toBeLessThanOrEqual(steps.filter((each) => each.do === 'answer' && each.ok).length);
        expect(life.engine.told('invoke').length).toBeLessThanOrEqual(
          steps.filter((each) => each.do === 'invoke').length,
        );
      }),
      { numRuns: 200 },
    );
  });

  test('never more calls are under way than allowed: those beyond are refused at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: CALLS + 1, max: 12 }), async (count) => {
        const life = new Life();
        for (let i = 0; i < count; i++) life.invoke(400);
        await vi.advanceTimersByTimeAsync(0);
        expect(life.engine.told('invoke')).toHaveLength(CALLS);
        expect(life.outcomes.filter((outcome) => outcome === 'limit/concurrency')).toHaveLength(count - CALLS);
        life.session.kill();
        await vi.advanceTimersByTimeAsync(0);
        expect(life.outcomes.filter((outcome) => outcome === 'pack/not-open')).toHaveLength(CALLS);
      }),
      { numRuns: 20 },
    );
  });

  test('each call of the pack is answered once, and none after the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const life = new Life();
        await play(life, steps);
        for (const go of life.brokerWaits) go();
        await vi.advanceTimersByTimeAsync(0);
        const ids = life.engine.told('result').map((message) => message['id']);
        expect(new Set(ids).size).toBe(ids.length);
        if (life.ends.length === 0) expect(ids).toHaveLength(life.nextCall - 1);
        life.session.kill();
      }),
      { numRuns: 200 },
    );
  });
});

test('a call that was answered in time does not count as hanging, however long the session goes on', async () => {
  const life = new Life();
  for (let i = 0; i < CALLS; i++) {
    life.invoke(400);
    await play(life, [{ do: 'answer', which: i, ok: i % 2 === 0 }]);
  }
  await vi.advanceTimersByTimeAsync(10 * HANG_MS);
  expect(life.outcomes).toEqual(['value', 'pack/failed', 'value', 'pack/failed']);
  expect(life.ends).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

describe('a session that is over', () => {
  test.each(['die', 'kill', 'lie'] as const)('after it (%s) leaves no timer behind', async (how) => {
    const life = new Life();
    for (let i = 0; i < CALLS; i++) life.invoke(400);
    life.engine.says({ t: 'call', id: 1, port: 'workers', method: 'list', args: {} });
    await play(life, [{ do: how }]);
    expect(vi.getTimerCount()).toBe(0);
    expect(life.outcomes).toEqual(
      Array(CALLS).fill({ die: 'pack/crashed', kill: 'pack/not-open', lie: 'pack/protocol' }[how]),
    );
  });
});
