import { setImmediate as turn } from 'node:timers/promises';
import { PackError } from '@greentic/sdk';
import { livePins, referenceSessions } from '../../mutants/sessions/reference.ts';
import type { Lapses } from '../../testing/lapse-trial.ts';
import { answering, keyOf } from './lapse.fixture.ts';

/** Lapses about one pin: how it is set, told, kept, extended, released and how it ends. */
export const PIN_LAPSES = {
  'SES-01': {
    'knows sessions nobody pinned': [
      answering('lookup', ({ revision }) => ({ revision: revision ?? 'desk.acme.9' })),
      'An unknown session is {"revision":"desk.acme.9"}, not {"revision":null}.',
    ],
    'fails on sessions nobody pinned': [
      (reference) => ({
        lookup: async (input) => {
          const found = await reference.lookup(input);
          if (found.revision === null) throw new PackError('sessions/full', 'No such session.');
          return found;
        },
      }),
      'The pack gave pack/failed: No such session. (sessions/full)',
    ],
    'extends what is not there': [
      answering('extend', () => ({ extended: true })),
      'The extension of none is {"extended":true}, not {"extended":false}.',
    ],
    'releases what is not there': [
      answering('release', () => ({ released: true })),
      'The release of none is {"released":true}, not {"released":false}.',
    ],
    'does not say that it pinned': [
      answering('pin', () => ({ pinned: false })),
      'The first pin is {"revision":"desk.acme.1","pinned":false}',
    ],
    'pins in words only': [
      (reference) => ({
        pin: async (input) => ({
          revision: input.revision,
          pinned: (await reference.lookup(keyOf(input))).revision === null,
        }),
      }),
      'The pinned session is {"revision":null}, not {"revision":"desk.acme.1"}.',
    ],
    'lets the last pin win': [
      (reference) => ({
        pin: async (input) => {
          await reference.release(keyOf(input));
          return await reference.pin(input);
        },
      }),
      'A second pin to another revision is {"revision":"desk.acme.2","pinned":true}',
    ],
    'does not say that it extended': [
      answering('extend', () => ({ extended: false })),
      'The extension is {"extended":false}, not {"extended":true}.',
    ],
    'releases where it has to extend': [
      (reference) => ({
        extend: async (input) => ({ extended: (await reference.release(keyOf(input))).released }),
      }),
      'The session after it is {"revision":null}, not {"revision":"desk.acme.1"}.',
    ],
    'does not say that it released': [
      answering('release', () => ({ released: false })),
      'The release is {"released":false}, not {"released":true}.',
    ],
    'releases in words only': [
      (reference) => ({
        release: async (input) => ({ released: (await reference.lookup(keyOf(input))).revision !== null }),
      }),
      'The released session is {"revision":"desk.acme.1"}, not {"revision":null}.',
    ],
    'remembers what was released': [
      (reference) => {
        const first = new Map<string, string>();
        return {
          pin: async (input) => {
            const revision = first.get(input.session) ?? input.revision;
            first.set(input.session, revision);
            return await reference.pin({ ...input, revision });
          },
        };
      },
      'A pin after the release is {"revision":"desk.acme.1","pinned":true}, not {"revision":"desk.acme.2","pinned":true}.',
    ],
  },
  'SES-02': {
    'looks, and pins later': [
      (reference) => ({
        pin: async (input) => {
          const { revision } = await reference.lookup(keyOf(input));
          if (revision !== null) return { revision, pinned: false };
          await turn();
          await reference.release(keyOf(input));
          return await reference.pin(input);
        },
      }),
      'The number of pins that won is 32, not 1.',
    ],
    'tells nobody that it won': [
      answering('pin', () => ({ pinned: false })),
      'The number of pins that won is 0, not 1.',
    ],
    'tells everybody what they asked for': [
      answering('pin', (_truth, { revision }) => ({ revision })),
      /^The revisions told is \["desk\.acme\.1","desk\.acme\.2",/,
    ],
    'has another in force than it told': [
      answering('lookup', ({ revision }) => ({ revision: revision && 'desk.acme.99' })),
      'The revision in force is {"revision":"desk.acme.99"}, not {"revision":"desk.acme.1"}.',
    ],
  },
  'SES-03': {
    'keeps pins in memory': [
      (_reference, { context, life, process }) => {
        const start = `life ${life}, process ${process}: `;
        const own = referenceSessions(context.kv('data'));
        return {
          pin: (input) => own.pin({ ...input, session: start + input.session }),
          lookup: (input) => own.lookup({ ...input, session: start + input.session }),
        };
      },
      'A pin after a kill is {"revision":null}, not {"revision":"desk.acme.1"}.',
    ],
    'drops its pins when it opens anew': [
      (reference, { life }) =>
        life === 1 ? {} : answering('lookup', () => ({ revision: null }))(reference, {} as never),
      'A pin after a restart is {"revision":null}, not {"revision":"desk.acme.1"}.',
    ],
  },
  'SES-04': {
    'has pins nobody set': [
      answering('lookup', ({ revision }) => ({ revision: revision ?? 'desk.acme.9' })),
      'A session nobody pinned is {"revision":"desk.acme.9"}',
    ],
    'does not say that it extended': [
      answering('extend', () => ({ extended: false })),
      'The extension is {"extended":false}, not {"extended":true}.',
    ],
    'looks with a clock that is a second ahead': [
      (_reference, { context }) => {
        const ahead = referenceSessions(context.kv('data'), () => Date.now() + 1000);
        return { lookup: (input) => ahead.lookup(input) };
      },
      /^The pin was gone \d{1,3} ms after it was set\.$/,
    ],
    'never lets a pin go': [
      (reference) => ({ pin: (input) => reference.pin({ ...input, ttlSeconds: 600 }) }),
      /^The pin was there [2-9]\d{3} ms after it was set\.$/,
    ],
    'extends a pin by looking at it': [
      (reference) => ({
        lookup: async (input) => {
          await reference.extend({ ...input, ttlSeconds: 1 });
          return await reference.lookup(input);
        },
      }),
      /^The pin was there [2-9]\d{3} ms after it was set\.$/,
    ],
    'extends what has expired': [
      answering('extend', () => ({ extended: true })),
      'The extension of an expired pin is {"extended":true}, not {"extended":false}.',
    ],
    'extends by a second, whatever it is told': [
      (reference) => ({ extend: (input) => reference.extend({ ...input, ttlSeconds: 1 }) }),
      'The number of live pins is {"count":0}, not {"count":1}.',
    ],
    'counts what has expired': [
      (_reference, { context }) => ({
        count: async ({ deployment }) => ({ count: (await livePins(context.kv('data'), `${deployment}/`, 0)).length }),
      }),
      'The number of live pins is {"count":2}, not {"count":1}.',
    ],
    'releases what has expired': [
      answering('release', () => ({ released: true })),
      'The release of an expired pin is {"released":true}, not {"released":false}.',
    ],
    'forgets what was extended': [
      answering('lookup', ({ revision }, { session }) => ({ revision: session === 'kept' ? null : revision })),
      'The pin that was extended is {"revision":null}, not {"revision":"desk.acme.1"}.',
    ],
    'pins what has expired to where it was': [
      answering('pin', ({ pinned }, { session }) => (session === 'short' && pinned ? { revision: 'desk.acme.1' } : {})),
      'A pin after the old one expired is {"revision":"desk.acme.1","pinned":true}',
    ],
  },
} as const satisfies Readonly<Record<string, Lapses<'sessions'>>>;
