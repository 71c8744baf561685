import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateKeyPair } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { IndexForge, signedFile, type Wild } from '../testing/index-forge.ts';
import { daysLater, ROLE_KEYS, SampleRegistry, samplePack } from '../testing/sample-registry.ts';
import { tufKeyOf } from './metadata.ts';

const PAIRS = Array.from({ length: 10 }, (_, i) => generateKeyPair(new Uint8Array(32).fill(100 + i)));
const TUF_KEYS = PAIRS.map(({ publicKey }) => tufKeyOf(publicKey));
const secret = (i: number) => PAIRS[i]?.secretKey ?? '';

/** One root: which keys it names, how many of them have to sign, and who signed it. */
type Step = [keys: readonly number[], threshold: number, signers: readonly number[]];
const ALL = [0, 1, 2, 3, 4];

/** Sequences of roots, after the cases of the official TUF conformance suite. */
const ROOTS: { name: string; steps: Step[]; follows: boolean }[] = [
  {
    name: 'one key replaced',
    steps: [
      [[1], 1, [1]],
      [[2], 1, [2, 1]],
      [[2], 1, [2]],
    ],
    follows: true,
  },
  {
    name: 'one key replaced, with signatures nobody asked for',
    steps: [
      [[1], 1, [3, 1, 4]],
      [[2], 1, [3, 2, 1, 4]],
      [[2], 1, [3, 2, 4]],
    ],
    follows: true,
  },
  {
    name: 'three of five, other ones each time',
    steps: [
      [ALL, 3, [0, 2, 4]],
      [ALL, 3, [0, 4, 1]],
      [ALL, 3, [0, 1, 3]],
    ],
    follows: true,
  },
  {
    name: 'three of five, one replaced',
    steps: [
      [ALL, 3, [0, 2, 4]],
      [[0, 1, 3, 4, 5], 3, [0, 4, 1]],
    ],
    follows: true,
  },
  {
    name: 'three of five, one replaced in two steps',
    steps: [
      [ALL, 3, [0, 2, 4]],
      [[0, 1, 3, 4, 5], 3, [0, 2, 4, 5]],
      [[0, 1, 3, 4, 5], 3, [0, 4, 5]],
    ],
    follows: true,
  },
  {
    name: 'three of five, all replaced',
    steps: [
      [ALL, 3, [0, 2, 4]],
      [[5, 6, 7, 8, 9], 3, [0, 2, 4, 5, 6, 7]],
      [[5, 6, 7, 8, 9], 3, [5, 6, 7]],
    ],
    follows: true,
  },
  {
    name: 'a threshold raised from one to two',
    steps: [
      [[1, 2, 3], 1, [1]],
      [[1, 2, 3], 2, [1, 2]],
    ],
    follows: true,
  },
  {
    name: 'a threshold lowered from two to one',
    steps: [
      [[1, 2, 3], 2, [1, 2]],
      [[1, 2, 3], 1, [1, 2]],
      [[1, 2, 3], 1, [1]],
    ],
    follows: true,
  },
  {
    name: 'a second key that has to sign',
    steps: [
      [[1], 1, [1]],
      [[1, 2], 2, [1, 2]],
    ],
    follows: true,
  },
  {
    name: 'one key replaced, without the former one',
    steps: [
      [[1], 1, [1]],
      [[2], 1, [2, 3, 4]],
    ],
    follows: false,
  },
  {
    name: 'one key replaced, without the new one',
    steps: [
      [[1], 1, [1]],
      [[2], 1, [1, 3, 4]],
    ],
    follows: false,
  },
  {
    name: 'one of five replaced, without three new ones',
    steps: [
      [ALL, 3, [0, 2, 4]],
      [[0, 1, 3, 4, 5], 3, [0, 2, 4]],
    ],
    follows: false,
  },
  {
    name: 'one of five replaced, without three former ones',
    steps: [
      [ALL, 3, [0, 2, 4]],
      [[0, 1, 3, 4, 5], 3, [0, 4, 5]],
    ],
    follows: false,
  },
  {
    name: 'a threshold raised, and not reached',
    steps: [
      [[1, 2, 3], 1, [1]],
      [[1, 2, 3], 2, [2]],
    ],
    follows: false,
  },
  {
    name: 'a threshold lowered, the former one not reached',
    steps: [
      [[1, 2, 3], 2, [1, 2]],
      [[1, 2, 3], 1, [1]],
    ],
    follows: false,
  },
];

/** Gives a role keys and a threshold. */
function assign(signed: Wild, role: string, [keys, threshold]: Step): void {
  const named = keys.map((i) => TUF_KEYS[i] ?? { id: '', key: undefined });
  for (const { id, key } of named) signed.keys[id] = key;
  signed.roles[role] = { keyids: named.map(({ id }) => id), threshold };
}

/** Follows the roots of a registry from a pinned one. */
async function follow(registry: SampleRegistry, root: Wild): Promise<number> {
  const trustRoot = { ...registry.trustRoot, registries: [{ name: 'main', location: registry.folder, root }] };
  return (await registry.install({ trustRoot })).lockEntry.index.root;
}

describe('a sequence of roots', () => {
  test.each(ROOTS)('$name: followed is $follows', async ({ steps, follows }) => {
    await using registry = await SampleRegistry.create(ROLE_KEYS);
    await registry.publish(samplePack());
    const forge = new IndexForge(registry);
    const { signed } = await forge.file('root');
    const files = steps.map((step, i) => {
      const root = structuredClone(signed);
      assign(root, 'root', step);
      return signedFile({ ...root, version: i + 1 }, step[2].map(secret));
    });
    for (const [i, file] of files.entries())
      await writeFile(join(forge.tuf, `${i + 1}.root.json`), JSON.stringify(file));
    const followed = follow(registry, files[0]);
    if (follows) expect(await followed).toBe(files.length);
    else await expect(followed).rejects.toMatchObject({ code: 'index/invalid' });
  });
});

/** One new set of keys for a role below the root. */
const ROLES_BELOW: { name: string; step: Step; follows: boolean }[] = [
  { name: 'one key replaced', step: [[2], 1, [2]], follows: true },
  { name: 'one key, with signatures nobody asked for', step: [[1], 1, [3, 1, 4]], follows: true },
  { name: 'one key replaced, signed by others', step: [[2], 1, [1, 3, 4]], follows: false },
  { name: 'three of five, one signature by a key that is out', step: [[0, 1, 3, 4, 5], 3, [0, 2, 4]], follows: false },
  { name: 'three of five, two signatures', step: [[0, 1, 3, 4, 5], 3, [0, 4]], follows: false },
  { name: 'three of five, the even ones', step: [ALL, 3, [0, 2, 4]], follows: true },
  { name: 'three of five, the last ones', step: [ALL, 3, [2, 3, 4]], follows: true },
];

describe.each(['timestamp', 'snapshot', 'targets'] as const)('new keys for %s', (role) => {
  test.each(ROLES_BELOW)('$name: followed is $follows', async ({ step, follows }) => {
    await using registry = await SampleRegistry.create(ROLE_KEYS);
    await registry.publish(samplePack());
    await registry.install();
    const signers = { [role]: step[2].map(secret) };
    await new IndexForge(registry).forge({ edit: { root: (signed) => assign(signed, role, step) }, signers });
    const installed = registry.install();
    if (follows) expect((await installed).lockEntry.index.root).toBe(2);
    else await expect(installed).rejects.toMatchObject({ code: 'index/invalid' });
  });
});

describe('recovery from a stolen key that counted far ahead', () => {
  const FAR = 2 ** 31 - 1;
  const step: Step = [[1], 1, [1]];
  type Role = 'timestamp' | 'snapshot' | 'targets' | 'acme';
  const VOUCHED = { acme: 'snapshot', targets: 'snapshot', snapshot: 'timestamp' } as const;

  /** The attacker counts up, an environment sees it, and the owner puts everything back as it was. */
  async function overrun(role: Role) {
    const registry = await SampleRegistry.create(ROLE_KEYS);
    await registry.publish(samplePack());
    const forge = new IndexForge(registry);
    const putBack = await forge.backup();
    const { version } = (await forge.file(role)).signed;
    const count = { [role]: (signed: Wild) => Object.assign(signed, { version: FAR }) };
    const vouch = ({ meta }: Wild) => Object.assign(meta[`${role}.json`], { version: FAR });
    await forge.forge({ edit: role === 'timestamp' ? count : { ...count, [VOUCHED[role]]: vouch } });
    if (role !== 'timestamp') {
      await rename(join(forge.tuf, `${version + 1}.${role}.json`), join(forge.tuf, `${FAR}.${role}.json`));
    }
    expect(JSON.stringify((await registry.install()).lockEntry.index)).toContain(String(FAR));
    await putBack();
    await expect(registry.install()).rejects.toMatchObject({ code: 'index/rollback' });
    return { registry, forge };
  }

  /** The owner replaces an online key, and signs the index anew. */
  const rotate = (forge: IndexForge, role: 'timestamp' | 'snapshot') =>
    forge.forge({
      edit: { root: (signed) => assign(signed, role, step), snapshot: () => undefined },
      signers: { [role]: [secret(1)] },
    });

  const RECOVERIES = (['timestamp', 'snapshot', 'targets', 'acme'] as const).flatMap((role) =>
    (['timestamp', 'snapshot'] as const).map((rotated) => ({ role, rotated })),
  );
  test.each(RECOVERIES)(
    'the version of $role is forgotten when the $rotated key is replaced',
    async ({ role, rotated }) => {
      const { registry, forge } = await overrun(role);
      await using _ = registry;
      await rotate(forge, rotated);
      expect(JSON.stringify((await registry.install()).lockEntry.index)).not.toContain(String(FAR));
      expect((await registry.install()).lockEntry.index.root).toBe(2);
    },
  );

  test('they are not forgotten for a root that leaves the online keys as they are', async () => {
    const { registry, forge } = await overrun('timestamp');
    await using _ = registry;
    await forge.forge({ edit: { root: () => undefined, snapshot: () => undefined } });
    await expect(registry.install()).rejects.toMatchObject({ code: 'index/rollback' });
  });
});

describe('fields that nobody knows', () => {
  test('are signed with the rest, and accepted', async () => {
    await using registry = await SampleRegistry.create(ROLE_KEYS);
    await registry.publish(samplePack());
    const add = (signed: Wild) => {
      signed['x-new'] = { deep: [1, 'two', null] };
    };
    await new IndexForge(registry).forge({
      edit: {
        root: (signed) => {
          add(signed);
          for (const role of Object.values(signed.roles)) add(role);
        },
        targets: (signed) => {
          add(signed);
          add(signed.delegations);
          add(signed.delegations.roles[0]);
        },
        acme: (signed) => {
          add(signed);
          for (const target of Object.values(signed.targets)) add(target);
        },
        snapshot: add,
        timestamp: add,
      },
    });
    expect((await registry.install()).lockEntry.index.root).toBe(2);
  });

  test('stay when a role is signed anew', async () => {
    await using registry = await SampleRegistry.create(ROLE_KEYS);
    await registry.publish(samplePack());
    const forge = new IndexForge(registry);
    await forge.forge({
      edit: {
        acme: (signed) => {
          signed['x-new'] = 1;
        },
        targets: (signed) => {
          signed['x-new'] = 2;
        },
      },
    });
    await registry.publish(samplePack('1.1.0'));
    expect((await forge.file('acme')).signed['x-new']).toBe(1);
    expect((await forge.file('targets')).signed['x-new']).toBe(2);
  });
});

test('a root that expired on the way is passed over: only the last one has to hold', async () => {
  await using registry = await SampleRegistry.create(ROLE_KEYS);
  await registry.publish(samplePack());
  const forge = new IndexForge(registry);
  await forge.forge({
    edit: {
      root: (signed) => {
        signed.expires = '2031-05-02T00:00:00Z';
      },
    },
  });
  await forge.forge({
    edit: {
      root: (signed) => {
        signed.expires = '2032-05-02T00:00:00Z';
      },
    },
  });
  expect((await registry.install({ now: () => daysLater(5) })).lockEntry.index.root).toBe(3);
});
