import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Hung, type Patience, waitFor } from './patience.ts';
import type { Subject } from './subject.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const patience: Patience = { idleMs: 1000, totalMs: 5000 };
const forever = new Promise<void>(() => undefined);

/** The part of a subject that patience looks at. */
function subjectOf(waiting: string[] = []): Subject & { waiting: string[]; lastAnswerAt: number } {
  return { waiting, lastAnswerAt: 0 } as Partial<Subject> as Subject & { waiting: string[]; lastAnswerAt: number };
}

/** Waits for the work, and tells how that stands. */
function watch(work: Promise<void>, subject: Subject): { end: unknown } {
  const seen: { end: unknown } = { end: 'none' };
  waitFor(work, subject, patience).then(
    () => Object.assign(seen, { end: 'done' }),
    (error: unknown) => Object.assign(seen, { end: error }),
  );
  return seen;
}

describe('the kit’s patience', () => {
  test('is the pack’s when a call of it is out: it names the first of them', async () => {
    const seen = watch(forever, subjectOf(['get', 'put']));
    await vi.advanceTimersByTimeAsync(999);
    expect(seen.end).toBe('none');
    await vi.advanceTimersByTimeAsync(2);
    const message = 'The pack did not answer get within 1000 ms.';
    expect(seen.end).toMatchObject({ name: 'Hung', result: 'fail', message });
  });

  test('is the kit’s when no call is out', async () => {
    const seen = watch(forever, subjectOf());
    await vi.advanceTimersByTimeAsync(1001);
    expect(seen.end).toMatchObject({ result: 'error', message: 'The kit hung for 1000 ms.' });
  });

  test('begins anew with each answer of the pack', async () => {
    const subject = subjectOf(['get']);
    const seen = watch(forever, subject);
    for (let answer = 1; answer <= 4; answer++) {
      await vi.advanceTimersByTimeAsync(900);
      subject.lastAnswerAt = performance.now();
      expect(seen.end).toBe('none');
    }
    await vi.advanceTimersByTimeAsync(1001);
    expect(seen.end).toMatchObject({ result: 'fail' });
  });

  test('with a check that is busy, and never done, ends as an error of the kit', async () => {
    const subject = subjectOf(['get']);
    const seen = watch(forever, subject);
    for (let answer = 1; answer <= 10; answer++) {
      await vi.advanceTimersByTimeAsync(500);
      subject.lastAnswerAt = performance.now();
    }
    await vi.advanceTimersByTimeAsync(2);
    expect(seen.end).toMatchObject({ result: 'error', message: 'The check was not done after 5000 ms.' });
  });

  test('does not count what was answered before the check began', async () => {
    await vi.advanceTimersByTimeAsync(10_000);
    const seen = watch(forever, subjectOf(['get']));
    await vi.advanceTimersByTimeAsync(900);
    expect(seen.end).toBe('none');
  });

  test.each([
    ['passes', () => Promise.resolve(), 'done'],
    ['fails', () => Promise.reject(new Error('It is not so.')), new Error('It is not so.')],
  ])('leaves no timer behind for a check that %s', async (_how, work, end) => {
    const seen = watch(work(), subjectOf());
    await vi.advanceTimersByTimeAsync(0);
    expect(seen.end).toEqual(end);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('leaves no timer behind when it is at an end, and hears no more of the check', async () => {
    const work = Promise.withResolvers<void>();
    const seen = watch(work.promise, subjectOf(['get']));
    await vi.advanceTimersByTimeAsync(1001);
    expect(seen.end).toBeInstanceOf(Hung);
    expect(vi.getTimerCount()).toBe(0);
    // A rejection that nobody handles would end this process.
    work.reject(new Error('The environment is gone.'));
    await vi.advanceTimersByTimeAsync(0);
  });
});
