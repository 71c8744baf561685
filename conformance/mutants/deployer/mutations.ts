import { type Deployer, type ObservedRevision, PackError, type Workers } from '@greentic/sdk';
import { hasCode, type Mutations } from '../mutation.ts';
import { DEPLOYER_LAPSES } from './lapses.ts';

/** Shows other than what the reference shows. */
function showing(reference: Deployer, change: (seen: ObservedRevision[]) => ObservedRevision[]): Partial<Deployer> {
  return { observe: async (input) => ({ revisions: change((await reference.observe(input)).revisions) }) };
}

async function restart(workers: Workers, revision: string): Promise<void> {
  await workers.stop({ revision });
  await workers.start({ revision });
}

/** Takes an unknown revision for a success. */
function lenient(call: Promise<Record<never, never>>): Promise<Record<never, never>> {
  return call.catch((error: unknown) => {
    if (hasCode(error, 'deploy/revision-unknown')) return {};
    throw error;
  });
}

const noop: Deployer = {
  stage: async () => ({}),
  warm: async () => ({}),
  observe: async ({ revisions }) => ({
    revisions: revisions.map((revision) => ({ revision, phase: 'ready', endpoint: 'http://127.0.0.1:9', message: '' })),
  }),
  drain: async () => ({}),
  archive: async () => ({}),
  applySplit: async () => ({}),
  destroy: async () => ({}),
};

/** Answers from what it saw once. */
function remembering(reference: Deployer): Partial<Deployer> {
  const seen = new Map<string, ObservedRevision>();
  return {
    observe: async (input) => {
      const { revisions } = await reference.observe(input);
      for (const each of revisions) if (each.phase === 'ready') seen.set(each.revision, each);
      return { revisions: revisions.map((each) => seen.get(each.revision) ?? each) };
    },
  };
}

/** Destroys what this process staged. */
function forgetful(reference: Deployer): Partial<Deployer> {
  const staged = new Set<string>();
  return {
    stage: (input) => {
      staged.add(input.revision.revision);
      return reference.stage(input);
    },
    destroy: async ({ environment }) => {
      for (const revision of staged) await reference.archive({ environment, revision });
      return {};
    },
  };
}

/** Ways to break a deployer. */
export const DEPLOYER_MUTATIONS = {
  ...DEPLOYER_LAPSES,
  noop: { killedBy: 'DEP-01', apply: () => noop },
  'ready-when-staged': {
    killedBy: 'DEP-01',
    apply: (reference) =>
      showing(reference, (seen) =>
        seen.map((each) =>
          each.phase === 'absent' ? each : { ...each, phase: 'ready', endpoint: 'http://127.0.0.1:9' },
        ),
      ),
  },
  'runs-another-bundle': {
    killedBy: 'DEP-01',
    apply: (reference) => ({
      stage: ({ revision }) =>
        reference.stage({
          revision: { ...revision, bundle: { ...revision.bundle, digest: `sha256:${'0'.repeat(64)}` } },
        }),
    }),
  },
  'shows-one-endpoint': {
    killedBy: 'DEP-01',
    apply: (reference) => {
      let first: string | null = null;
      return showing(reference, (seen) => {
        first ??= seen[0]?.endpoint ?? null;
        return seen.map((each) => (each.phase === 'ready' ? { ...each, endpoint: first } : each));
      });
    },
  },
  'warm-restarts': {
    killedBy: 'DEP-02',
    apply: (reference, context) => ({
      warm: async (input) => {
        await reference.warm(input);
        await restart(context.workers, input.revision);
        return {};
      },
    }),
  },
  'archive-keeps': { killedBy: 'DEP-02', apply: () => ({ archive: async () => ({}) }) },
  'stage-overwrites': {
    killedBy: 'DEP-05',
    apply: (reference, context) => ({
      stage: async (input) => {
        const { workers } = await context.workers.list();
        const { revision, bundle } = input.revision;
        const known = workers.find((worker) => worker.revision === revision);
        if (known !== undefined && known.bundleDigest !== bundle.digest) await context.workers.remove({ revision });
        return await reference.stage(input);
      },
    }),
  },
  'stage-keeps-silent': {
    killedBy: 'DEP-05',
    apply: (reference) => ({
      stage: (input) =>
        reference.stage(input).catch((error: unknown) => {
          if (hasCode(error, 'deploy/revision-conflict')) return {};
          throw error;
        }),
    }),
  },
  'warms-the-unknown': {
    killedBy: 'DEP-06',
    apply: (reference) => ({ warm: (input) => lenient(reference.warm(input)) }),
  },
  'drains-the-unknown': {
    killedBy: 'DEP-06',
    apply: (reference) => ({ drain: (input) => lenient(reference.drain(input)) }),
  },
  'splits-to-the-unknown': {
    killedBy: 'DEP-06',
    apply: (reference) => ({ applySplit: (input) => lenient(reference.applySplit(input)) }),
  },
  'splits-to-the-unready': {
    killedBy: 'DEP-07',
    apply: (reference) => ({
      applySplit: (input) =>
        reference.applySplit(input).catch((error: unknown) => {
          if (hasCode(error, 'deploy/not-ready')) return {};
          throw error;
        }),
    }),
  },
  'checks-the-first-share': {
    killedBy: 'DEP-07',
    apply: (reference) => ({
      applySplit: ({ entries, ...input }) => reference.applySplit({ ...input, entries: entries.slice(0, 1) }),
    }),
  },
  'split-restarts': {
    killedBy: 'DEP-10',
    apply: (reference, context) => ({
      applySplit: async (input) => {
        await reference.applySplit(input);
        for (const { revision } of input.entries) await restart(context.workers, revision);
        return {};
      },
    }),
  },
  'split-stops-weight-0': {
    killedBy: 'DEP-10',
    apply: (reference, context) => ({
      applySplit: async (input) => {
        await reference.applySplit(input);
        for (const { revision, weightBps } of input.entries) {
          if (weightBps === 0) await context.workers.stop({ revision });
        }
        return {};
      },
    }),
  },
  'drains-the-bundle': {
    killedBy: 'DEP-17',
    apply: (reference, context) => ({
      drain: async (input) => {
        await reference.drain(input);
        const [bundle = ''] = input.revision.split('.');
        const { workers } = await context.workers.list();
        for (const { revision } of workers) {
          if (revision.startsWith(`${bundle}.`)) await context.workers.stop({ revision });
        }
        return {};
      },
    }),
  },
  'archives-the-number': {
    killedBy: 'DEP-17',
    apply: (_reference, context) => ({
      archive: async (input) => {
        const number = input.revision.split('.').at(-1);
        const { workers } = await context.workers.list();
        for (const { revision } of workers) {
          if (revision.split('.').at(-1) === number) await context.workers.remove({ revision });
        }
        return {};
      },
    }),
  },
  'shows-what-was': { killedBy: 'DEP-20', apply: (reference) => remembering(reference) },
  'repairs-when-asked': {
    killedBy: 'DEP-20',
    apply: (reference, context) => ({
      observe: async (input) => {
        const seen = await reference.observe(input);
        for (const { revision, phase } of seen.revisions) {
          if (phase === 'failed') await context.workers.start({ revision });
        }
        return seen;
      },
    }),
  },
  'destroys-what-runs': {
    killedBy: 'DEP-29',
    apply: (_reference, context) => ({
      destroy: async () => {
        const { workers } = await context.workers.list();
        const running = workers.filter(({ phase }) => phase === 'running');
        for (const { revision } of running) await context.workers.remove({ revision });
        return {};
      },
    }),
  },
  'destroys-what-it-remembers': { killedBy: 'DEP-29', apply: (reference) => forgetful(reference) },
  'conflict-without-code': {
    killedBy: 'PCK-09',
    apply: (reference) => ({
      stage: (input) =>
        reference.stage(input).catch(() => {
          throw new PackError('kv/conflict', 'The revision exists.');
        }),
    }),
  },
  'remembers-in-memory': {
    killedBy: 'PCK-06',
    apply: (reference) => {
      const staged = new Set<string>();
      return {
        stage: (input) => {
          staged.add(input.revision.revision);
          return reference.stage(input);
        },
        observe: async (input) => {
          const { revisions } = await reference.observe(input);
          const absent = { phase: 'absent', endpoint: null, message: '' } as const;
          return {
            revisions: revisions.map((each) =>
              staged.has(each.revision) ? each : { ...absent, revision: each.revision },
            ),
          };
        },
      };
    },
  },
} as const satisfies Mutations<'deployer'>;
