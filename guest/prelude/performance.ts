import { ask } from './channel.ts';

function clock(): number {
  const answer = ask<{ now: number }>({ op: 'now' });
  return answer.error === undefined ? answer.now : Number.NaN;
}

let origin: number | undefined;

/** Sets the zero of the clock. */
export function startClock(): void {
  origin = clock();
}

/** Milliseconds since the pack's world began, whole ones: a finer clock would measure other programs. */
export const performance = {
  now: (): number => clock() - (origin ?? 0),
};
