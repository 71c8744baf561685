import type { CheckOutcome } from './report.ts';
import type { Subject } from './subject.ts';

/** How long the kit waits for a check, in milliseconds. */
export interface Patience {
  /** Without any answer of the pack for this long, something has hung. */
  readonly idleMs: number;
  /** A check that is busy for longer is given up: a slow machine, or a kit that turns in circles. */
  readonly totalMs: number;
}

/** The kit's patience with a check is at an end. */
export class Hung extends Error {
  override readonly name = 'Hung';
  readonly result: Extract<CheckOutcome['result'], 'fail' | 'error'>;

  constructor(result: 'fail' | 'error', message: string) {
    super(message);
    this.result = result;
  }
}

/**
 * Waits for a check, at most as long as there is patience; throws `Hung` then. A check that hangs while it waits for the
 * pack tells of the pack; any other tells of the kit. What answers slowly has not hung: a busy machine is no verdict.
 */
export async function waitFor(work: Promise<void>, subject: Subject, { idleMs, totalMs }: Patience): Promise<void> {
  const started = performance.now();
  const { promise, reject } = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    const now = performance.now();
    const idleLeft = idleMs - (now - Math.max(started, subject.lastAnswerAt));
    const totalLeft = totalMs - (now - started);
    if (idleLeft <= 0) reject(hungOn(subject.waiting, idleMs));
    else if (totalLeft <= 0) reject(new Hung('error', `The check was not done after ${totalMs} ms.`));
    else timer = setTimeout(look, Math.min(idleLeft, totalLeft) + 1);
  };
  look();
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
    // The loser of the race may still end badly once its environment is gone; that says nothing any more.
    work.catch(() => undefined);
    promise.catch(() => undefined);
  }
}

function hungOn([method]: readonly string[], idleMs: number): Hung {
  if (method === undefined) return new Hung('error', `The kit hung for ${idleMs} ms.`);
  return new Hung('fail', `The pack did not answer ${method} within ${idleMs} ms.`);
}
