import type { SessionKey, Sessions } from '@greentic/sdk';
import type { Lapse } from '../../testing/lapse-trial.ts';

/** Answers one method with something else than what became of it; what it does stays right. */
export function answering<M extends keyof Sessions>(
  method: M,
  answer: (
    truth: Awaited<ReturnType<Sessions[M]>>,
    input: Parameters<Sessions[M]>[0],
  ) => Partial<Awaited<ReturnType<Sessions[M]>>>,
): Lapse<'sessions'> {
  return (reference) => {
    const call = reference[method] as unknown as (input: unknown) => Promise<Awaited<ReturnType<Sessions[M]>>>;
    const changed = async (input: Parameters<Sessions[M]>[0]) => {
      const truth = await call(input);
      return { ...truth, ...answer(truth, input) };
    };
    return { [method]: changed } as unknown as Partial<Sessions>;
  };
}

/** Takes one session, or one deployment, for another. */
export function naming(rename: (key: SessionKey) => Partial<SessionKey>): Lapse<'sessions'> {
  return (reference) => {
    const renamed = <T extends SessionKey>(input: T): T => ({ ...input, ...rename(input) });
    return {
      pin: (input) => reference.pin(renamed(input)),
      lookup: (input) => reference.lookup(renamed(input)),
      extend: (input) => reference.extend(renamed(input)),
      release: (input) => reference.release(renamed(input)),
    };
  };
}

/** The name of a session on its own, without what a call says beside it. */
export const keyOf = ({ deployment, session }: SessionKey): SessionKey => ({ deployment, session });
