import { signBytes } from '@greentic/core';
import { forging, type IndexAttack, type Wild } from '../testing/index-forge.ts';
import { KEYS } from '../testing/sample-registry.ts';
import { tufKeyId } from '../tuf/metadata.ts';

/** A timestamp, rightly signed, with one member of another form. */
const timestamp = (name: string, edit: (signed: Wild) => void) => forging(name, { edit: { timestamp: edit } });
const member = (field: string, values: readonly unknown[]) =>
  values.map((value) =>
    timestamp(`${field} ${value === undefined ? 'missing' : JSON.stringify(value)}`, (signed) => {
      signed[field] = value;
    }),
  );
/** A timestamp whose text was written by hand. */
const text = (name: string, swap: (text: string) => string) => forging(name, { swap: { timestamp: swap } });

/** Keys of the next root, rightly signed, in a form nobody takes. */
const key = (name: string, change: (key: Wild) => void) =>
  forging(`a key ${name}`, { edit: { root: ({ keys }) => change(keys[tufKeyId(KEYS.timestamp.secretKey)]) } });

const PEM =
  '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n';

/** Somebody writes metadata in a form that readers might understand in different ways. */
export const INDEX_FORM: readonly IndexAttack[] = [
  ...member('spec_version', [undefined, '2.0.0', '0.9', '1', '1.0.0.0', '1.x', '01.0.31', ' 1.0.31', 1, '']),
  ...member('version', [undefined, '4', '4.0', 4.5, 0, -4, 1e21, 2 ** 53, 2 ** 31, null, [4], true]),
  ...member('expires', [
    undefined,
    '2031-06-01',
    '2031-06-01T00:00:00',
    '2031-06-01T00:00:00.000Z',
    '2031-06-01T00:00:00+00:00',
    '2031-06-01 00:00:00Z',
    '2031-02-30T00:00:00Z',
    '2031-06-01T24:00:00Z',
    '+012031-06-01T00:00:00Z',
    'Sun, 01 Jun 2031 00:00:00 GMT',
    '2031',
    1_938_000_000,
    null,
    '',
  ]),
  ...member('_type', [undefined, 'Timestamp', 'mirrors', 'root', '']),
  timestamp('a timestamp that names two snapshots', ({ meta }) => {
    meta['../snapshot.json'] = meta['snapshot.json'];
  }),
  timestamp('a timestamp that names none', (signed) => {
    signed.meta = {};
  }),
  timestamp('a snapshot of negative length', ({ meta }) => {
    meta['snapshot.json'].length = -1;
  }),
  timestamp('a snapshot of no version', ({ meta }) => {
    meta['snapshot.json'].version = 0;
  }),
  timestamp('a snapshot whose version leads elsewhere', ({ meta }) => {
    meta['snapshot.json'].version = '../1';
  }),
  timestamp('a snapshot without a hash', ({ meta }) => {
    delete meta['snapshot.json'].hashes;
  }),
  forging('a role whose version in the snapshot leads elsewhere', {
    edit: {
      snapshot: ({ meta }) => {
        meta['acme.json'].version = '../../1';
      },
    },
  }),
  forging('a role of negative length', {
    edit: {
      snapshot: ({ meta }) => {
        meta['acme.json'].length = -5;
      },
    },
  }),
  text('a version twice, the right one last', (file) => file.replace('"version"', '"version":99,"version"')),
  text('a version twice, once in another spelling', (file) =>
    file.replace('"version"', '"vers\\u0069on":99,"version"'),
  ),
  text('the signed part twice', (file) => file.replace('"signed"', '"signed":{},"signed"')),
  text('the signatures twice', (file) => file.replace('"signatures"', '"signatures":[],"signatures"')),
  text('a key of every object', (file) => file.replace('{', '{"__proto__":{},')),
  text('more behind the end', (file) => `${file}{}`),
  text('a mark of byte order before it', (file) => `\ufeff${file}`),
  text('a comment in it', (file) => `/* */${file}`),
  text('a comma too many', (file) => file.replace(/\}$/, ',}')),
  text('nothing', () => ''),
  text('a list', () => '[]'),
  text('null', () => 'null'),
  text('a field put in after it was signed', (file) => file.replace('"signed":{', '"signed":{"added":1,')),
  text('a field taken out after it was signed', (file) => file.replace(/"spec_version":"[^"]*",/, '')),
  text('signatures that are no list', (file) => file.replace(/"signatures":\[(.*?)\]/, '"signatures":{"0":$1}')),
  text('a signature in capitals', (file) =>
    file.replace(/"sig":"[0-9a-f]*"/, (sig) => sig.toUpperCase().replace('SIG', 'sig')),
  ),
  forging('a signature over the text as it is written, not over its canonical form', {
    file: {
      timestamp: ({ signed }) => {
        const sig = Buffer.from(signBytes(Buffer.from(JSON.stringify(signed, null, 1)), KEYS.timestamp.secretKey));
        return { signed, signatures: [{ keyid: tufKeyId(KEYS.timestamp.secretKey), sig: sig.toString('hex') }] };
      },
    },
  }),
  key('of type rsa', (value) => {
    value.keytype = 'rsa';
  }),
  key('of a type in capitals', (value) => {
    value.keytype = 'ED25519';
  }),
  key('of no type', (value) => {
    delete value.keytype;
  }),
  key('with the scheme of another type', (value) => {
    value.scheme = 'rsassa-pss-sha256';
  }),
  key('with no scheme', (value) => {
    delete value.scheme;
  }),
  key('in PEM', (value) => {
    value.keyval.public = PEM;
  }),
  key('in capitals', (value) => {
    value.keyval.public = value.keyval.public.toUpperCase();
  }),
  key('cut short', (value) => {
    value.keyval.public = value.keyval.public.slice(2);
  }),
  key('with more behind it', (value) => {
    value.keyval.public += '00';
  }),
  key('that is no text', (value) => {
    value.keyval.public = 7;
  }),
];
