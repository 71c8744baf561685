import { conflict } from '../../mutants/state/reference.ts';
import type { Lapses } from '../../testing/lapse-trial.ts';
import { deleting, naming, paging, reading, storing } from './lapse.fixture.ts';

const after = (keys: string[], last: string | undefined) => keys.slice(last === undefined ? 0 : keys.indexOf(last) + 1);
const matching = (keys: string[], prefix: string) => keys.filter((key) => key.startsWith(prefix));

/** Lapses about keys, values, lists and tenants. */
export const KEY_LAPSES = {
  'STA-14': {
    'orders by UTF-16': [
      paging((keys, { prefix, after: last }) => after(matching(keys.toSorted(), prefix), last)),
      'The list in pages of 1 is ["B",',
    ],
    'begins a page with the last key of the one before': [
      paging((keys, { after: last }) => keys.slice(last === undefined ? 0 : keys.indexOf(last))),
      'The list in pages of 1 is ["B","B",',
    ],
    'leaves out what follows a page': [
      paging((keys, { after: last }) => after(keys, last).slice(last === undefined ? 0 : 1)),
      'The list in pages of 1 is ["B","a",',
    ],
    'gives one more than was asked for': [
      paging((keys, { prefix, after: last }) => after(matching(keys, prefix), last), 1),
      'The list in pages of 1 is ["B","_","(a page of 2 keys)"], not',
    ],
    'gives all there is, whatever was asked for': [
      paging((keys, { prefix, after: last }) => after(matching(keys, prefix), last), 1000),
      'The list in pages of 1 is ["B","_","(a page of 16 keys)"], not',
    ],
    'names no end': [
      (reference) => ({ list: async (input) => ({ keys: (await reference.list(input)).keys, next: 'z' }) }),
      /^The list in pages of 1 is \["B"(,"\u00e9"){40}/,
    ],
    'takes no notice of the prefix': [
      paging((keys, { after: last }) => after(keys, last)),
      'The list of the prefix "a" is ["B",',
    ],
    'takes a per cent sign in a prefix for anything': [
      paging((keys, { prefix, after: last }) => after(matching(keys, prefix.replace('%', '')), last)),
      'The list of the prefix "a%", which is no wildcard is ["a",',
    ],
    'lists everything when nothing has the prefix': [
      paging((keys, { prefix, after: last }) => {
        const found = matching(keys, prefix);
        return after(found.length === 0 ? keys : found, last);
      }),
      'The list of a prefix nobody uses is ["B",',
    ],
    'goes on at a position': [
      (reference, { memory }) => ({
        list: async ({ after: last, limit, ...input }) => {
          const at = last === undefined ? 0 : Number(memory.get('at'));
          memory.set('at', at + limit);
          const { keys } = await reference.list({ ...input, limit: 1000 });
          const page = keys.slice(at, at + limit);
          return { keys: page, next: keys.length > at + limit ? (page.at(-1) ?? null) : null };
        },
      }),
      'The list while keys already named are deleted is',
    ],
  },
  'STA-15': {
    'folds keys': [
      naming(({ key }) => ({ key: key.toLowerCase() })),
      'The value of "plain" is "value 1", not "value 0".',
    ],
    'trims the end of keys': [
      naming(({ key }) => ({ key: key.trimEnd() || key })),
      'The value of "plain" is "value 2", not "value 0".',
    ],
    'ends keys at NUL': [
      naming(({ key }) => ({ key: key.split('\u0000')[0] ?? '' })),
      'The value of "plain" is "value 6", not "value 0".',
    ],
    'decodes keys': [
      naming(({ key }) => ({ key: key.replace('%70', 'p') })),
      'The value of "plain" is "value 14", not "value 0".',
    ],
    'walks paths': [
      naming(({ key }) => ({ key: key.replace(/^\.{1,2}\//, '') })),
      'The value of "plain" is "value 13", not "value 0".',
    ],
    'takes keys for numbers': [
      naming(({ key }) => ({ key: /^\d+$/.test(key) ? String(Number(key)) : key })),
      'The value of "0" is "value 24", not "value 23".',
    ],
    'cuts keys by one byte': [
      naming(({ key }) => ({ key: key.slice(0, 1023) })),
      /^The value of "x{40}" is "value 26", not "value 25"\.$/,
    ],
    'deletes keys that begin alike': [
      (reference) => ({
        delete: async (input) => {
          await reference.delete({ ...input, key: `${input.key}/` });
          return await reference.delete(input);
        },
      }),
      'The list of keys after it is',
    ],
    'does not say that it deleted': [deleting(() => false), 'The delete of one key is {"deleted":false}'],
    'lists keys in another form': [
      (reference) => ({
        list: async (input) => ({
          keys: (await reference.list(input)).keys.map((key) => key.normalize('NFC')),
          next: null,
        }),
      }),
      'The list of all keys is',
    ],
  },
  'STA-16': {
    'takes nothing for no value': [
      reading((entry) => (entry?.value === '' ? null : entry)),
      'The value of an empty text came back changed.',
    ],
    'trims values': [storing((value) => value.replace(/^ +$/, '')), 'The value of a space came back changed.'],
    'ends values at NUL': [storing((value) => value.split('\u0000')[0] ?? ''), 'The value of NUL came back changed.'],
    'writes line ends its own way': [
      storing((value) => value.replaceAll('\r\n', '\n')),
      'The value of line ends came back changed.',
    ],
    'writes JSON its own way': [
      storing((value) => (value.startsWith('{') ? JSON.stringify(JSON.parse(value)) : value)),
      'The value of what looks like JSON came back changed.',
    ],
    'takes the word null for no value': [
      reading((entry) => (entry?.value === 'null' ? null : entry)),
      'The value of the word null came back changed.',
    ],
    'writes numbers its own way': [
      storing((value) => (/^[0-9.]+$/.test(value) ? String(Number(value)) : value)),
      'The value of a number with zeros came back changed.',
    ],
    'composes letters': [
      storing((value) => value.normalize('NFC')),
      'The value of decomposed letters came back changed.',
    ],
    'knows no letters beyond 16 bits': [
      storing((value) => value.replace(/[\u{10000}-\u{10ffff}]/gu, '?')),
      'The value of an emoji came back changed.',
    ],
    'cuts values by one byte': [
      storing((value) => value.slice(0, 2 ** 18 - 1)),
      'The value of the most of ASCII came back changed.',
    ],
    'counts letters where it is about bytes': [
      storing((value) => (value.startsWith('é') ? value.slice(0, 2 ** 16) : value)),
      'The value of the most of two-byte letters came back changed.',
    ],
  },
  'STA-17': {
    'keeps one map for all tenants': [naming(() => ({ tenant: 'all' })), 'The keys of a is ["bc","c"], not ["bc"].'],
    'joins tenant and key': [
      naming(({ tenant, key }) => ({ tenant: 'all', key: tenant + key })),
      'The entry of a is "of ab", not "of a".',
    ],
    'lists tenants whose names begin alike': [
      (reference, { context }) => ({
        list: async ({ tenant }) => {
          const entries = await context.kv('data').list({ prefix: tenant, limit: 1000 });
          const keys = entries.map(({ key }) => key.slice(key.indexOf('/') + 1));
          return tenant === 'a' ? { keys, next: null } : await reference.list({ tenant, prefix: '', limit: 1000 });
        },
      }),
      'The keys of a is ["c","bc","c"], not ["bc"].',
    ],
    'reads what other tenants have': [
      (reference) => ({
        get: async (input) => {
          const own = await reference.get(input);
          return own.entry === null ? await reference.get({ ...input, tenant: 'ab' }) : own;
        },
      }),
      'A foreign key is {"entry":{"value":"of ab"',
    ],
    'creates no key that another tenant has': [
      (reference) => ({
        put: (input) => (input.ifRevision === 0 ? Promise.reject(conflict(1)) : reference.put(input)),
      }),
      'The pack gave state/conflict',
    ],
    'deletes nothing': [deleting(() => false), 'The delete of the tenant’s own key is {"deleted":false}'],
    'deletes the key of every tenant': [
      (reference) => ({
        delete: async (input) => {
          for (const tenant of ['ab', 'a-b', '_env']) await reference.delete({ ...input, tenant });
          return await reference.delete(input);
        },
      }),
      'The entry of ab after the delete is nothing, not "of ab".',
    ],
    'says that it deleted what others have': [
      deleting(() => true),
      'The delete of a foreign key is {"deleted":true}, not {"deleted":false}.',
    ],
  },
} as const satisfies Readonly<Record<string, Lapses<'state'>>>;
