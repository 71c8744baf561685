import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '@greentic/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ImageLayout } from '../layout/image-layout.ts';
import { readIndexContents } from '../publish/index-contents.ts';
import { storeOf } from '../publish/submission.ts';
import {
  type DockerRegistryOptions,
  dockerRegistry,
  hasDockerRegistry,
  type OciSubject,
} from '../server/testing/oci-subject.ts';
import { closureOf } from '../source/closure.ts';
import { OciSource } from '../source/oci-source.ts';
import { SAMPLE, SampleRegistry, samplePack, T0 } from '../testing/sample-registry.ts';
import { createTlsAuthority, type TlsAuthority } from '../testing/tls-authority.ts';
import { INDEX_TAG } from './index-manifest.ts';
import { pushRegistry, versionTag } from './push-registry.ts';
import { parseOciReference } from './reference.ts';
import { Referrers } from './referrers.ts';
import { OciRepository } from './repository.ts';
import { listTags } from './tag-list.ts';
import type { TransportOptions } from './transport.ts';
import { pushBlob } from './upload.ts';

/** bcrypt of the password `secret`, at the lowest cost. */
const BCRYPT_OF_SECRET = '$2y$04$D5P/buAiwVgB4byw4LkJ3uHWP7Wimq9mZNIrt.Bcm1IESoVfbB.ey';

const hasOpenssl = existsSync('/usr/bin/openssl');
const ready = hasDockerRegistry && hasOpenssl;
const why = ready ? '' : ' (skipped: docker-registry or openssl is not installed)';

let home = '';
let sample: SampleRegistry;
let group = '';
let tls: TlsAuthority;
beforeAll(async () => {
  if (!ready) return;
  home = await mkdtemp(join(tmpdir(), 'oci-'));
  tls = createTlsAuthority(home);
  sample = await SampleRegistry.create();
  group = (await sample.publish(samplePack())).entry.group;
});
afterAll(async () => {
  if (!ready) return;
  await sample[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});

const at = (subject: OciSubject, repository = 'acme/registry') => `oci://${subject.host}/${repository}`;
const repositoryOf = (subject: OciSubject, repository?: string) =>
  new OciRepository(parseOciReference(at(subject, repository)), { credentials: async () => undefined });
const push = (subject: OciSubject, transport: TransportOptions = { credentials: async () => undefined }) =>
  pushRegistry(sample.folder, at(subject), { now: T0, transport });

function installFrom(location: string, transport: TransportOptions) {
  const cache = join(home, `cache-${Math.random()}`);
  const openSource = (registry: (typeof sample.trustRoot.registries)[number]) =>
    new OciSource(location, { registry, cache, now: () => T0 }, transport);
  return sample.install({ cache, openSource });
}

/** What anybody gets who follows the distribution specification and knows nothing of us. */
async function plain(subject: OciSubject, path: string): Promise<Buffer> {
  const accept = 'application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json';
  const response = await subject.fetch(`/v2/acme/registry/${path}`, { headers: { accept } });
  expect(response.status, path).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

describe.skipIf(!ready)(`docker-registry${why}`, () => {
  test('gives back, over plain HTTP, every byte that we pushed', async () => {
    await using subject = await dockerRegistry();
    await push(subject);
    const [entry] = [(await sample.install()).lockEntry];
    const store = storeOf(new ImageLayout(sample.folder));
    const bytes = await plain(subject, `manifests/${versionTag(SAMPLE, '1.0.0')}`);
    expect(digestOf(bytes)).toBe(group);
    const document = { digest: entry.digest, size: entry.size, group, groupSize: bytes.byteLength };
    const { manifests, blobs } = await closureOf(store, document as Parameters<typeof closureOf>[1]);
    for (const manifest of manifests)
      expect(await plain(subject, `manifests/${digestOf(manifest.bytes)}`)).toEqual(Buffer.from(manifest.bytes));
    for (const { digest, size } of blobs)
      expect(await plain(subject, `blobs/${digest}`)).toEqual(Buffer.from(await store.blob(digest, size)));
    const { top, roles } = await readIndexContents(sample.folder, T0);
    for (const file of [...top, ...roles.flatMap((role) => [role.file, ...role.targets])])
      expect(await plain(subject, `blobs/${digestOf(file.bytes)}`)).toEqual(Buffer.from(file.bytes));
  });

  test('is installed from as a folder is, byte for byte in the lock', async () => {
    await using subject = await dockerRegistry();
    await push(subject);
    const there = await installFrom(at(subject), { credentials: async () => undefined });
    expect(there.lockEntry).toEqual((await sample.install()).lockEntry);
  });

  test('has the tags and the referrers that we ask it for', async () => {
    await using subject = await dockerRegistry();
    await push(subject);
    const repository = repositoryOf(subject);
    expect(await listTags(repository)).toEqual(expect.arrayContaining([INDEX_TAG, `${INDEX_TAG}.acme`]));
    expect(await new Referrers(repository).list(samplePack().digest)).toHaveLength(2);
    expect(await push(subject)).toMatchObject({ blobs: { pushed: 0 } });
  });

  test('takes a blob in chunks, and from another of its repositories without a byte', async () => {
    await using subject = await dockerRegistry();
    const bytes = Buffer.alloc(300_000, 'chunk');
    expect(await pushBlob(repositoryOf(subject), bytes, { chunkBytes: 70_000 })).toBe('uploaded');
    expect(await repositoryOf(subject).blob(digestOf(bytes), bytes.byteLength)).toEqual(bytes);
    expect(await pushBlob(repositoryOf(subject, 'acme/other'), bytes, { mountFrom: 'acme/registry' })).toBe('mounted');
    expect(await repositoryOf(subject, 'acme/other').blob(digestOf(bytes), bytes.byteLength)).toEqual(bytes);
  });

  test('with TLS and a password file lets in who is in docker’s config.json, and trusts SSL_CERT_FILE', async () => {
    const htpasswd = join(home, 'htpasswd');
    await writeFile(htpasswd, `ada:${BCRYPT_OF_SECRET}\n`);
    const options: DockerRegistryOptions = { htpasswd, tls: { certificate: tls.certificate, key: tls.key } };
    await using subject = await dockerRegistry(options);
    const auth = Buffer.from('ada:secret').toString('base64');
    await writeFile(join(home, 'config.json'), JSON.stringify({ auths: { [subject.host]: { auth } } }));
    const processEnv = { DOCKER_CONFIG: home, SSL_CERT_FILE: tls.authority };
    await push(subject, { processEnv });
    expect((await installFrom(at(subject), { processEnv })).decision.verdict).toBe('admitted');
    await expect(
      installFrom(at(subject), { processEnv: { ...processEnv, DOCKER_CONFIG: '/nowhere' } }),
    ).rejects.toMatchObject({
      code: 'registry/access-denied',
    });
    await expect(installFrom(at(subject), { processEnv: { DOCKER_CONFIG: home } })).rejects.toMatchObject({
      code: 'registry/tls',
    });
  });
});
