import { writeFile } from 'node:fs/promises';
import { forging, type IndexAttack } from '../testing/index-forge.ts';
import { samplePack } from '../testing/sample-registry.ts';

/** Somebody shows an index, or a part of it, that is older than the one seen before. */
export const INDEX_ROLLBACK: readonly IndexAttack[] = [
  {
    name: 'the whole index as it was earlier',
    code: 'index/rollback',
    attack: async (forge) => {
      const putBack = await forge.backup();
      await forge.goOn();
      await putBack();
    },
  },
  {
    name: 'the timestamp as it was earlier',
    code: 'index/rollback',
    attack: async (forge) => {
      const putBack = await forge.backup();
      await forge.goOn();
      await putBack('timestamp.json');
    },
  },
  {
    name: 'an earlier index, once the newer one was seen by a question that failed',
    code: 'index/rollback',
    attack: async (forge) => {
      const putBack = await forge.backup();
      await forge.registry.publish(samplePack('1.1.0'));
      await forge.registry.install({ range: '9.9.9' }).catch(() => undefined);
      await putBack();
    },
  },
  forging(
    'a newer timestamp that names an older snapshot',
    {
      edit: {
        timestamp: (signed) => {
          signed.meta['snapshot.json'].version -= 1;
        },
      },
    },
    'index/rollback',
  ),
  forging(
    'a newer snapshot that names older targets',
    {
      edit: {
        snapshot: (signed) => {
          signed.meta['targets.json'].version -= 1;
        },
      },
    },
    'index/rollback',
  ),
  {
    name: 'a newer snapshot that names an older role of one namespace',
    code: 'index/rollback',
    attack: async (forge) => {
      await forge.goOn();
      await forge.forge({
        edit: {
          snapshot: (signed) => {
            signed.meta['acme.json'].version -= 1;
          },
        },
      });
    },
  },
  forging('a newer snapshot that drops a namespace', {
    edit: {
      snapshot: (signed) => {
        delete signed.meta['acme.json'];
      },
    },
  }),
  forging('a newer snapshot that drops the targets', {
    edit: {
      snapshot: (signed) => {
        delete signed.meta['targets.json'];
      },
    },
  }),
  {
    name: 'an older snapshot under the number of the present one',
    code: 'index/invalid',
    attack: async (forge) => {
      const former = await forge.file('snapshot');
      await forge.registry.publish(samplePack('1.1.0'));
      const present = await forge.file('snapshot');
      await writeFile(present.path, former.text);
    },
  },
  {
    name: 'an older namespace role under the number of the present one',
    code: 'index/invalid',
    attack: async (forge) => {
      const former = await forge.file('acme');
      await forge.registry.publish(samplePack('1.1.0'));
      const present = await forge.file('acme');
      await writeFile(present.path, former.text);
    },
  },
  forging('a next root with the version of the present one', {
    edit: {
      root: (signed) => {
        signed.version = 1;
      },
    },
  }),
];
