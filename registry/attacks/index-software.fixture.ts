import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, hexOf } from '@greentic/core';
import { forging, type IndexAttack, type IndexForge, type Wild } from '../testing/index-forge.ts';
import { SAMPLE } from '../testing/sample-registry.ts';
import { documentPath } from '../tuf/metadata.ts';

const PATH = documentPath('acme', SAMPLE);
const fileOf = (forge: IndexForge, sha256: string) => join(forge.tuf, 'targets', PATH.replace('/', `/${sha256}.`));

/** What a rightly signed role says of the sample's target, changed. */
const target = (name: string, change: (facts: Wild) => unknown, code: IndexAttack['code'] = 'index/invalid') =>
  forging(
    name,
    {
      edit: {
        acme: (signed) => {
          signed.targets[PATH] = change(signed.targets[PATH]);
        },
      },
    },
    code,
  );

/** A rightly signed role that names another document, which is there. */
const document = (name: string, change: (document: Wild) => void): IndexAttack => ({
  name,
  code: 'index/invalid',
  attack: async (forge) => {
    const { signed } = await forge.file('acme');
    const former = JSON.parse(await readFile(fileOf(forge, signed.targets[PATH].hashes.sha256), 'utf8'));
    change(former);
    const bytes = Buffer.from(JSON.stringify(former));
    const sha256 = hexOf(digestOf(bytes));
    await writeFile(fileOf(forge, sha256), bytes);
    await forge.forge({
      edit: {
        acme: (role) => {
          role.targets[PATH] = { length: bytes.byteLength, hashes: { sha256 } };
        },
      },
    });
  },
});

/** Somebody gives out something else than what was published. */
export const INDEX_SOFTWARE: readonly IndexAttack[] = [
  target(
    'a target of another hash',
    (facts) => ({ ...facts, hashes: { sha256: '0'.repeat(64) } }),
    'registry/incomplete',
  ),
  target('a target longer than its role says', (facts) => ({ ...facts, length: facts.length - 1 })),
  target('a target shorter than its role says', (facts) => ({ ...facts, length: facts.length + 1 })),
  target('a target of negative length', (facts) => ({ ...facts, length: -1 })),
  target('a target of half a byte more', (facts) => ({ ...facts, length: facts.length + 0.5 })),
  target('a target whose length is text', (facts) => ({ ...facts, length: String(facts.length) })),
  target('a target without a hash', (facts) => ({ ...facts, hashes: {} })),
  target('a target with a weak hash only', (facts) => ({ ...facts, hashes: { md5: '0'.repeat(32) } })),
  target('a target whose hash leads out of the folder', (facts) => ({
    ...facts,
    hashes: { sha256: '../../../../etc/passwd' },
  })),
  target('a target with its hash in capitals', (facts) => ({
    ...facts,
    hashes: { sha256: facts.hashes.sha256.toUpperCase() },
  })),
  target('no target of that name', () => undefined, 'pack/not-found'),
  {
    name: 'another document under the right digest',
    code: 'index/invalid',
    attack: async (forge) => {
      const { signed } = await forge.file('acme');
      await writeFile(
        fileOf(forge, signed.targets[PATH].hashes.sha256),
        JSON.stringify({ schema: 'greentic.versions/1', name: SAMPLE, versions: [] }),
      );
    },
  },
  {
    name: 'no document under the right digest',
    code: 'registry/incomplete',
    attack: async (forge) => {
      const { signed } = await forge.file('acme');
      await rm(fileOf(forge, signed.targets[PATH].hashes.sha256));
    },
  },
  {
    name: 'the document where a client without consistent snapshots would look',
    code: 'registry/incomplete',
    attack: async (forge) => {
      const { signed } = await forge.file('acme');
      const file = fileOf(forge, signed.targets[PATH].hashes.sha256);
      await copyFile(file, join(forge.tuf, 'targets', PATH));
      await rm(file);
    },
  },
  document('a document of another name', (value) => {
    value.name = 'acme.state.other';
  }),
  document('a document of another schema', (value) => {
    value.schema = 'greentic.versions/9';
  }),
  document('a document that names one version twice', (value) => {
    value.versions.push(value.versions[0]);
  }),
  document('a version whose digest is none', (value) => {
    value.versions[0].digest = 'sha256:../..';
  }),
  document('a version of negative size', (value) => {
    value.versions[0].size = -1;
  }),
];
