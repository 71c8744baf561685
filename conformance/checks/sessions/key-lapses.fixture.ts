import { livePins } from '../../mutants/sessions/reference.ts';
import type { Lapses } from '../../testing/lapse-trial.ts';
import { answering, keyOf, naming } from './lapse.fixture.ts';

/** Lapses about which pin is whose, and how many there are. */
export const KEY_LAPSES = {
  'SES-12': {
    'does not look at the deployment': [
      naming(() => ({ deployment: 'all.all' })),
      'A first pin is {"revision":"desk.acme.1","pinned":false}, not {"revision":"desk.rival.1","pinned":true}.',
    ],
    'joins deployment and session': [
      naming(({ deployment, session }) => ({ deployment: 'all.all', session: deployment + session })),
      'A first pin is {"revision":"desk.acme.1","pinned":false}, not {"revision":"desk.acm.1","pinned":true}.',
    ],
    'tells one deployment the revision of another': [
      answering('lookup', ({ revision }) => ({ revision: revision && 'desk.acme.1' })),
      'The pin of desk.rival is {"revision":"desk.acme.1"}, not {"revision":"desk.rival.1"}.',
    ],
    'does not say that it released': [
      answering('release', () => ({ released: false })),
      'The release is {"released":false}',
    ],
    'releases the session of every deployment': [
      (reference) => ({
        release: async (input) => {
          await reference.release({ ...input, deployment: 'desk.rival' });
          return await reference.release(input);
        },
      }),
      'The other pin is {"revision":null}, not {"revision":"desk.rival.1"}.',
    ],
    'counts deployments whose names begin alike': [
      (_reference, { context }) => ({
        count: async () => ({ count: (await livePins(context.kv('data'), 'desk.acm', Date.now())).length }),
      }),
      'The pins of the first deployment is {"count":1}, not {"count":0}.',
    ],
  },
  'SES-17': {
    'folds ids': [naming(({ session }) => ({ session: session.toLowerCase() })), 'The first pin of "Visitor" is'],
    'trims ids': [naming(({ session }) => ({ session: session.trim() })), 'The first pin of "visitor " is'],
    'ends ids at NUL': [
      naming(({ session }) => ({ session: session.split('\u0000')[0] ?? '' })),
      'The first pin of "visitor\\u0000" is',
    ],
    'ends ids at a line end': [
      naming(({ session }) => ({ session: session.split('\n')[0] ?? '' })),
      'The first pin of "visitor\\n" is',
    ],
    'composes letters': [
      naming(({ session }) => ({ session: session.normalize('NFC') })),
      'The first pin of "e\u0301" is {"revision":"desk.acme.7","pinned":false}',
    ],
    'finds what every object has': [
      (reference) => {
        const known: Record<string, unknown> = {};
        return {
          pin: async (input) => {
            if (known[input.session] !== undefined) return { revision: input.revision, pinned: false };
            return await reference.pin(input);
          },
        };
      },
      'The first pin of "__proto__" is {"revision":"desk.acme.9","pinned":false}',
    ],
    'takes a star for anything': [
      (reference) => ({
        lookup: (input) => reference.lookup(input.session === '*' ? { ...input, session: 'é' } : input),
      }),
      'The pin of "*" is {"revision":"desk.acme.7"}, not {"revision":"desk.acme.12"}.',
    ],
    'cuts ids by one': [
      naming(({ session }) => ({ session: session.slice(0, 255) })),
      /^The first pin of "x{30}" is \{"revision":"desk\.acme\.18","pinned":false\}/,
    ],
    'does not say that it released': [
      answering('release', () => ({ released: false })),
      'The release of one pin is {"released":false}, not {"released":true}.',
    ],
    'releases every id that begins alike': [
      (reference) => ({
        release: async (input) => {
          await reference.release({ ...input, session: `${input.session}*` });
          return await reference.release(input);
        },
      }),
      'The number of pins after it is {"count":17}, not {"count":18}.',
    ],
    'counts ids once that look alike': [
      answering('count', ({ count }) => ({ count: count - 1 })),
      'The number of pins is {"count":18}, not {"count":19}.',
    ],
  },
  'SES-18': {
    'says twice that it pinned': [
      answering('pin', () => ({ pinned: true })),
      /^A pin is \{"revision":"desk\.acme\.\d","pinned":true\}, not \{"revision":"desk\.acme\.\d","pinned":false\}\.$/,
    ],
    'does not say that it released': [
      answering('release', () => ({ released: false })),
      'A release is {"released":false}, not {"released":true}.',
    ],
    'counts one too many': [
      answering('count', ({ count }) => ({ count: count + 1 })),
      'The count after 1 steps is {"count":2}, not {"count":1}.',
    ],
    'counts to ten': [
      answering('count', ({ count }) => ({ count: Math.min(10, count) })),
      /^The count after \d+1 steps is \{"count":10\}, not \{"count":1\d\}\.$/,
    ],
    'adds and subtracts on the side, and forgets the releases': [
      (reference) => {
        let count = 0;
        return {
          pin: async (input) => {
            const outcome = await reference.pin(input);
            if (outcome.pinned && input.deployment === 'desk.acme') count++;
            return outcome;
          },
          count: async (input) => (input.revision === undefined ? { count } : await reference.count(input)),
        };
      },
      /^The count after \d+1 steps is \{"count":\d+\}, not \{"count":\d+\}\.$/,
    ],
    'counts every revision as one': [
      (reference) => ({ count: ({ deployment }) => reference.count({ deployment }) }),
      /^The count of desk\.acme\.\d is \{"count":\d+\}, not \{"count":\d+\}\.$/,
    ],
    'counts under the revision that was asked for last': [
      (reference) => ({
        pin: async (input) => {
          const outcome = await reference.pin(input);
          if (outcome.pinned) return outcome;
          await reference.release(keyOf(input));
          await reference.pin(input);
          return outcome;
        },
      }),
      /^(A pin|The count of desk\.acme\.\d) is /,
    ],
    'counts pins of every deployment': [
      (_reference, { context }) => ({
        count: async () => ({ count: (await livePins(context.kv('data'), '', Date.now())).length }),
      }),
      'The count after 1 steps is {"count":2}, not {"count":1}.',
    ],
  },
} as const satisfies Readonly<Record<string, Lapses<'sessions'>>>;
