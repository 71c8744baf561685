import { PackError, type Secrets } from '@greentic/sdk';
import { referenceSecrets } from '../../mutants/secrets/reference.ts';
import type { Lapse, Lapses } from '../../testing/lapse-trial.ts';
import { excusing, paging, reading } from './lapse.fixture.ts';

/** Keeps the value once more, in a spelling that hides nothing. */
function copying(spell: (bytes: Buffer) => string): Lapse<'secrets'> {
  return (reference, { context }) => ({
    put: async (input) => {
      const writes = [{ key: `copy/${input.name}`, value: spell(Buffer.from(input.value, 'base64')) }];
      await context.kv('data').commit({ writes });
      return await reference.put(input);
    },
  });
}

const lies = (form: string) => `The list of forms in which a value lies on the disk is ["${form}"`;
const after = (names: string[], last: string | undefined) =>
  names.slice(last === undefined ? 0 : names.indexOf(last) + 1);

/** Binds what it stores to less than tenant, name and version. */
function binding(contextOf: (key: string, version: number) => string): Lapse<'secrets'> {
  return (_reference, { context }) => referenceSecrets(context.kv('data'), context.seal('data'), contextOf);
}

/** Remembers what it read, and answers with that when the stored bytes were changed. */
const remembering: Lapse<'secrets'> = (reference) => {
  const last = new Map<string, Awaited<ReturnType<Secrets['get']>>>();
  return {
    get: async (input) => {
      const key = `${input.tenant}/${input.name}`;
      const found = await reference.get(input).catch((error: unknown) => {
        const before = last.get(key);
        if (before === undefined) throw error;
        return { ...before, version: before.version + 1 };
      });
      last.set(key, found);
      return found;
    },
  };
};

/** Lapses about what lies on the disk, and about lists. */
export const STORAGE_LAPSES = {
  'SEC-05': {
    'keeps a plain copy': [copying((bytes) => bytes.toString()), lies('plain')],
    'keeps a copy written backwards': [copying((bytes) => bytes.reverse().toString()), lies('reversed')],
    'keeps a copy in hexadecimal': [copying((bytes) => bytes.toString('hex')), lies('hex')],
    'keeps a copy in upper-case hexadecimal': [
      copying((bytes) => bytes.toString('hex').toUpperCase()),
      lies('upper-case hex'),
    ],
    'keeps a copy in base64': [copying((bytes) => bytes.toString('base64')), lies('base64 (2)')],
    'keeps a copy in UTF-16': [copying((bytes) => Buffer.from(bytes.toString(), 'utf16le').toString()), lies('utf-16')],
    'writes values to its log': [
      (reference, { context }) => ({
        put: async (input) => {
          await context.log.write({ level: 'debug', message: 'put', fields: { value: atob(input.value) } });
          return await reference.put(input);
        },
      }),
      'A value stands in the pack’s log.',
    ],
    'prints values': [
      (reference, { print }) => ({
        put: (input) => {
          print(`storing ${atob(input.value)}`);
          return reference.put(input);
        },
      }),
      'A value stands in the pack’s log.',
    ],
    'hides values from their owner as well': [
      reading((found) => ({ ...found, value: 'KioqKg==' })),
      'The secret is "KioqKg==", not "',
    ],
  },
  'SEC-15': {
    'lists in the order of letters': [
      paging((names, { after: last }) => {
        const sorted = names.toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)).toReversed();
        return after(sorted, last);
      }),
      'The names in pages of 1 is',
    ],
    'begins a page with the last name of the one before': [
      paging((names, { after: last }) => names.slice(last === undefined ? 0 : names.indexOf(last))),
      'The names in pages of 1 is ["A","A",',
    ],
    'leaves out what follows a page': [
      paging((names, { after: last }) => after(names, last).slice(last === undefined ? 0 : 1)),
      'The names in pages of 1 is ["A","a-b",',
    ],
    'gives one more than was asked for': [
      paging((names, { after: last }) => after(names, last), 1),
      'The names in pages of 1 is ["A","a","(a page of 2 names)"], not',
    ],
    'names no end': [
      (reference) => ({ list: async (input) => ({ names: (await reference.list(input)).names, next: 'a' }) }),
      /^The names in pages of 1 is .*"\(the pages never end\)"\], not/,
    ],
    'lists tenants whose names begin alike': [
      (reference) => ({
        list: async (input) => {
          const { names, next } = await reference.list(input);
          if (input.tenant !== 'acme' || next !== null) return { names, next };
          return { names: [...names, ...(await reference.list({ ...input, tenant: 'acme2' })).names], next };
        },
      }),
      /^The names in pages of 1 is .*(of-acme2|a page of 2 names)/,
    ],
    'lists nothing for the environment': [
      (reference) => ({
        list: async (input) => (input.tenant === '_env' ? { names: [], next: null } : await reference.list(input)),
      }),
      'The names of the environment is [], not ["of-_env"].',
    ],
    'lists what somebody has for a tenant without any': [
      (reference) => ({
        list: (input) => reference.list(input.tenant === 'nobody' ? { ...input, tenant: 'rival' } : input),
      }),
      'The names of a tenant without any is ["of-rival"], not [].',
    ],
    'lists the deleted': [
      () => ({ delete: async () => ({ deleted: true }) }),
      'The names after a delete, in pages of 2 is ["A","a","a-b","a.b","a/b"',
    ],
  },
  'SEC-16': {
    'gives nothing for what was changed': [
      excusing('secret/integrity', () => ({ value: '', version: 1 })),
      /^A secret with a bit changed at byte \d+ was not refused with secret\/integrity: it gave {"value":"","version":1}\.$/,
    ],
    'takes what was changed for missing': [
      excusing('secret/integrity', () => Promise.reject(new PackError('secret/not-found', 'None.'))),
      /^A secret with a bit changed at byte \d+ was refused with secret\/not-found \(None\.\), not with secret\/integrity\.$/,
    ],
    'gives what it remembers under a version of its own': [
      remembering,
      /^A secret with a bit changed at byte \d+ was not refused with secret\/integrity/,
    ],
    'never opens again what was changed once': [
      (reference) => {
        let broken = false;
        return {
          get: async (input) => {
            if (broken) throw new PackError('secret/integrity', 'It was changed.');
            return await reference.get(input).catch((error: unknown) => {
              broken = true;
              throw error;
            });
          },
        };
      },
      'The pack gave secret/integrity: It was changed.',
    ],
    'gives nothing any more for what was changed once': [
      (reference) => {
        let broken = false;
        return {
          get: async (input) => {
            const found = await reference.get(input).catch((error: unknown) => {
              broken = true;
              throw error;
            });
            return broken ? { ...found, value: '' } : found;
          },
        };
      },
      /^The secret once everything is put back is \{"value":"","version":1\}, not \{"value":"[^"]/,
    ],
    'notices one half of an exchange': [
      excusing('secret/integrity', ({ name }) => {
        if (name === 'api/other') return { value: '', version: 1 };
        throw new PackError('secret/integrity', 'It was changed.');
      }),
      /^A secret after an exchange of acme\/api\/token and acme\/api\/other was not refused with secret\/integrity/,
    ],
    'notices the other half of an exchange': [
      (reference, scene) =>
        scene.life === 1
          ? {}
          : excusing('secret/integrity', ({ tenant, name }) => {
              if (tenant === 'acme' && name === 'api/token') return { value: '', version: 1 };
              throw new PackError('secret/integrity', 'It was changed.');
            })(reference, scene),
      /^A secret after an exchange of acme\/api\/token and acme\/api\/other was not refused with secret\/integrity/,
    ],
    'binds what it stores to its version alone': [
      binding((_key, version) => String(version)),
      /^A secret after an exchange of acme\/api\/token and acme\/api\/other was not refused with secret\/integrity/,
    ],
    'binds what it stores to name and version alone': [
      binding((key, version) => `${version}${key.slice(key.indexOf('/'))}`),
      /^A secret after an exchange of acme\/api\/token and rival\/api\/token was not refused with secret\/integrity/,
    ],
  },
} as const satisfies Readonly<Record<string, Lapses<'secrets'>>>;
