import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PACK, SmallRegistry } from '../testing/small-registry.ts';

let registry: SmallRegistry;
const file = (name: string) => registry.room.file(name);
const mirror = (from: string, to: string, ...args: string[]) =>
  registry.room.json('registry', 'mirror', from, file(to), '--trust', file('trust.json'), ...args);
const packs = (verb: string, ...args: string[]) => registry.room.json('op', 'env-packs', verb, 'prod', ...args);
const at = (name: string) => ['--location', `main=${file(name)}`];
const refused = (code: string, exit: number) => ({ exit, error: { code } });
const versions = (result: unknown) =>
  (result as { versions: { version: string }[] }).versions.map((each) => each.version);
const PLACES = ['mirror', 'mirror.tar'];

beforeEach(async () => {
  registry = await SmallRegistry.create();
  await registry.publish('1.0.0');
  await registry.publish('1.1.0');
  await registry.environment('prod');
});
afterEach(async () => {
  await registry[Symbol.asyncDispose]();
});

describe('gtc registry mirror', () => {
  test.each(PLACES)('copies every version into %s, and says what it copied', async (to) => {
    const { exit, result } = await mirror(registry.folder, to);
    expect(exit).toBe(0);
    expect(versions(result)).toEqual(['1.0.0', '1.1.0']);
    const { blobs, added } = result as { blobs: number; added: number };
    expect(result).toMatchObject({ target: file(to) });
    // What two versions share is copied once.
    expect(added).toBeLessThan(blobs);
    expect(added).toBeGreaterThan(0);
  });

  test('into a folder once more copies nothing that is there, and goes on to what is new', async () => {
    await mirror(registry.folder, 'mirror');
    expect((await mirror(registry.folder, 'mirror')).result).toMatchObject({ added: 0 });
    await registry.publish('1.2.0');
    const { result } = await mirror(registry.folder, 'mirror');
    expect([versions(result), (result as { added: number }).added > 0]).toEqual([['1.0.0', '1.1.0', '1.2.0'], true]);
  });

  test('into a tar gives equal bytes for an equal registry', async () => {
    for (const to of ['one.tar', 'two.tar']) await mirror(registry.folder, to);
    expect(await readFile(file('one.tar'))).toEqual(await readFile(file('two.tar')));
  });

  test.each(PLACES)('from a mirror in %s makes a mirror that is as good', async (first) => {
    await mirror(registry.folder, first);
    const { result } = await mirror(file(first), 'second');
    expect(versions(result)).toEqual(['1.0.0', '1.1.0']);
    expect(await packs('why-not', PACK, ...at('second'))).toMatchObject({ exit: 0 });
  });

  test('of some versions carries those, and what it lacks it says when it is asked for', async () => {
    const { result } = await mirror(registry.folder, 'mirror', '--pack', `${PACK}@1.0.0`);
    expect(versions(result)).toEqual(['1.0.0']);
    await rm(registry.folder, { recursive: true });
    expect(await packs('why-not', `${PACK}@1.0.0`, ...at('mirror'))).toMatchObject({ exit: 0 });
    const lacking = await packs('why-not', `${PACK}@1.1.0`, ...at('mirror'));
    expect(lacking).toMatchObject(refused('registry/incomplete', 7));
  });

  test('tells people how much it copied', async () => {
    const args = ['registry', 'mirror', registry.folder, file('mirror'), '--trust', file('trust.json')];
    expect((await registry.room.plain(...args)).stdout).toMatch(
      /^2 versions are in .*mirror: \d+ blobs, \d+ of them new\.\n$/,
    );
  });

  test.each<[string, string[], string, number]>([
    ['a name that nobody published', ['--pack', 'acme.state.large'], 'pack/not-found', 4],
    ['a version that nobody published', ['--pack', `${PACK}@9.9.9`], 'pack/version-not-found', 4],
    ['a range that is none', ['--pack', `${PACK}@^^`], 'input/invalid', 2],
    ['what is no name', ['--pack', 'small'], 'input/invalid', 2],
    ['a registry that the trust file does not name', ['--name', 'other'], 'index/unknown-registry', 2],
  ])('refuses %s, and leaves nothing', async (_, args, code, exit) => {
    for (const to of PLACES) expect(await mirror(registry.folder, to, ...args)).toMatchObject(refused(code, exit));
    expect((await readdir(registry.room.dir)).filter((name) => name.includes('mirror'))).toEqual([]);
  });

  test('refuses what is no registry, and a trust file that is none', async () => {
    expect(await mirror(file('nowhere'), 'mirror')).toMatchObject(refused('registry/unreachable', 7));
    expect(await mirror('https://registry.example', 'mirror')).toMatchObject(refused('registry/unreachable', 7));
    await writeFile(file('trust.json'), '{}');
    expect(await mirror(registry.folder, 'mirror')).toMatchObject(refused('trust/root-invalid', 3));
  });

  test('refuses a registry of another root than is pinned', async () => {
    await using other = await SmallRegistry.create();
    await other.publish();
    expect(await mirror(other.folder, 'mirror')).toMatchObject(refused('index/invalid', 3));
  });

  test('refuses a registry with a damaged blob, and leaves no half of a tar', async () => {
    await damage(registry.folder);
    for (const to of PLACES)
      expect(await mirror(registry.folder, to)).toMatchObject({
        exit: 3,
        error: { code: expect.stringMatching(/^blob\//) },
      });
    expect(await readdir(registry.room.dir)).not.toContain('mirror.tar');
  });

  test('does not make a mirror older than it is', async () => {
    await cp(registry.folder, file('before'), { recursive: true });
    await registry.publish('1.2.0');
    await mirror(registry.folder, 'mirror');
    expect(await mirror(file('before'), 'mirror')).toMatchObject(refused('index/rollback', 3));
  });
});

describe('--location', () => {
  const add = (...args: string[]) => packs('add', `${PACK}@1.0.0`, '--grant', 'log', ...args);

  test.each(PLACES)(
    'installs and updates from %s while the registry is gone, under the same trust root',
    async (place) => {
      await mirror(registry.folder, place);
      const root = await registry.room.json('op', 'trust-root', 'show', 'prod');
      await rm(registry.folder, { recursive: true });
      expect(await add()).toMatchObject(refused('registry/unreachable', 7));
      expect(await add(...at(place))).toMatchObject({ exit: 0, result: { slot: 'state', version: '1.0.0' } });
      expect(await packs('update', 'state')).toMatchObject(refused('registry/unreachable', 7));
      expect(await packs('update', 'state', ...at(place))).toMatchObject({ exit: 0, result: { applied: true } });
      expect((await registry.room.json('op', 'trust-root', 'show', 'prod')).result).toEqual(root.result);
    },
  );

  test('takes a path, or a URL', async () => {
    await mirror(registry.folder, 'mirror');
    const url = `main=file://${file('mirror')}`;
    expect(await packs('why-not', PACK, '--location', url)).toMatchObject({ exit: 0 });
  });

  test('is for a registry that the trust root names', async () => {
    const other = await add('--location', `other=${registry.folder}`);
    expect(other).toMatchObject(refused('index/unknown-registry', 2));
    expect(await add('--location', registry.folder)).toMatchObject(refused('input/invalid', 2));
    expect(await add('--location', 'main=oci://')).toMatchObject(refused('input/invalid', 2));
    expect(await add('--location', 'main=ftp://x')).toMatchObject(refused('input/invalid', 2));
    expect(await add(...at('nowhere'))).toMatchObject(refused('registry/unreachable', 7));
  });

  test('is believed no more than the registry: another’s index and a damaged blob are refused', async () => {
    await using other = await SmallRegistry.create();
    await other.publish();
    expect(await add('--location', `main=${other.folder}`)).toMatchObject(refused('index/invalid', 3));
    await mirror(registry.folder, 'mirror');
    await damage(file('mirror'));
    expect(await add(...at('mirror'))).toMatchObject({ exit: 3, error: { code: expect.stringMatching(/^blob\//) } });
  });

  test('with an older index than was seen at the registry is refused', async () => {
    await mirror(registry.folder, 'mirror');
    await registry.publish('1.2.0');
    expect(await packs('why-not', PACK)).toMatchObject({ exit: 0 });
    expect(await add(...at('mirror'))).toMatchObject(refused('index/rollback', 3));
  });

  test('is for a rollout as well: a bundle is looked for at the other place', async () => {
    await mirror(registry.folder, 'mirror');
    await registry.room.json('op', 'bundles', 'add', 'prod', 'desk', 'globex');
    const bundle = 'acme.bundle.desk';
    const stage = (...args: string[]) =>
      registry.room.json('op', 'revisions', 'stage', 'prod', 'desk.globex', bundle, ...args);
    expect(await stage(...at('mirror'))).toMatchObject(refused('pack/not-found', 4));
    expect(await stage(...at('nowhere'))).toMatchObject(refused('registry/unreachable', 7));
    const deploy = ['op', 'deploy', 'prod', bundle, '--customer', 'globex', '--location', `other=${file('mirror')}`];
    expect(await registry.room.json(...deploy)).toMatchObject(refused('index/unknown-registry', 2));
  });
});

/** Changes a byte of the module of a version: the largest blob that is no manifest. */
async function damage(folder: string): Promise<void> {
  const blobs = path.join(folder, 'blobs', 'sha256');
  for (const name of await readdir(blobs)) {
    const bytes = await readFile(path.join(blobs, name));
    if (bytes.includes('export default'))
      await writeFile(path.join(blobs, name), Buffer.concat([bytes, Buffer.from(' ')]));
  }
}
