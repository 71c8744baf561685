import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { digestOf } from '@greentic/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ImageLayout } from '../layout/image-layout.ts';
import { repositoryOf } from '../oci/reference.ts';
import { oneKey } from '../publish/registry-key.ts';
import { KEYS, SAMPLE, SampleRegistry, samplePack, T0 } from '../testing/sample-registry.ts';
import { ServedRegistry } from './testing/served-registry.ts';

const hasSkopeo = spawnSync('skopeo', ['--version']).status === 0;
const why = hasSkopeo ? '' : ' (skipped: skopeo is not installed)';

let registry: SampleRegistry;
let served: ServedRegistry;
let dir: string;
let group: string;
beforeAll(async () => {
  if (!hasSkopeo) return;
  dir = await mkdtemp(join(tmpdir(), 'skopeo-'));
  registry = await SampleRegistry.create();
  await registry.publish(samplePack('1.0.0'));
  group = (await registry.publish(samplePack('1.1.0'))).entry.group;
  const onlineKeys = oneKey(KEYS.registry.secretKey);
  served = await ServedRegistry.start({ folder: registry.folder, now: () => T0, onlineKeys });
});
afterAll(async () => {
  if (!hasSkopeo) return;
  await served.close(0);
  await registry[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

/** Runs skopeo; what it says on stdout. */
async function skopeo(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('skopeo', ['--insecure-policy', ...args]);
  return stdout.trimEnd();
}

type Who = 'root' | 'acme' | 'guest';

const at = (repository: string, tag: string) => `docker://${new URL(served.url).host}/${repository}:${tag}`;
const as = (who: Who, side = '') => [`--${side}tls-verify=false`, `--${side}creds`, `${who}:${served.tokens[who]}`];

/** An image with one layer of so many bytes, in a folder; gives its digest. */
async function makeImage(folder: string, bytes: number): Promise<string> {
  const layout = new ImageLayout(folder);
  await layout.create();
  const layer = randomBytes(bytes);
  const rootfs = { type: 'layers', diff_ids: [digestOf(layer)] };
  const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs }));
  const described = (part: Buffer, mediaType: string) => ({ mediaType, digest: digestOf(part), size: part.byteLength });
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: described(config, 'application/vnd.oci.image.config.v1+json'),
      layers: [described(layer, 'application/vnd.oci.image.layer.v1.tar')],
    }),
  );
  for (const part of [layer, config, manifest]) await layout.write(part);
  await layout.tag('latest', described(manifest, mediaType));
  return digestOf(manifest);
}

describe.skipIf(!hasSkopeo)(`skopeo, a stranger’s client of the distribution specification${why}`, () => {
  const pack = samplePack('1.1.0');
  const PACKS = repositoryOf(SAMPLE);

  test('reads the group of a published pack and its evidence, byte for byte', async () => {
    const raw = await skopeo('inspect', '--raw', ...as('guest'), at(PACKS, '1.1.0'));
    expect(digestOf(raw)).toBe(group);
    expect(JSON.parse(raw).manifests[0].digest).toBe(pack.digest);
  });

  test('lists what is there', async () => {
    const { Tags } = JSON.parse(await skopeo('list-tags', ...as('guest'), at(PACKS, '').replace(/:$/, '')));
    expect(Tags).toContain('1.1.0');
  });

  test('copies a pack into a folder that holds the same identity', async () => {
    const target = join(dir, 'copy');
    await skopeo('copy', '--preserve-digests', ...as('guest', 'src-'), at(PACKS, '1.1.0'), `oci:${target}:1.1.0`);
    const { manifests } = JSON.parse(await readFile(join(target, 'index.json'), 'utf8'));
    expect(manifests[0].digest).toBe(pack.digest);
  });

  test.each([1, 3 * 2 ** 20, 40 * 2 ** 20])(
    'pushes an image with a layer of %d bytes and reads it back',
    async (bytes) => {
      const repository = `acme/tools/of-${bytes}`;
      const folder = join(dir, `image-${bytes}`);
      const digest = await makeImage(folder, bytes);
      await skopeo('copy', '--preserve-digests', ...as('acme', 'dest-'), `oci:${folder}:latest`, at(repository, '1'));
      const back = join(dir, `back-${bytes}`);
      await skopeo('copy', '--preserve-digests', ...as('guest', 'src-'), at(repository, '1'), `oci:${back}:1`);
      const { manifests } = JSON.parse(await readFile(join(back, 'index.json'), 'utf8'));
      expect(manifests[0].digest).toBe(digest);
    },
  );

  test('moves an image from one repository to the next without bringing its layer again', async () => {
    await makeImage(join(dir, 'moved'), 1000);
    await skopeo('copy', ...as('acme', 'dest-'), `oci:${join(dir, 'moved')}:latest`, at('acme/tools/one', '1'));
    const before = served.log.length;
    await skopeo(
      'copy',
      ...as('acme', 'src-'),
      ...as('acme', 'dest-'),
      at('acme/tools/one', '1'),
      at('acme/tools/two', '1'),
    );
    // Of the layer; skopeo asks to mount no configuration.
    const mounted = served.log.slice(before).filter(({ method, status }) => method === 'POST' && status === 201);
    expect(mounted).toHaveLength(1);
    expect(await skopeo('list-tags', ...as('guest'), at('acme/tools/two', '1').replace(/:1$/, ''))).toContain('"1"');
  });

  test('deletes what an administrator tells it to', async () => {
    await makeImage(join(dir, 'short-lived'), 10);
    const image = at('acme/tools/short-lived', '1');
    await skopeo('copy', ...as('acme', 'dest-'), `oci:${join(dir, 'short-lived')}:latest`, image);
    await skopeo('delete', ...as('root'), image);
    await expect(skopeo('inspect', '--raw', ...as('guest'), image)).rejects.toThrow(/manifest unknown/);
  });

  test.each<[what: string, who: Who, repository: string]>([
    ['a reader', 'guest', 'acme/tools/x'],
    ['an owner, outside of his namespace', 'acme', 'globex/tools/x'],
    ['an owner, beside his namespace', 'acme', 'acmex/tools/x'],
  ])('%s pushes nothing', async (_, who, repository) => {
    await makeImage(join(dir, 'refused'), 10);
    const pushed = skopeo('copy', ...as(who, 'dest-'), `oci:${join(dir, 'refused')}:latest`, at(repository, '1'));
    await expect(pushed).rejects.toThrow(/denied|unauthorized/);
  });

  test('with a wrong token reads nothing', async () => {
    const wrong = ['--tls-verify=false', '--creds', 'acme:gtc_wrong'];
    await expect(skopeo('inspect', '--raw', ...wrong, at(PACKS, '1.1.0'))).rejects.toThrow(/unauthorized/);
  });

  test('puts nothing over a published version', async () => {
    await makeImage(join(dir, 'over'), 10);
    const pushed = skopeo('copy', ...as('acme', 'dest-'), `oci:${join(dir, 'over')}:latest`, at(PACKS, '1.1.0'));
    await expect(pushed).rejects.toThrow();
    expect(digestOf(await skopeo('inspect', '--raw', ...as('guest'), at(PACKS, '1.1.0')))).toBe(group);
  });
});
