import { PackError } from '@greentic/sdk';
import type { Lapses } from '../../testing/lapse-trial.ts';
import { ABSENT, after, excusing, NOWHERE, showing, workersOf } from './lapse.fixture.ts';

/** Lapses about revisions: staging, running, showing and removing them. */
export const REVISION_LAPSES = {
  'DEP-01': {
    'shows what was never started': [
      () => ({
        warm: async () => ({}),
        observe: async ({ revisions }) => ({
          revisions: revisions.map((revision) => ({ revision, phase: 'ready', endpoint: NOWHERE, message: '' })),
        }),
      }),
      'desk.acme.1 is shown ready; to the provider its worker is defined.',
    ],
    'shows what it never ordered': [
      () => ({
        stage: async () => ({}),
        warm: async () => ({}),
        observe: async ({ revisions }) => ({
          revisions: revisions.map((revision) => ({ revision, phase: 'ready', endpoint: NOWHERE, message: '' })),
        }),
      }),
      'desk.acme.1 is shown ready; to the provider its worker is unknown.',
    ],
    'shows where nobody answers': [
      showing((seen) => seen.map((each) => (each.phase === 'ready' ? { ...each, endpoint: NOWHERE } : each))),
      `Nobody answered as a worker at ${NOWHERE}, which the pack shows ready: `,
    ],
    'runs another bundle than was staged': [
      (reference) => ({
        stage: ({ revision }) => {
          const bundle = { ...revision.bundle, digest: `sha256:${'0'.repeat(64)}` };
          return reference.stage({ revision: { ...revision, bundle } });
        },
      }),
      /^Who answers at http:\/\/127\.0\.0\.1:\d+ is .*"bundleDigest":"sha256:0{64}"/,
    ],
    'shows one endpoint for every revision': [
      (reference, scene) => {
        let first: string | null = null;
        return showing((seen) =>
          seen.map((each) => {
            first ??= each.endpoint;
            return each.phase === 'ready' ? { ...each, endpoint: first } : each;
          }),
        )(reference, scene);
      },
      /^Who answers at http:\/\/127\.0\.0\.1:\d+ is \{"revision":"desk\.acme\.[12]".*, not \{"revision":"desk\.acme\.[12]"/,
    ],
    'shows another revision than was asked for': [
      showing((seen) => seen.map((each) => ({ ...each, revision: 'desk.acme.9' }))),
      /^Asked for desk\.acme\.[12], observe showed desk\.acme\.9\.$/,
    ],
    'shows nothing': [showing(() => []), /^Asked for desk\.acme\.[12], observe showed nothing\.$/],
    'shows more than was asked for': [
      showing((seen) => [...seen, { ...ABSENT, revision: 'desk.acme.9' }]),
      /^Asked for desk\.acme\.1, observe showed desk\.acme\.1, desk\.acme\.9\.$/,
    ],
  },
  'DEP-02': {
    'starts anew what already runs': [
      after('warm', async ({ revision }, reference, { context }) => {
        await context.workers.stop({ revision });
        await reference.warm({ environment: '', revision });
      }),
      'The inventory after the second warm is',
    ],
    'archives in words only': [
      () => ({ archive: async () => ({}) }),
      'The number of revisions known after archive is 1, not 0.',
    ],
    'stages in words only': [
      () => ({ stage: async () => ({}) }),
      'The number of revisions known after stage is 0, not 1.',
    ],
    'refuses to stage what is staged': [
      (reference, scene) => ({
        stage: async (input) => {
          const { revision } = input.revision;
          if ((await workersOf(scene, (known) => known === revision)).length > 0)
            throw new PackError('deploy/revision-conflict', 'It is known.');
          return await reference.stage(input);
        },
      }),
      'The pack gave deploy/revision-conflict: It is known.',
    ],
    'removes what it drains': [
      after('drain', ({ revision }, _reference, { context }) => context.workers.remove({ revision })),
      'The pack gave deploy/revision-unknown',
    ],
  },
  'DEP-05': {
    'keeps the first bundle, and does not say so': [
      excusing('stage', 'deploy/revision-conflict'),
      'Another bundle as desk.acme.1 was not refused with deploy/revision-conflict: it gave {}.',
    ],
    'refuses with another code': [
      (reference) => ({
        stage: (input) => reference.stage(input).catch(() => Promise.reject(new Error('It exists.'))),
      }),
      'Another bundle as desk.acme.1 was refused with pack/failed (It exists.), not with deploy/revision-conflict.',
    ],
    'stops what runs before it refuses': [
      (reference, { context }) => ({
        stage: ({ revision }) =>
          reference.stage({ revision }).catch(async (error: unknown) => {
            await context.workers.stop({ revision: revision.revision });
            throw error;
          }),
      }),
      'The inventory after the refusals is',
    ],
    'lets go and takes back before it refuses': [
      (reference, { context }) => ({
        stage: ({ revision }) =>
          reference.stage({ revision }).catch(async (error: unknown) => {
            const { environment: _environment, ...spec } = { ...revision, revision: `${revision.deployment}.99` };
            await context.workers.define(spec);
            await context.workers.remove({ revision: spec.revision });
            throw error;
          }),
      }),
      /^The number of changes at the provider is \d+, not \d+\.$/,
    ],
  },
  'DEP-06': {
    'warms what nobody staged': [
      excusing('warm', 'deploy/revision-unknown'),
      'Warming desk.acme.2 was not refused with deploy/revision-unknown: it gave {}.',
    ],
    'drains what nobody staged': [
      excusing('drain', 'deploy/revision-unknown'),
      'Draining desk.acme.2 was not refused with deploy/revision-unknown: it gave {}.',
    ],
    'splits towards what nobody staged': [
      excusing('applySplit', 'deploy/revision-unknown'),
      'A split towards desk.acme.2 was not refused with deploy/revision-unknown: it gave {}.',
    ],
    'refuses to archive what nobody staged': [
      (reference, scene) => ({
        archive: async (input) => {
          if ((await workersOf(scene, (known) => known === input.revision)).length === 0) throw new Error('Unknown.');
          return await reference.archive(input);
        },
      }),
      'The pack gave pack/failed: Unknown.',
    ],
    'shows a namesake for what nobody staged': [
      (reference) => ({
        observe: async ({ environment, revisions }) => {
          const seen = await reference.observe({ environment, revisions: ['desk.acme.1'] });
          return { revisions: revisions.flatMap((revision) => seen.revisions.map((each) => ({ ...each, revision }))) };
        },
      }),
      /^What is shown of desk\.acme\.2 is \{"phase":"ready","endpoint":"http/,
    ],
    'finds by the beginning of an id': [
      (reference) => ({
        warm: (input) => reference.warm({ ...input, revision: input.revision.replace('.10', '.1') }),
      }),
      'Warming desk.acme.10 was not refused with deploy/revision-unknown: it gave {}.',
    ],
    'leaves a trace of what nobody staged': [
      (reference, { context }) => ({
        archive: async (input) => {
          const bundle = { name: 'kit.bundle.desk', version: '1.0.0', digest: `sha256:${'0'.repeat(64)}` };
          const { revision } = input;
          await context.workers.define({ revision, deployment: 'desk.acme', customer: 'acme', bundle });
          return await reference.archive(input);
        },
      }),
      /^The number of changes at the provider is \d+, not \d+\.$/,
    ],
  },
} as const satisfies Readonly<Record<string, Lapses<'deployer'>>>;
