import { setImmediate as turn } from 'node:timers/promises';
import { PackError } from '@greentic/sdk';
import type { Lapse, Lapses } from '../../testing/lapse-trial.ts';
import { deleting, excusing, full, naming, reading, storing } from './lapse.fixture.ts';

const aliased = (name: string) => `The pack gave secret/version-conflict: The secret has version ${name}.`;
const ofName = (rename: (name: string) => string): Lapse<'secrets'> => naming(({ name }) => ({ name: rename(name) }));

/** Lapses about values, names, versions and what becomes of them when the process dies. */
export const VALUE_LAPSES = {
  'SEC-01': {
    'stores something for nothing': [storing((bytes) => bytes || '\n'), 'The secret of nothing came back changed.'],
    'takes one byte for a flag': [
      storing((bytes) => (bytes.length === 1 ? '1' : bytes)),
      'The secret of one byte came back changed.',
    ],
    'ends values at NUL': [
      storing((bytes) => bytes.split('\u0000')[0] ?? ''),
      'The secret of a NUL byte came back changed.',
    ],
    'writes line ends its own way': [
      storing((bytes) => bytes.replaceAll('\r\n', '\n')),
      'The secret of line ends came back changed.',
    ],
    'cuts spaces off': [
      storing((bytes) => bytes.replace(/ +$/, '')),
      'The secret of spaces at the end came back changed.',
    ],
    'takes values for UTF-8': [
      storing((bytes) => Buffer.from(Buffer.from(bytes, 'latin1').toString()).toString('latin1')),
      'The secret of invalid UTF-8 came back changed.',
    ],
    'keeps seven bits of a byte beyond the first hundred': [
      storing((bytes) => (bytes.length === 256 ? bytes.replace('\u00ff', '\u007f') : bytes)),
      'The secret of every byte came back changed.',
    ],
    'cuts values by one byte': [
      storing((bytes) => bytes.slice(0, 2 ** 16 - 1)),
      'The secret of the most came back changed.',
    ],
    'shows another process what was there before': [
      (reference, { life }) =>
        life === 1 ? {} : reading((found) => ({ ...found, value: '' }))(reference, {} as never),
      'The secret of one byte came back changed.',
    ],
  },
  'SEC-02': {
    'folds names': [ofName((name) => name.toLowerCase()), aliased('1')],
    'takes only the last segment of a name': [ofName((name) => name.split('/').at(-1) ?? ''), aliased('1')],
    'takes only the first segment of a name': [ofName((name) => name.split('/')[0] ?? ''), aliased('1')],
    'takes only the ends of a name': [ofName((name) => name.replace(/\/.*\//, '/')), aliased('1')],
    'takes seven segments of a name': [ofName((name) => name.split('/').slice(0, 7).join('/')), aliased('1')],
    'takes the segments in any order': [ofName((name) => name.split('/').toSorted().join('/')), aliased('1')],
    'takes slashes for dots': [ofName((name) => name.replaceAll('/', '.')), aliased('1')],
    'cuts names by one': [ofName((name) => name.slice(0, 63)), aliased('1')],
    'deletes what begins alike': [
      (reference) => ({
        delete: async (input) => {
          const { names } = await reference.list({ tenant: input.tenant, limit: 1000 });
          const alike = names.filter((name) => name.startsWith(input.name));
          for (const name of alike) await reference.delete({ ...input, name });
          return { deleted: alike.length > 0 };
        },
      }),
      'The list of names that were not deleted is',
    ],
    'deletes what lies below a name': [
      (reference) => ({
        delete: async (input) => {
          if (input.name === 'h') await reference.delete({ ...input, name: 'h/a' });
          return await reference.delete(input);
        },
      }),
      'The list of names that were not deleted is',
    ],
    'does not say that it deleted': [deleting(() => false), 'The delete of token is {"deleted":false}'],
    'gives every name the newest value': [
      (reference, { memory }) => ({
        put: (input) => {
          memory.set('newest', input.value);
          return reference.put(input);
        },
        get: async (input) => ({ ...(await reference.get(input)), value: String(memory.get('newest')) }),
      }),
      'The secret token is',
    ],
  },
  'SEC-03': {
    'gives nothing for what is missing': [
      excusing('secret/not-found', () => ({ value: '', version: 1 })),
      'A secret nobody put was not refused with secret/not-found: it gave {"value":"","version":1}.',
    ],
    'takes what is missing for changed': [
      excusing('secret/not-found', () => Promise.reject(new PackError('secret/integrity', 'It does not open.'))),
      'A secret nobody put was refused with secret/integrity (It does not open.), not with secret/not-found.',
    ],
    'says that it deleted what was not there': [
      deleting(() => true),
      'The delete of a missing secret is {"deleted":true}, not {"deleted":false}.',
    ],
    'takes an empty secret for none': [
      reading((found) => (found.value === '' ? Promise.reject(new PackError('secret/not-found', 'None.')) : found)),
      'The pack gave secret/not-found: None.',
    ],
    'shows something for an empty secret': [
      reading((found) => ({ ...found, value: found.value || 'bnVsbA==' })),
      'An empty secret is "bnVsbA==", not "".',
    ],
    'reads what another tenant has': [
      excusing('secret/not-found', (input, reference) => reference.get({ ...input, tenant: 'acme' })),
      'A foreign secret was not refused with secret/not-found',
    ],
    'tells that another tenant has it': [
      excusing('secret/not-found', async (input, reference) => {
        const theirs = await reference.get({ ...input, tenant: 'acme' }).then(
          () => true,
          () => false,
        );
        throw new PackError('secret/not-found', theirs ? 'Ask acme for it.' : 'There is none.');
      }),
      'What the other tenant is told is "Ask acme for it.", not "There is none.".',
    ],
    'deletes what another tenant has': [
      (reference) => ({ delete: (input) => reference.delete({ ...input, tenant: 'acme' }) }),
      'A foreign delete is {"deleted":true}, not {"deleted":false}.',
    ],
    'deletes what another tenant has, and does not say so': [
      (reference) => ({
        delete: async (input) => {
          if (input.tenant === 'rival')
            return { deleted: !(await reference.delete({ ...input, tenant: 'acme' })).deleted };
          return await reference.delete(input);
        },
      }),
      'The pack gave secret/not-found',
    ],
    'empties what another tenant has, and does not say so': [
      (reference) => ({
        delete: async (input) => {
          if (input.tenant === 'rival') await reference.put({ ...input, tenant: 'acme', value: '' });
          return await reference.delete(input);
        },
      }),
      'The secret after a foreign delete is "", not "',
    ],
    'does not say that it deleted': [deleting(() => false), 'The delete is {"deleted":false}, not {"deleted":true}.'],
    'deletes in words only': [
      (reference) => ({
        delete: (input) =>
          reference.get(input).then(
            () => ({ deleted: true }),
            () => ({ deleted: false }),
          ),
      }),
      'A deleted secret was not refused with secret/not-found',
    ],
  },
  'SEC-09': {
    'writes whatever is expected': [
      (reference) => ({ put: ({ ifVersion: _ifVersion, ...input }) => reference.put(input) }),
      'The number of winners of round 0 is 8, not 1.',
    ],
    'compares, and writes later': [
      (reference) => ({
        put: async ({ ifVersion, ...input }) => {
          const { version } = await reference.get(input).catch(() => ({ version: 0 }));
          if (ifVersion !== version) throw new PackError('secret/version-conflict', `It has ${version}.`);
          await turn();
          return await reference.put(input);
        },
      }),
      /^The number of winners of round 0 is [2-8], not 1\.$/,
    ],
    'lets nobody win': [
      () => ({ put: () => Promise.reject(new PackError('secret/version-conflict', 'Somebody was faster.')) }),
      'The number of winners of round 0 is 0, not 1.',
    ],
    'has another word for a conflict': [
      (reference) => ({ put: (input) => reference.put(input).catch(full) }),
      'The pack gave kv/quota: Full.',
    ],
    'numbers every version alike': [
      (reference) => ({
        put: async (input) => {
          const { version } = await reference.get(input).catch(() => ({ version: 0 }));
          const expected = input.ifVersion === 1 ? { ifVersion: version } : {};
          await reference.put({ ...input, ...expected });
          return { version: 1 };
        },
      }),
      'The version after 1 is 1.',
    ],
    'shows another version than it told': [
      reading((found) => ({ ...found, version: found.version + 1 })),
      /^The newest version is .*"version":2}, not .*"version":1}\.$/,
    ],
    'keeps the value of a loser': [
      (reference) => ({
        put: (input) =>
          reference.put(input).catch(async (error: unknown) => {
            const { ifVersion: _ifVersion, ...rest } = input;
            await reference.put(rest);
            throw error;
          }),
      }),
      /^The newest version is .*"version":[2-8]}, not /,
    ],
  },
  'SEC-12': {
    'stops taking writes': [
      (reference) => ({ put: (input) => (input.value === '' ? reference.put(input) : full()) }),
      'The puts ended after 0, before anything was killed.',
    ],
    'writes in two steps': [
      (reference) => ({
        put: async (input) => {
          await reference.put({ ...input, value: 'aGFsZg==' });
          await turn();
          return await reference.put(input);
        },
      }),
      'After a kill a secret is neither the one acknowledged last nor the one that was under way.',
    ],
    'writes after it acknowledged': [
      (reference) => ({
        put: async (input) => {
          if (input.value === '') return await reference.put(input);
          setTimeout(() => void reference.put(input), 40);
          return { version: 1 };
        },
      }),
      'After a kill a secret is neither the one acknowledged last nor the one that was under way.',
    ],
  },
} as const satisfies Readonly<Record<string, Lapses<'secrets'>>>;
