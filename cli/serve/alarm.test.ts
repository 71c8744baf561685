import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Alarm } from './alarm.ts';

const DAY_MS = 86_400_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function alarm() {
  const ring = vi.fn();
  return { ring, alarm: new Alarm(ring) };
}

describe('an alarm', () => {
  test('rings once, when its time has come and not before', () => {
    const { ring, alarm: set } = alarm();
    set.set(1000);
    vi.advanceTimersByTime(999);
    expect(ring).not.toHaveBeenCalled();
    vi.advanceTimersByTime(DAY_MS);
    expect(ring).toHaveBeenCalledOnce();
  });

  test('set anew rings at the new time only', () => {
    const { ring, alarm: set } = alarm();
    set.set(1000);
    set.set(5000);
    vi.advanceTimersByTime(4999);
    expect(ring).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(ring).toHaveBeenCalledOnce();
  });

  test.each(['cleared', 'set to never'])('%s does not ring', (how) => {
    const { ring, alarm: set } = alarm();
    set.set(1000);
    if (how === 'cleared') set.clear();
    else set.set(Number.POSITIVE_INFINITY);
    vi.advanceTimersByTime(365 * DAY_MS);
    expect(ring).not.toHaveBeenCalled();
  });

  test('set to later than a timer can wait does not ring at once', () => {
    const { ring, alarm: set } = alarm();
    set.set(30 * DAY_MS);
    vi.advanceTimersByTime(24 * DAY_MS);
    expect(ring).not.toHaveBeenCalled();
    vi.advanceTimersByTime(DAY_MS);
    expect(ring).toHaveBeenCalledOnce();
  });
});
