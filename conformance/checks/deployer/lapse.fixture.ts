import type { Deployer, ObservedRevision } from '@greentic/sdk';
import { hasCode } from '../../mutants/mutation.ts';
import type { Lapse } from '../../testing/lapse-trial.ts';

/** Where nobody listens. */
export const NOWHERE = 'http://127.0.0.1:9';

/** What is shown of a revision that is not there. */
export const ABSENT = { phase: 'absent', endpoint: null, message: '' } as const;

/** Shows something else than what the platform shows. */
export function showing(change: (seen: ObservedRevision[]) => ObservedRevision[]): Lapse<'deployer'> {
  return (reference) => ({
    observe: async (input) => ({ revisions: change((await reference.observe(input)).revisions) }),
  });
}

/** Does one more thing after a method. */
export function after<M extends keyof Deployer>(
  method: M,
  more: (
    input: Parameters<Deployer[M]>[0],
    reference: Deployer,
    scene: Parameters<Lapse<'deployer'>>[1],
  ) => Promise<unknown>,
): Lapse<'deployer'> {
  return (reference, scene) => {
    const call = reference[method] as (input: unknown) => Promise<unknown>;
    const longer = async (input: Parameters<Deployer[M]>[0]) => {
      const answer = await call(input);
      await more(input, reference, scene);
      return answer;
    };
    return { [method]: longer } as unknown as Partial<Deployer>;
  };
}

/** Takes a refusal for a success. */
export function excusing(method: 'stage' | 'warm' | 'drain' | 'applySplit', code: string): Lapse<'deployer'> {
  return (reference) => {
    const call = reference[method] as (input: unknown) => Promise<Record<never, never>>;
    const lenient = (input: unknown) =>
      call(input).catch((error: unknown) => {
        if (hasCode(error, code)) return {};
        throw error;
      });
    return { [method]: lenient } as unknown as Partial<Deployer>;
  };
}

/** What the provider has, by the condition. */
export async function workersOf(scene: Parameters<Lapse<'deployer'>>[1], wanted: (revision: string) => boolean) {
  return (await scene.context.workers.list()).workers.filter(({ revision }) => wanted(revision));
}
