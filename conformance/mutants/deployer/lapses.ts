import type { Mutations } from '../mutation.ts';

/** Ways in which a deployer is right for most calls, and not for all. */
export const DEPLOYER_LAPSES = {
  'stops-before-it-refuses': {
    killedBy: 'DEP-05',
    apply: (reference, context) => ({
      stage: (input) =>
        reference.stage(input).catch(async (error: unknown) => {
          await context.workers.stop({ revision: input.revision.revision });
          throw error;
        }),
    }),
  },
  'refused-split-warms': {
    killedBy: 'DEP-07',
    apply: (reference, context) => ({
      applySplit: (input) =>
        reference.applySplit(input).catch(async (error: unknown) => {
          const { workers } = await context.workers.list();
          for (const { revision, phase } of workers) if (phase === 'defined') await context.workers.start({ revision });
          throw error;
        }),
    }),
  },
  'fifth-split-restarts': {
    killedBy: 'DEP-10',
    apply: (reference, context) => {
      let splits = 0;
      return {
        applySplit: async (input) => {
          await reference.applySplit(input);
          if (++splits % 5 > 0) return {};
          const { revision = '' } = input.entries[0] ?? {};
          await context.workers.stop({ revision });
          await context.workers.start({ revision });
          return {};
        },
      };
    },
  },
  'drains-in-words-only': { killedBy: 'DEP-12', apply: () => ({ drain: async () => ({}) }) },
  'stage-runs': {
    killedBy: 'DEP-12',
    apply: (reference) => ({
      stage: async (input) => {
        await reference.stage(input);
        return await reference.warm(input.revision);
      },
    }),
  },
  'shows-one-of-many': {
    killedBy: 'DEP-20',
    apply: (reference) => ({
      observe: async (input) => ({ revisions: (await reference.observe(input)).revisions.slice(0, 1) }),
    }),
  },
} as const satisfies Mutations<'deployer'>;
