import { type ObservedRevision, PackError } from '@greentic/sdk';
import type { Lapses } from '../../testing/lapse-trial.ts';
import { after, excusing, NOWHERE, showing, workersOf } from './lapse.fixture.ts';

/** Lapses about splits, other deployments, what the platform lost, and the end. */
export const PLATFORM_LAPSES = {
  'DEP-07': {
    'splits towards what only is staged': [
      excusing('applySplit', 'deploy/not-ready'),
      'A split towards a revision that is only staged was not refused with deploy/not-ready: it gave {}.',
    ],
    'looks at the first share only': [
      (reference) => ({
        applySplit: (input) => reference.applySplit({ ...input, entries: input.entries.slice(0, 1) }),
      }),
      'A split towards a revision that is only staged was not refused with deploy/not-ready: it gave {}.',
    ],
    'refuses small shares': [
      (reference) => ({
        applySplit: (input) =>
          input.entries.some(({ weightBps }) => weightBps === 1 && input.entries[1]?.revision === 'desk.acme.2')
            ? Promise.reject(new PackError('deploy/split-invalid', 'Too small.'))
            : reference.applySplit(input),
      }),
      'The pack gave deploy/split-invalid: Too small.',
    ],
    'starts what a refused split names': [
      (reference, { context }) => ({
        applySplit: (input) =>
          reference.applySplit(input).catch(async (error: unknown) => {
            for (const { revision } of input.entries) await context.workers.start({ revision });
            for (const { revision } of input.entries.slice(-1)) await context.workers.stop({ revision });
            throw error;
          }),
      }),
      /^The number of changes at the provider is \d+, not \d+\.$/,
    ],
  },
  'DEP-10': {
    'starts everything anew at each move': [
      after('applySplit', async ({ entries }, _reference, { context }) => {
        for (const { revision } of entries) {
          await context.workers.stop({ revision });
          await context.workers.start({ revision });
        }
      }),
      'The inventory after move 1 is',
    ],
    'stops what gets no traffic': [
      after('applySplit', async ({ entries }, _reference, { context }) => {
        for (const { revision, weightBps } of entries) if (weightBps === 0) await context.workers.stop({ revision });
      }),
      'The inventory after move 1 is',
    ],
    'stops what a split does not name': [
      after('applySplit', async ({ entries }, _reference, scene) => {
        const named = new Set(entries.map(({ revision }) => revision));
        for (const { revision } of await workersOf(scene, (known) => !named.has(known)))
          await scene.context.workers.stop({ revision });
      }),
      /^Nobody answered as a worker at http:\/\/127\.0\.0\.1:\d+, which the pack shows ready: /,
    ],
  },
  'DEP-12': {
    'runs what it only has to stage': [
      after('stage', ({ revision: { environment, revision } }, reference) => reference.warm({ environment, revision })),
      /^What is shown of a revision that was only staged is "(starting|ready)", not "staged"\.$/,
    ],
    'runs it, and shows it staged': [
      (reference, scene) => ({
        ...after('stage', ({ revision: { environment, revision } }) => reference.warm({ environment, revision }))(
          reference,
          scene,
        ),
        ...showing((seen) =>
          seen.map((each) => (each.revision === 'desk.acme.1' ? { ...each, phase: 'staged', endpoint: null } : each)),
        )(reference, scene),
      }),
      /^What a revision that was only staged is to the provider is "(starting|running)", not "defined"\.$/,
    ],
    'drains in words only': [
      () => ({ drain: async () => ({}) }),
      'That a drained revision is not shown ready any more did not come about within 5000 ms.',
    ],
    'removes what it drains': [
      after('drain', ({ revision }, _reference, { context }) => context.workers.remove({ revision })),
      'A drained revision is shown absent.',
    ],
    'splits towards what is drained': [
      excusing('applySplit', 'deploy/not-ready'),
      'A split towards a drained revision was not refused with deploy/not-ready: it gave {}.',
    ],
    'drains the whole deployment': [
      after('drain', ({ revision }, _reference, { context }) =>
        context.workers.stop({ revision: revision.replace('.3', '.2') }),
      ),
      /^Nobody answered as a worker at http:\/\/127\.0\.0\.1:\d+, which the pack shows ready: /,
    ],
    'warms nothing a second time': [
      (reference) => {
        const warmed = new Set<string>();
        return {
          warm: async (input) => {
            if (warmed.has(input.revision)) throw new PackError('deploy/revision-unknown', 'It was drained.');
            warmed.add(input.revision);
            return await reference.warm(input);
          },
        };
      },
      'The pack gave deploy/revision-unknown: It was drained.',
    ],
  },
  'DEP-17': {
    'stops every customer’s when it stages': [
      after('stage', async ({ revision }, _reference, scene) => {
        for (const { revision: other } of await workersOf(scene, (known) => known !== revision.revision))
          await scene.context.workers.stop({ revision: other });
      }),
      'The other deployment after stage is',
    ],
    'drains all of a bundle': [
      after('drain', async (_input, _reference, scene) => {
        for (const { revision } of await workersOf(scene, (known) => known.startsWith('desk.')))
          await scene.context.workers.stop({ revision });
      }),
      'The other deployment after drain is',
    ],
    'archives all of a number': [
      after('archive', async (input, _reference, scene) => {
        const number = input.revision.split('.').at(-1) ?? '';
        for (const { revision } of await workersOf(scene, (known) => known.endsWith(`.${number}`)))
          await scene.context.workers.remove({ revision });
      }),
      'The other deployment after archive is',
    ],
    'archives in words only': [() => ({ archive: async () => ({}) }), 'The number of revisions left is 3, not 1.'],
  },
  'DEP-20': {
    'shows what it remembers': [
      (reference, scene) => {
        const seen = new Map<string, ObservedRevision>();
        return showing((shown) =>
          shown.map((each) => {
            if (each.phase === 'ready') seen.set(each.revision, each);
            return seen.get(each.revision) ?? each;
          }),
        )(reference, scene);
      },
      'desk.acme.2 is shown ready, though its worker is dead.',
    ],
    'shows where a dead worker was': [
      showing((seen) => seen.map((each) => (each.phase === 'failed' ? { ...each, endpoint: NOWHERE } : each))),
      `The endpoint shown of a dead worker is "${NOWHERE}", not null.`,
    ],
    'shows what was removed as failed': [
      showing((seen) => seen.map((each) => (each.phase === 'absent' ? { ...each, phase: 'failed' } : each))),
      'What is shown of a removed worker is {"phase":"failed","endpoint":null}, not {"phase":"absent","endpoint":null}.',
    ],
    'shows all as failed once one is': [
      (reference, scene) => {
        let failed = false;
        return showing((seen) =>
          seen.map((each) => {
            failed ||= each.phase === 'failed';
            return failed && each.phase === 'ready' ? { ...each, phase: 'failed', endpoint: null } : each;
          }),
        )(reference, scene);
      },
      'What is shown of the worker that stayed is "failed", not "ready".',
    ],
    'shows the first of those it is asked for': [
      showing((seen) => seen.slice(0, 1)),
      'The list of revisions shown when three are asked for is ["desk.acme.3"], not ["desk.acme.1",',
    ],
    'shows all there is when it is asked for more than one': [
      (reference) => ({
        observe: async (input) => {
          const { revisions } = await reference.observe(input);
          return { revisions: revisions.length > 1 ? revisions.filter(({ phase }) => phase !== 'absent') : revisions };
        },
      }),
      'The list of revisions shown when three are asked for is ["desk.acme.1","desk.acme.2"], not',
    ],
    'splits towards the dead': [
      excusing('applySplit', 'deploy/not-ready'),
      'A split towards a dead worker was not refused with deploy/not-ready or deploy/revision-unknown: it gave {}.',
    ],
    'starts the dead when it looks': [
      (reference, { context }) => ({
        observe: async (input) => {
          const seen = await reference.observe(input);
          for (const { revision, phase } of seen.revisions)
            if (phase === 'failed') await context.workers.start({ revision });
          return seen;
        },
      }),
      /^The number of changes that looking made is \d+, not \d+\.$/,
    ],
  },
  'DEP-29': {
    'destroys what runs': [
      (_reference, { context }) => ({
        destroy: async () => {
          for (const { revision, phase } of (await context.workers.list()).workers)
            if (phase === 'running') await context.workers.remove({ revision });
          return {};
        },
      }),
      /^The inventory of the environment is \[\{"revision":"desk\.acme\.2".*\], not \[\]\.$/,
    ],
    'destroys what its process staged': [
      (reference) => {
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
      },
      'The inventory of the environment is [{"revision":"desk.acme.1"',
    ],
    'destroys what every environment has': [
      (reference, scene) => {
        scene.memory.set(`workers of life ${scene.life}`, scene.context.workers);
        return after('destroy', async () => {
          for (const workers of scene.memory.values() as Iterable<typeof scene.context.workers>) {
            for (const { revision } of (await workers.list()).workers) await workers.remove({ revision });
          }
        })(reference, scene);
      },
      'The inventory of the other environment is',
    ],
    'shows what it destroyed': [
      (reference, { memory }) => ({
        destroy: async (input) => {
          memory.set('destroyed', true);
          return await reference.destroy(input);
        },
        observe: async (input) => {
          const { revisions } = await reference.observe(input);
          if (!memory.has('destroyed')) return { revisions };
          return { revisions: revisions.map((each) => ({ ...each, phase: 'draining' })) };
        },
      }),
      'What is shown after destroy is "draining", not "absent".',
    ],
  },
} as const satisfies Readonly<Record<string, Lapses<'deployer'>>>;
