import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { forging, type IndexAttack, type IndexForge } from '../testing/index-forge.ts';
import { samplePack } from '../testing/sample-registry.ts';

/** Puts one role's file in the place of another's. */
async function swap(forge: IndexForge, from: Parameters<IndexForge['file']>[0], to: Parameters<IndexForge['file']>[0]) {
  await copyFile((await forge.file(from)).path, (await forge.file(to)).path);
}

const ROLES = ['root', 'targets', 'acme', 'snapshot', 'timestamp'] as const;
const PAIRS = ROLES.flatMap((from) => ROLES.filter((to) => to !== from && to !== 'root').map((to) => ({ from, to })));

/** Somebody shows parts that were never right together. */
export const INDEX_MIX: readonly IndexAttack[] = [
  ...PAIRS.map(
    ({ from, to }): IndexAttack => ({
      name: `the file of ${from} in the place of ${to}`,
      code: 'index/invalid',
      fresh: true,
      attack: async (forge) => {
        await swap(forge, from, to);
      },
    }),
  ),
  {
    name: 'a present timestamp with the targets of another time',
    code: 'index/invalid',
    attack: async (forge) => {
      const former = await forge.file('targets');
      await forge.forge({ edit: { targets: () => undefined } });
      await writeFile((await forge.file('targets')).path, former.text);
    },
  },
  forging(
    'a snapshot whose own version is not the one the timestamp names',
    {
      edit: {
        snapshot: (signed) => {
          signed.version += 5;
        },
      },
    },
    'index/rollback',
  ),
  forging(
    'targets whose own version is not the one the snapshot names',
    {
      edit: {
        targets: (signed) => {
          signed.version += 5;
        },
      },
    },
    'index/rollback',
  ),
  forging(
    'a namespace role whose own version is not the one the snapshot names',
    {
      edit: {
        acme: (signed) => {
          signed.version += 5;
        },
      },
    },
    'index/rollback',
  ),
  forging(
    'a snapshot of another hash than the timestamp names',
    {
      edit: {
        timestamp: (signed) => {
          signed.meta['snapshot.json'].hashes.sha256 = '0'.repeat(64);
        },
      },
    },
    'index/invalid',
    { fresh: true },
  ),
  forging('targets of another hash than the snapshot names', {
    edit: {
      snapshot: (signed) => {
        signed.meta['targets.json'].hashes.sha256 = '0'.repeat(64);
      },
    },
  }),
  forging('a namespace role of another hash than the snapshot names', {
    edit: {
      snapshot: (signed) => {
        signed.meta['acme.json'].hashes.sha256 = '0'.repeat(64);
      },
    },
  }),
  forging('a role that a second hash of the snapshot does not fit', {
    edit: {
      snapshot: (signed) => {
        signed.meta['acme.json'].hashes.sha512 = '0'.repeat(128);
      },
    },
  }),
  forging('a role whose hash is by an algorithm nobody knows', {
    edit: {
      snapshot: (signed) => {
        signed.meta['acme.json'].hashes.rot13 = '0';
      },
    },
  }),
  {
    name: 'a timestamp that names the snapshot of another registry',
    code: 'index/invalid',
    attack: async (forge) => {
      const { text } = await forge.file('snapshot');
      await writeFile(join(forge.tuf, '99.snapshot.json'), text);
      await forge.forge({
        edit: {
          timestamp: (signed) => {
            signed.meta = { '99.snapshot.json': signed.meta['snapshot.json'] };
          },
        },
      });
    },
  },
  {
    name: 'the versions document of another time under the present digest',
    code: 'index/invalid',
    attack: async (forge) => {
      const former = await documentOf(forge);
      const bytes = await readFile(former);
      await forge.registry.publish(samplePack('1.1.0'));
      await writeFile(await documentOf(forge), bytes);
    },
  },
];

async function documentOf(forge: IndexForge): Promise<string> {
  const { signed } = await forge.file('acme');
  const [[path, { hashes }]] = Object.entries(signed.targets) as [[string, { hashes: { sha256: string } }]];
  const [namespace, file] = path.split('/');
  return join(forge.tuf, 'targets', namespace ?? '', `${hashes.sha256}.${file}`);
}
