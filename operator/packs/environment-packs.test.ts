import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  type BrokerPorts,
  type ErrorCode,
  generateKeyPair,
  grantAll,
  type Slot,
  type TrustRoot,
  type Workers,
} from '@greentic/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { echoPack, PublishedPacks } from '../testing/published-packs.ts';
import { ENVIRONMENT, NOW } from '../testing/sample.ts';
import { temporaryRoot } from '../testing/temporary-store.ts';
import { setTrustRoot } from '../verbs/trust-roots.ts';
import { EnvironmentPacks, openArtifact } from './environment-packs.ts';
import { removePack, trustRootOf } from './installation.ts';

const code = (value: string) => expect.objectContaining({ code: value });

let published: PublishedPacks;
const opened: EnvironmentPacks[] = [];
beforeEach(async () => {
  published = await PublishedPacks.create();
  await published.add({ range: '1.0.0' });
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((packs) => packs.close()));
});

/** The packs of the environment, and the gate at which the calls for the key `held` wait. */
async function open() {
  const gate = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const refused: [Slot, ErrorCode][] = [];
  const dataDir = await temporaryRoot();
  const list = async () => {
    held.resolve();
    await gate.promise;
    return { workers: [] };
  };
  const workers = { list } as Partial<Workers> as Workers;
  const packs = new EnvironmentPacks(await published.snapshot(), {
    cacheOf: published.ports.cacheOf,
    now: () => NOW,
    brokerPorts: (): BrokerPorts => ({ dataDir, log: () => undefined, workers }),
    onRefused: async (slot, refusal) => {
      refused.push([slot, refusal]);
    },
  });
  opened.push(packs);
  const ask = async (key = 'k') => {
    const { entry } = await (await packs.client('state')).get({ tenant: 'acme', key });
    return entry?.value;
  };
  return { packs, ask, gate, held, refused };
}

/** Binds a version in place of the present one; what the environment is then. */
async function rebind(range: string) {
  await published.add({ range, replace: true });
  return await published.snapshot();
}

/** Changes one byte of the cached blob that holds some text. */
async function flip(text: string): Promise<void> {
  const cache = published.ports.cacheOf(ENVIRONMENT);
  const files = await readdir(cache, { recursive: true, withFileTypes: true });
  for (const entry of files.filter((each) => each.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    const bytes = await readFile(file);
    const at = bytes.indexOf(text);
    if (at < 0) continue;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await writeFile(file, bytes);
    return;
  }
  throw new Error(`Nothing in the cache holds ${text}.`);
}

describe('the packs of an environment', () => {
  test('are verified without running, and run from the first call on', async () => {
    const { packs, ask } = await open();
    await packs.verifyAll();
    const generation = await packs.generation('state');
    expect(generation.pid).toBeUndefined();
    expect(await ask()).toBe('1.0.0 none');
    expect(generation.pid).toBeGreaterThan(0);
  });

  test('are opened once, however many ask at the same time', async () => {
    const { packs } = await open();
    const all = await Promise.all(Array.from({ length: 20 }, () => packs.generation('state')));
    expect(new Set(all).size).toBe(1);
  });

  test('an empty slot is refused with env/slot-empty', async () => {
    const { packs } = await open();
    await expect(packs.client('secrets')).rejects.toThrow(code('env/slot-empty'));
  });

  test('nothing is opened after they were closed', async () => {
    const { packs } = await open();
    await packs.close();
    await expect(packs.generation('state')).rejects.toThrow(code('pack/not-open'));
  });

  test('closing while a pack is being verified leaves nothing open', async () => {
    const { packs } = await open();
    const asked = packs.generation('state');
    await packs.close();
    await expect(asked).rejects.toThrow(code('pack/not-open'));
  });

  test('a flipped byte in the cached module is refused with blob/digest-mismatch, told once, and nothing runs', async () => {
    await flip('context.workers.list');
    const { packs, refused } = await open();
    for (let i = 0; i < 3; i++) {
      await expect(packs.generation('state')).rejects.toThrow(code('blob/digest-mismatch'));
    }
    expect(refused).toEqual([['state', 'blob/digest-mismatch']]);
  });

  test('an artifact that the lock does not name is refused with lock/invalid', async () => {
    const other = echoPack('2.0.0').digest;
    await expect(openArtifact(await published.snapshot(), other, published.ports)).rejects.toThrow(
      code('lock/invalid'),
    );
  });
});

describe('a changed binding', () => {
  test('opens a new generation at the next call and closes the former', async () => {
    const { packs, ask } = await open();
    await ask();
    const former = await packs.generation('state');
    await packs.update(await rebind('2.0.0'));
    expect(await ask()).toBe('2.0.0 none');
    await expect.poll(() => former.pid).toBeUndefined();
  });

  test('other answers to the same pack open it anew', async () => {
    const { packs, ask } = await open();
    expect(await ask()).toBe('1.0.0 none');
    await published.add({ range: '1.0.0', replace: true, answers: () => ({ word: 'hello' }) });
    await packs.update(await published.snapshot());
    expect(await ask()).toBe('1.0.0 hello');
  });

  test('an update that leaves the binding alone keeps the generation', async () => {
    const { packs } = await open();
    const before = await packs.generation('state');
    await packs.update(await published.snapshot());
    expect(await packs.generation('state')).toBe(before);
  });

  test('a call under way ends in the generation it began in, which closes behind it', async () => {
    const { packs, ask, gate, held } = await open();
    const waiting = ask('held');
    await held.promise;
    const former = await packs.generation('state');
    await packs.update(await rebind('2.0.0'));
    expect(await ask()).toBe('2.0.0 none');
    expect(former.pid).toBeGreaterThan(0);
    gate.resolve();
    expect(await waiting).toBe('1.0.0 none');
    await expect.poll(() => former.pid).toBeUndefined();
  });

  test('whoever holds the former client reaches the new generation', async () => {
    const { packs, ask } = await open();
    const client = await packs.client('state');
    await packs.update(await rebind('2.0.0'));
    await ask();
    const { entry } = await client.get({ tenant: 'acme', key: 'k' });
    expect(entry?.value).toBe('2.0.0 none');
  });

  test('no call is lost while versions are swapped under load', async () => {
    const { packs, ask } = await open();
    const snapshots = [await rebind('2.0.0'), await rebind('1.0.0'), await rebind('2.0.0')];
    const seen: (string | undefined)[] = [];
    let loaded = true;
    const load = Array.from({ length: 6 }, async () => {
      while (loaded) seen.push(await ask());
    });
    for (const snapshot of snapshots) {
      const before = seen.length;
      await expect.poll(() => seen.length, { timeout: 40_000, interval: 5 }).toBeGreaterThan(before + 20);
      await packs.update(snapshot);
    }
    const swapped = seen.length;
    await expect.poll(() => seen.length, { timeout: 40_000, interval: 5 }).toBeGreaterThan(swapped + 20);
    loaded = false;
    await Promise.all(load);
    expect(new Set(seen)).toEqual(new Set(['1.0.0 none', '2.0.0 none']));
    expect(seen.at(-1)).toBe('2.0.0 none');
  });

  test('a new pack whose bytes do not verify is refused, while the former has not stopped', async () => {
    const { packs, ask } = await open();
    const bound = await published.snapshot();
    await ask();
    const former = await packs.generation('state');
    const next = await rebind('2.0.0');
    await flip("value: '2.0.0");
    await packs.update(next);
    await expect(ask()).rejects.toThrow(code('blob/digest-mismatch'));
    await packs.update(bound);
    expect(await ask()).toBe('1.0.0 none');
    expect(await packs.generation('state')).toBe(former);
  });

  test('a slot that was emptied ends the calls under way and takes no more', async () => {
    const { packs, ask, gate, held } = await open();
    const client = await packs.client('state');
    const waiting = ask('held');
    await held.promise;
    const former = await packs.generation('state');
    await removePack(published.ports, ENVIRONMENT, 'state');
    await packs.update(await published.snapshot());
    await expect(ask()).rejects.toThrow(code('env/slot-empty'));
    await expect(client.get({ tenant: 'acme', key: 'k' })).rejects.toThrow(code('env/slot-empty'));
    gate.resolve();
    expect(await waiting).toBe('1.0.0 none');
    await expect.poll(() => former.pid).toBeUndefined();
  });

  test('a former generation whose call never ends closes at the call’s deadline', async () => {
    await published.publish(echoPack('3.0.0', { limits: { callMs: 300 } }));
    const { packs, ask, held } = await open();
    await packs.update(await rebind('3.0.0'));
    const waiting = ask('held');
    waiting.catch(() => undefined);
    await held.promise;
    const former = await packs.generation('state');
    await packs.update(await rebind('2.0.0'));
    expect(await ask()).toBe('2.0.0 none');
    await expect(waiting).rejects.toThrow(code('limit/deadline'));
    await expect.poll(() => former.pid).toBeUndefined();
  });

  test('closing everything ends a former generation that still has a call', async () => {
    const { packs, ask, held } = await open();
    const waiting = ask('held');
    waiting.catch(() => undefined);
    await held.promise;
    const former = await packs.generation('state');
    await packs.update(await rebind('2.0.0'));
    await ask();
    await packs.close();
    await expect(waiting).rejects.toThrow(code('pack/not-open'));
    expect(former.pid).toBeUndefined();
  });

  test('a grant that is taken away is gone with the next call', async () => {
    await published.publish(
      echoPack('4.0.0', { permissions: [{ kind: 'workers', reason: 'May look at them.', optional: true }] }),
    );
    const { packs, ask, gate } = await open();
    gate.resolve();
    await packs.update(await rebind('4.0.0'));
    expect(await ask('held')).toBe('4.0.0 none');
    await published.add({ range: '4.0.0', replace: true, grant: (manifest) => grantAll(manifest, {}).slice(1) });
    await packs.update(await published.snapshot());
    await expect(ask('held')).rejects.toThrow();
  });
});

describe('a changed trust root', () => {
  /** Lets the environment believe other publishers' keys. */
  async function believe(change: (root: TrustRoot) => TrustRoot): Promise<void> {
    await published.ports.store.mutate(ENVIRONMENT, {
      verb: 'trust-root.set',
      target: ENVIRONMENT,
      input: {},
      decide: (snapshot, now) => {
        const root = trustRootOf(snapshot);
        return setTrustRoot(snapshot, { root: { ...change(root), version: root.version + 1 } }, now);
      },
    });
  }

  const strange = generateKeyPair(Buffer.alloc(32, 77));
  const stranger = { keyId: strange.keyId, publicKey: strange.publicKey };

  test('that does not believe the publisher any more ends an open pack: its next call is refused', async () => {
    const { packs, ask, refused } = await open();
    await ask();
    await believe((root) => ({
      ...root,
      publishers: root.publishers.map((each) => ({ ...each, keys: [stranger], threshold: 1 })),
    }));
    await packs.update(await published.snapshot());
    await expect(ask()).rejects.toThrow(code('trust/threshold'));
    expect(refused).toEqual([['state', 'trust/threshold']]);
  });

  test('that still believes the publisher leaves the pack as it is', async () => {
    const { packs, ask } = await open();
    await ask();
    const before = await packs.generation('state');
    await believe((root) => ({
      ...root,
      publishers: root.publishers.map((each) => ({ ...each, keys: [...each.keys, stranger] })),
    }));
    await packs.update(await published.snapshot());
    expect(await packs.generation('state')).toBe(before);
    await ask();
  });
});
