import { setImmediate as turn } from 'node:timers/promises';
import { PackError } from '@greentic/sdk';
import { earlyState, memoryState, numberedState } from '../../mutants/state/broken-store.ts';
import { conflict } from '../../mutants/state/reference.ts';
import type { Lapses } from '../../testing/lapse-trial.ts';
import { deleting, overlooking, reading } from './lapse.fixture.ts';

/** Lapses about entries, their revisions and what becomes of them when the process dies. */
export const REVISION_LAPSES = {
  'STA-01': {
    'shows an empty entry for none': [
      reading((entry) => entry ?? { value: '', revision: 1 }),
      'A missing entry is {"entry":{"value":"","revision":1}}, not {"entry":null}.',
    ],
    'says that it deleted what was not there': [
      deleting(() => true),
      'The delete of a missing entry is {"deleted":true}, not {"deleted":false}.',
    ],
    'refuses to create': [
      () => ({ put: () => Promise.reject(conflict(1)) }),
      'The pack gave state/conflict: The entry has revision 1.',
    ],
    'takes an empty value for no entry': [
      reading((entry) => (entry?.value === '' ? null : entry)),
      'A new empty entry is {"entry":null}',
    ],
    'shows another revision than it told': [
      reading((entry) => entry && { ...entry, revision: entry.revision + 1 }),
      /^A new empty entry is .*"revision":2}}, not .*"revision":1}}\.$/,
    ],
    'creates a second time': [
      overlooking((expected) => expected === 0),
      'Creating it a second time was not refused with state/conflict: it gave {"revision":2}.',
    ],
    'keeps the first value': [
      (reference) => ({
        put: async (input) =>
          await reference.put({ ...input, value: (await reference.get(input)).entry?.value ?? input.value }),
      }),
      'The entry after a write is {"entry":{"value":"","revision":2}}',
    ],
    'does not say that it deleted': [
      deleting(() => false),
      'The delete of an entry is {"deleted":false}, not {"deleted":true}.',
    ],
    'deletes in words only': [
      (reference) => ({ delete: async (input) => ({ deleted: (await reference.get(input)).entry !== null }) }),
      'A deleted entry is {"entry":{"value":"open"',
    ],
    'deletes a second time': [
      (reference, scene) => {
        let before = false;
        return deleting((deleted) => {
          before ||= deleted;
          return before;
        })(reference, scene);
      },
      'The second delete is {"deleted":true}, not {"deleted":false}.',
    ],
  },
  'STA-02': {
    'takes the expectation of none for no expectation': [
      overlooking((expected) => expected === 0),
      'A write that expects 0 was not refused with state/conflict: it gave {"revision":2}.',
    ],
    'takes the next revision for the present one': [
      overlooking((expected, actual) => expected === actual + 1),
      'A write that expects 2 was not refused with state/conflict',
    ],
    'takes a far revision for the present one': [
      overlooking((expected, actual) => expected > actual + 1),
      'A write that expects 1001 was not refused with state/conflict',
    ],
    'does not compare before it deletes': [
      (reference) => ({ delete: ({ tenant, key }) => reference.delete({ tenant, key }) }),
      'A delete that expects 0 was not refused with state/conflict: it gave {"deleted":true}.',
    ],
    'writes although it refuses': [
      (reference) => ({
        put: ({ ifRevision, ...input }) =>
          reference.put(ifRevision === undefined ? input : { ...input, ifRevision }).catch(async (error: unknown) => {
            await reference.put(input);
            throw error;
          }),
      }),
      'The entry after the refusals is {"entry":{"value":"stray","revision":2}}',
    ],
    'refuses with another code': [
      (reference) => ({
        put: (input) => reference.put(input).catch(() => Promise.reject(new PackError('kv/quota', 'Full.'))),
      }),
      'A write that expects 0 was refused with kv/quota (Full.), not with state/conflict.',
    ],
    'refuses with no code of the contract': [
      (reference) => ({ put: (input) => reference.put(input).catch(() => Promise.reject(new Error('Too late.'))) }),
      'A write that expects 0 was refused with pack/failed (Too late.), not with state/conflict.',
    ],
    'refuses what is expected rightly': [
      (reference) => ({
        put: (input) => (input.value === 'second' ? Promise.reject(conflict(1)) : reference.put(input)),
      }),
      'The pack gave state/conflict: The entry has revision 1.',
    ],
    'tells another revision than it wrote': [
      (reference) => ({
        put: async (input) => ({ revision: (await reference.put(input)).revision + (input.ifRevision ?? 0) }),
      }),
      'The entry after the right one is {"value":"second","revision":2}, not {"value":"second","revision":3}.',
    ],
    'deletes what has moved on': [
      (reference, scene) => {
        const { delete: forget = reference.delete } = overlooking(
          (expected, actual) => expected > 0 && expected < actual,
        )(reference, scene);
        return { delete: forget };
      },
      'A delete that expects the past was not refused with state/conflict',
    ],
    'does not say that it deleted': [
      deleting(() => false),
      'The right delete is {"deleted":false}, not {"deleted":true}.',
    ],
    'takes a deleted entry for the one that was expected': [
      overlooking((_expected, actual) => actual === 0),
      'A write that expects a deleted entry was not refused with state/conflict',
    ],
  },
  'STA-03': {
    'numbers every write alike': [
      () => ({ put: async () => ({ revision: 1 }) }),
      'The revision of a second write is 1, though the key had 1 before.',
    ],
    'begins anew after a delete': [
      (_reference, { context }) => numberedState(context.kv('data'), (stored) => stored + 1),
      'The revision after a delete is 1, though the key had 2 before.',
    ],
    'lets a deleted revision come to life again': [
      (reference) => ({
        put: ({ ifRevision: _ifRevision, ...input }) => reference.put(input),
      }),
      'A write that expects the revision from before the delete was not refused with state/conflict',
    ],
    'begins anew with each process': [
      (_reference, { context }) => {
        let last = 0;
        return numberedState(context.kv('data'), () => ++last);
      },
      'The revision after a delete and a kill is 1, though the key had 3 before.',
    ],
    'begins anew with each life': [
      (_reference, { context, life, memory }) =>
        numberedState(context.kv('data'), () => {
          const next = Number(memory.get(`life ${life}`) ?? 0) + 1;
          memory.set(`life ${life}`, next);
          return next;
        }),
      'The revision after a delete and a restart is 1, though the key had 4 before.',
    ],
    'forgets over a restart what it has to compare with': [
      (reference, scene) => (scene.life === 1 ? {} : overlooking(() => true)(reference, scene)),
      'A write that expects a revision from before the restart was not refused with state/conflict',
    ],
    'shows a revision of its own making': [
      reading((entry) => entry && { ...entry, revision: 1 }),
      /^The revision shown is 1, not [0-9]+\.$/,
    ],
  },
  'STA-04': {
    'compares, and writes later': [
      (reference) => ({
        put: async ({ ifRevision, ...input }) => {
          const revision = (await reference.get(input)).entry?.revision ?? 0;
          if (ifRevision !== undefined && ifRevision !== revision) throw conflict(revision);
          await turn();
          return await reference.put(input);
        },
      }),
      /^The counter is "[0-9]+", not "48"\.$/,
    ],
    'never lets a writer win': [
      (reference) => ({
        put: (input) => (input.ifRevision === undefined ? reference.put(input) : Promise.reject(conflict(9))),
      }),
      'An increment met 481 conflicts, and never landed.',
    ],
    'has another word for a conflict': [
      (reference) => ({
        put: (input) => reference.put(input).catch(() => Promise.reject(new PackError('kv/quota', 'Busy.'))),
      }),
      'The pack gave kv/quota: Busy.',
    ],
  },
  'STA-07': {
    'stops taking writes': [
      () => ({ put: () => Promise.reject(new PackError('kv/quota', 'Full.')) }),
      'The writes ended after 0, before anything was killed.',
    ],
    'keeps everything in memory': [
      memoryState,
      /^The acknowledged write cycle-0\/writer-\d\/\d after the kill is nothing, not "canary-/,
    ],
    'acknowledges what it has yet to write': [
      (reference, { context }) => earlyState(reference, context.kv('data')),
      /^The acknowledged write cycle-0\/writer-\d\/\d after the kill is nothing, not "canary-/,
    ],
    'keeps the half of each value': [
      (reference) => ({ put: (input) => reference.put({ ...input, value: input.value.slice(0, 10) }) }),
      /^The acknowledged write cycle-0\/writer-\d\/\d after the kill is "canary-[0-9a-f]{3}", not /,
    ],
    'lists keys of its own': [
      (reference) => ({
        list: async (input) => ({ keys: ['invented', ...(await reference.list(input)).keys], next: null }),
      }),
      'The list of keys nobody wrote is ["invented"], not [].',
    ],
    'does not list what it has': [
      (reference) => ({ list: async (input) => ({ keys: (await reference.list(input)).keys.slice(1), next: null }) }),
      'The list of acknowledged keys that are gone in the end is ["cycle-0/writer-0/0"], not [].',
    ],
  },
} as const satisfies Readonly<Record<string, Lapses<'state'>>>;
