import { appendFile, mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { forging, type IndexAttack, type IndexForge, signedFile } from '../testing/index-forge.ts';
import { KEYS } from '../testing/sample-registry.ts';
import { METADATA_MAX_BYTES } from '../tuf/signed.ts';

const ROLES = ['targets', 'acme', 'snapshot', 'timestamp'] as const;
const blanks = (text: string) => `${text}${' '.repeat(METADATA_MAX_BYTES.timestamp)}`;
const padTo = (bytes: number) => (signed: Record<string, unknown>) => {
  signed['padding'] = 'x'.repeat(bytes);
};

/** A file that has no end, as far as anybody will read: a hole of a terabyte. */
async function endless(_forge: IndexForge, path: string): Promise<void> {
  await appendFile(path, '');
  await truncate(path, 2 ** 40);
}

/** Somebody answers with more than anybody should read. */
export const INDEX_ENDLESS: readonly IndexAttack[] = [
  ...ROLES.map(
    (role): IndexAttack => ({
      name: `${role} metadata without an end`,
      code: 'index/invalid',
      fresh: true,
      attack: async (forge) => endless(forge, (await forge.file(role)).path),
    }),
  ),
  {
    name: 'a next root without an end',
    code: 'index/invalid',
    attack: (forge) => endless(forge, join(forge.tuf, '2.root.json')),
  },
  {
    name: 'a versions document without an end',
    code: 'index/invalid',
    attack: async (forge) => {
      const { signed } = await forge.file('acme');
      const [[path, { hashes }]] = Object.entries(signed.targets) as [[string, { hashes: { sha256: string } }]];
      await endless(forge, join(forge.tuf, 'targets', path.replace('/', `/${hashes.sha256}.`)));
    },
  },
  forging('a timestamp of more than 16 kB, rightly signed', {
    edit: { timestamp: padTo(METADATA_MAX_BYTES.timestamp) },
  }),
  forging('a next root of more than 512 kB, rightly signed', { edit: { root: padTo(METADATA_MAX_BYTES.root) } }),
  forging('a snapshot of more than 2 MB, rightly signed', { edit: { snapshot: padTo(METADATA_MAX_BYTES.snapshot) } }),
  forging('targets of more than 5 MB, rightly signed', { edit: { targets: padTo(METADATA_MAX_BYTES.targets) } }),
  forging('a snapshot longer than the timestamp says', { swap: { snapshot: (text) => `${text} ` } }),
  forging('targets longer than the snapshot says', { swap: { targets: (text) => `${text} ` } }),
  forging('a namespace role longer than the snapshot says', { swap: { acme: (text) => `${text} ` } }),
  forging('a namespace role shorter than the snapshot says', { swap: { acme: (text) => text.slice(0, -1) } }),
  forging('a timestamp followed by blanks', { swap: { timestamp: blanks } }),
  forging('a timestamp nested without an end', { swap: { timestamp: () => '['.repeat(16_000) } }),
  forging('more signatures than anybody counts', {
    file: {
      timestamp: ({ signatures, signed }) => ({
        signed,
        signatures: [
          ...signatures,
          ...Array.from({ length: 64 }, (_, i) => ({ keyid: i.toString(16).padStart(64, '0'), sig: '00' })),
        ],
      }),
    },
  }),
  forging('a role with more keys than anybody counts', {
    edit: {
      root: (signed) => {
        signed.roles.timestamp.keyids.push(...Array.from({ length: 64 }, (_, i) => i.toString(16).padStart(64, '0')));
      },
    },
  }),
  {
    name: 'a folder in the place of the timestamp',
    code: 'registry/unreachable',
    attack: async (forge) => {
      await rm(join(forge.tuf, 'timestamp.json'));
      await mkdir(join(forge.tuf, 'timestamp.json'));
    },
  },
  {
    name: 'more roots than anybody follows',
    code: 'index/invalid',
    attack: async (forge) => {
      const { signed } = await forge.file('root');
      const signers = [KEYS.rootOne.secretKey, KEYS.rootTwo.secretKey];
      for (let version = 2; version <= 258; version++)
        await writeFile(
          join(forge.tuf, `${version}.root.json`),
          JSON.stringify(signedFile({ ...signed, version }, signers)),
        );
    },
  },
];
