import { randomBytes } from 'node:crypto';
import { digestOf } from '@greentic/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dockerRegistry, hasDockerRegistry, type OciSubject, ourServer } from './testing/oci-subject.ts';

const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

/** What the reference registry (2.8.2) does otherwise, and why that is no reason to do the same. */
const KNOWN_DIFFERENCES: Readonly<Record<string, string>> = {
  'content-discovery: referrers of nothing are an empty index': 'version 2.8 is older than the referrers API',
  'content-discovery: referrers lists what names the subject, with artifact type and annotations':
    'version 2.8 is older than the referrers API',
  'content-discovery: referrers filters by artifact type, and says so': 'version 2.8 is older than the referrers API',
  'push: a manifest with a subject is answered with OCI-Subject': 'version 2.8 is older than the referrers API',
  'push: a manifest may come before its subject': 'version 2.8 is older than the referrers API',
  'content-management: a tag is deleted, and its manifest stays': 'version 2.8 deletes manifests by digest only',
  'content-discovery: a list of no tags with n=0 is empty': 'version 2.8 refuses n=0',
  'push: POST with ?digest= takes the blob whole': 'version 2.8 starts an upload instead, as the specification lets it',
  'push: a chunk out of order is 416, and the upload goes on': 'version 2.8 does not look at Content-Range',
};

/** What the reference registry does one way or another: neither a pass nor a difference would mean anything. */
const BY_CHANCE: Readonly<Record<string, string>> = {
  'content-discovery: tags are listed in order': 'version 2.8 lists tags in the order of the file system',
  'content-discovery: tags are paged with n and last, and Link leads on': 'version 2.8 does not page tags',
};

interface Clause {
  readonly name: string;
  check(kit: Kit): Promise<void>;
}

/** Short words for what the clauses do to a registry. */
class Kit {
  readonly subject: OciSubject;
  constructor(subject: OciSubject) {
    this.subject = subject;
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return this.subject.fetch(path, init);
  }

  async start(repository: string): Promise<string> {
    const response = await this.fetch(`/v2/${repository}/blobs/uploads/`, { method: 'POST' });
    expect(response.status).toBe(202);
    return locationOf(response);
  }

  async push(repository: string, bytes: Buffer<ArrayBuffer> = randomBytes(64) as Buffer<ArrayBuffer>) {
    const digest = digestOf(bytes);
    const response = await this.put(withDigest(await this.start(repository), digest), bytes);
    expect(response.status).toBe(201);
    return { digest, size: bytes.byteLength, bytes };
  }

  put(location: string, body?: string | Buffer<ArrayBuffer>): Promise<Response> {
    return this.fetch(location, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/octet-stream' },
      ...(body === undefined ? {} : { body }),
    });
  }

  patch(location: string, bytes: Buffer<ArrayBuffer>, range: string): Promise<Response> {
    const headers = { 'Content-Type': 'application/octet-stream', 'Content-Range': range };
    return this.fetch(location, { method: 'PATCH', headers, body: bytes });
  }

  /** Pushes an image manifest under a tag or its digest. */
  async image(repository: string, { tag, ...changes }: { tag?: string; [field: string]: unknown } = {}) {
    const config = await this.push(repository, Buffer.from(JSON.stringify({ random: randomBytes(8).toString('hex') })));
    const layer = await this.push(repository);
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: IMAGE,
      config: { mediaType: 'application/vnd.example.config.v1+json', digest: config.digest, size: config.size },
      layers: [{ mediaType: 'application/vnd.example.layer.v1', digest: layer.digest, size: layer.size }],
      ...changes,
    });
    const digest = digestOf(manifest);
    const response = await this.manifest(repository, tag ?? digest, manifest);
    return { digest, manifest, response, layer, size: Buffer.byteLength(manifest) };
  }

  manifest(repository: string, reference: string, body: string, type = IMAGE): Promise<Response> {
    const init = { method: 'PUT', headers: { 'Content-Type': type }, body };
    return this.fetch(`/v2/${repository}/manifests/${reference}`, init);
  }

  read(repository: string, reference: string, method = 'GET'): Promise<Response> {
    return this.fetch(`/v2/${repository}/manifests/${reference}`, {
      method,
      headers: { Accept: `${IMAGE}, ${INDEX}` },
    });
  }
}

function locationOf(response: Response): string {
  const location = response.headers.get('location') ?? '';
  expect(location).not.toBe('');
  const { pathname, search } = new URL(location, 'http://registry.invalid');
  return `${pathname}${search}`;
}

function withDigest(location: string, digest: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=${digest}`;
}

async function codeOf(response: Response): Promise<string> {
  const { errors } = (await response.json()) as { errors: { code: string }[] };
  return errors[0]?.code ?? '';
}

const NOWHERE = `sha256:${'ab'.repeat(32)}`;
const bytesOf = (text: string) => Buffer.from(text) as Buffer<ArrayBuffer>;

const pull: readonly Clause[] = [
  {
    name: 'the base endpoint says that the API is here',
    check: async (kit) => expect((await kit.fetch('/v2/')).status).toBe(200),
  },
  {
    name: 'a blob is read by digest, whole',
    check: async (kit) => {
      const { digest, bytes } = await kit.push('one/pull');
      const response = await kit.fetch(`/v2/one/pull/blobs/${digest}`);
      expect([response.status, response.headers.get('docker-content-digest')]).toEqual([200, digest]);
      expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
    },
  },
  {
    name: 'HEAD of a blob gives its size and no body',
    check: async (kit) => {
      const { digest, size } = await kit.push('one/pull');
      const response = await kit.fetch(`/v2/one/pull/blobs/${digest}`, { method: 'HEAD' });
      expect([response.status, response.headers.get('content-length')]).toEqual([200, String(size)]);
    },
  },
  {
    name: 'a blob is read in part with Range',
    check: async (kit) => {
      const { digest, bytes, size } = await kit.push('one/pull');
      const response = await kit.fetch(`/v2/one/pull/blobs/${digest}`, { headers: { Range: 'bytes=10-19' } });
      expect([response.status, response.headers.get('content-range')]).toEqual([206, `bytes 10-19/${size}`]);
      expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes.subarray(10, 20));
    },
  },
  {
    name: 'a Range beyond the end is 416',
    check: async (kit) => {
      const { digest } = await kit.push('one/pull');
      const response = await kit.fetch(`/v2/one/pull/blobs/${digest}`, { headers: { Range: 'bytes=5000-' } });
      expect(response.status).toBe(416);
    },
  },
  {
    name: 'an unknown blob is 404 BLOB_UNKNOWN',
    check: async (kit) => {
      await kit.push('one/pull');
      const response = await kit.fetch(`/v2/one/pull/blobs/${NOWHERE}`);
      expect([response.status, await codeOf(response)]).toEqual([404, 'BLOB_UNKNOWN']);
    },
  },
  {
    name: 'a blob of one repository is not in another',
    check: async (kit) => {
      const { digest } = await kit.push('one/pull');
      await kit.push('two/pull');
      expect((await kit.fetch(`/v2/two/pull/blobs/${digest}`)).status).toBe(404);
    },
  },
  {
    name: 'a manifest is read by tag and by digest, with its media type',
    check: async (kit) => {
      const { digest, manifest } = await kit.image('one/pull', { tag: 'v1' });
      for (const reference of ['v1', digest]) {
        const response = await kit.read('one/pull', reference);
        expect([response.status, response.headers.get('content-type')]).toEqual([200, IMAGE]);
        expect(response.headers.get('docker-content-digest')).toBe(digest);
        expect(await response.text()).toBe(manifest);
      }
    },
  },
  {
    name: 'HEAD of a manifest gives digest and size',
    check: async (kit) => {
      const { digest, size } = await kit.image('one/pull', { tag: 'v1' });
      const response = await kit.read('one/pull', 'v1', 'HEAD');
      expect([response.status, response.headers.get('content-length')]).toEqual([200, String(size)]);
      expect(response.headers.get('docker-content-digest')).toBe(digest);
    },
  },
  {
    name: 'an unknown manifest is 404 MANIFEST_UNKNOWN, by tag and by digest',
    check: async (kit) => {
      await kit.image('one/pull');
      for (const reference of ['none', NOWHERE]) {
        const response = await kit.read('one/pull', reference);
        expect([response.status, await codeOf(response)]).toEqual([404, 'MANIFEST_UNKNOWN']);
        expect((await kit.read('one/pull', reference, 'HEAD')).status).toBe(404);
      }
    },
  },
];

const push: readonly Clause[] = [
  {
    name: 'POST then PUT takes a blob whole, and says where it is',
    check: async (kit) => {
      const bytes = bytesOf('a blob in one go');
      const digest = digestOf(bytes);
      const response = await kit.put(withDigest(await kit.start('one/push'), digest), bytes);
      expect(response.status).toBe(201);
      expect((await kit.fetch(locationOf(response))).status).toBe(200);
    },
  },
  {
    name: 'POST with ?digest= takes the blob whole',
    check: async (kit) => {
      const bytes = bytesOf('a blob in one request');
      const digest = digestOf(bytes);
      const headers = { 'Content-Type': 'application/octet-stream' };
      const response = await kit.fetch(`/v2/one/push/blobs/uploads/?digest=${digest}`, {
        method: 'POST',
        headers,
        body: bytes,
      });
      expect(response.status).toBe(201);
      expect((await kit.fetch(`/v2/one/push/blobs/${digest}`)).status).toBe(200);
    },
  },
  {
    name: 'PATCH takes chunks in order, and PUT ends them',
    check: async (kit) => {
      const first = await kit.patch(await kit.start('one/push'), bytesOf('01234'), '0-4');
      expect([first.status, first.headers.get('range')]).toEqual([202, '0-4']);
      const second = await kit.patch(locationOf(first), bytesOf('56789'), '5-9');
      expect([second.status, second.headers.get('range')]).toEqual([202, '0-9']);
      const last = await kit.put(withDigest(locationOf(second), digestOf('0123456789')));
      expect(last.status).toBe(201);
    },
  },
  {
    name: 'PUT may bring the last chunk',
    check: async (kit) => {
      const first = await kit.patch(await kit.start('one/push'), bytesOf('first '), '0-5');
      const headers = { 'Content-Type': 'application/octet-stream', 'Content-Range': '6-9' };
      const location = withDigest(locationOf(first), digestOf('first last'));
      const last = await kit.fetch(location, { method: 'PUT', headers, body: 'last' });
      expect(last.status).toBe(201);
    },
  },
  {
    name: 'GET of an upload says how far it got',
    check: async (kit) => {
      const first = await kit.patch(await kit.start('one/push'), bytesOf('01234'), '0-4');
      const status = await kit.fetch(locationOf(first));
      expect([status.status, status.headers.get('range')]).toEqual([204, '0-4']);
    },
  },
  {
    name: 'a chunk out of order is 416, and the upload goes on',
    check: async (kit) => {
      const first = await kit.patch(await kit.start('one/push'), bytesOf('01234'), '0-4');
      const location = locationOf(first);
      expect((await kit.patch(location, bytesOf('x'), '9-9')).status).toBe(416);
      const status = await kit.fetch(location);
      expect(status.headers.get('range')).toBe('0-4');
      const second = await kit.patch(locationOf(status), bytesOf('56789'), '5-9');
      expect((await kit.put(withDigest(locationOf(second), digestOf('0123456789')))).status).toBe(201);
    },
  },
  {
    name: 'other bytes than the digest says are 400 DIGEST_INVALID',
    check: async (kit) => {
      const response = await kit.put(withDigest(await kit.start('one/push'), NOWHERE), bytesOf('other'));
      expect([response.status, await codeOf(response)]).toEqual([400, 'DIGEST_INVALID']);
    },
  },
  {
    name: 'DELETE gives an upload up',
    check: async (kit) => {
      const location = await kit.start('one/push');
      expect((await kit.fetch(location, { method: 'DELETE' })).status).toBe(204);
      const response = await kit.fetch(location);
      expect([response.status, await codeOf(response)]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN']);
    },
  },
  {
    name: 'a blob is mounted from another repository',
    check: async (kit) => {
      const { digest } = await kit.push('one/push');
      const response = await kit.fetch(`/v2/two/push/blobs/uploads/?mount=${digest}&from=one/push`, { method: 'POST' });
      expect(response.status).toBe(201);
      expect((await kit.fetch(`/v2/two/push/blobs/${digest}`)).status).toBe(200);
    },
  },
  {
    name: 'a mount of what is not there starts an upload',
    check: async (kit) => {
      const response = await kit.fetch(`/v2/two/push/blobs/uploads/?mount=${NOWHERE}&from=one/push`, {
        method: 'POST',
      });
      expect(response.status).toBe(202);
      locationOf(response);
    },
  },
  {
    name: 'a manifest is put under a tag, and says where it is',
    check: async (kit) => {
      const { response, digest } = await kit.image('one/push', { tag: 'v1' });
      expect([response.status, response.headers.get('docker-content-digest')]).toEqual([201, digest]);
      expect((await kit.read('one/push', digest)).status).toBe(200);
    },
  },
  {
    name: 'an index of manifests is put and read',
    check: async (kit) => {
      const { digest, size } = await kit.image('one/push');
      const index = JSON.stringify({
        schemaVersion: 2,
        mediaType: INDEX,
        manifests: [{ mediaType: IMAGE, digest, size }],
      });
      expect((await kit.manifest('one/push', 'all', index, INDEX)).status).toBe(201);
      const response = await kit.read('one/push', 'all');
      expect([response.headers.get('content-type'), await response.text()]).toEqual([INDEX, index]);
    },
  },
  {
    name: 'a tag moves to the manifest put last',
    check: async (kit) => {
      await kit.image('one/push', { tag: 'moving' });
      const { digest } = await kit.image('one/push', { tag: 'moving' });
      expect((await kit.read('one/push', 'moving')).headers.get('docker-content-digest')).toBe(digest);
    },
  },
  {
    name: 'a manifest that names an unknown blob is refused with MANIFEST_BLOB_UNKNOWN',
    check: async (kit) => {
      const { manifest } = await kit.image('one/push');
      const changed = JSON.stringify({
        ...JSON.parse(manifest),
        layers: [{ mediaType: 'application/vnd.example.layer.v1', digest: NOWHERE, size: 9 }],
      });
      const response = await kit.manifest('one/push', 'broken', changed);
      expect([400, 404]).toContain(response.status);
      expect(['MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN']).toContain(await codeOf(response));
    },
  },
  {
    name: 'a manifest under the digest of another is refused',
    check: async (kit) => {
      const { manifest } = await kit.image('one/push');
      const response = await kit.manifest('one/push', NOWHERE, manifest);
      expect([response.status, await codeOf(response)]).toEqual([400, 'DIGEST_INVALID']);
    },
  },
  {
    name: 'what is no manifest is 400 MANIFEST_INVALID',
    check: async (kit) => {
      const response = await kit.manifest('one/push', 'broken', 'no JSON');
      expect([response.status, await codeOf(response)]).toEqual([400, 'MANIFEST_INVALID']);
    },
  },
  {
    name: 'a manifest with a subject is answered with OCI-Subject',
    check: async (kit) => {
      const { digest, size } = await kit.image('one/push');
      const { response } = await kit.image('one/push', { subject: { mediaType: IMAGE, digest, size } });
      expect([response.status, response.headers.get('oci-subject')]).toEqual([201, digest]);
    },
  },
  {
    name: 'a manifest may come before its subject',
    check: async (kit) => {
      const subject = { mediaType: IMAGE, digest: NOWHERE, size: 9 };
      const { response } = await kit.image('one/push', { subject });
      expect([response.status, response.headers.get('oci-subject')]).toEqual([201, NOWHERE]);
    },
  },
  {
    name: 'a name outside the grammar is refused',
    check: async (kit) => {
      for (const name of ['Upper', 'a__-b', 'dot.', '-dash'])
        expect((await kit.fetch(`/v2/${name}/blobs/uploads/`, { method: 'POST' })).status).toBeGreaterThanOrEqual(400);
    },
  },
];

const discovery: readonly Clause[] = [
  {
    name: 'tags are listed in order',
    check: async (kit) => {
      for (const tag of ['v2', 'v1', 'v10']) await kit.image('tags/all', { tag });
      const response = await kit.fetch('/v2/tags/all/tags/list');
      expect(await response.json()).toEqual({ name: 'tags/all', tags: ['v1', 'v10', 'v2'] });
    },
  },
  {
    name: 'tags are paged with n and last, and Link leads on',
    check: async (kit) => {
      for (const tag of ['a', 'b', 'c']) await kit.image('tags/paged', { tag });
      const first = await kit.fetch('/v2/tags/paged/tags/list?n=2');
      expect(await first.json()).toEqual({ name: 'tags/paged', tags: ['a', 'b'] });
      const next = /<([^>]+)>; *rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
      const second = await kit.fetch(next);
      expect(await second.json()).toEqual({ name: 'tags/paged', tags: ['c'] });
      expect(second.headers.get('link')).toBeNull();
      expect(await (await kit.fetch('/v2/tags/paged/tags/list?n=1&last=b')).json()).toMatchObject({ tags: ['c'] });
    },
  },
  {
    name: 'a list of no tags with n=0 is empty',
    check: async (kit) => {
      await kit.image('tags/none', { tag: 'a' });
      const response = await kit.fetch('/v2/tags/none/tags/list?n=0');
      expect([response.status, await response.json()]).toEqual([200, { name: 'tags/none', tags: [] }]);
    },
  },
  {
    name: 'tags of an unknown repository are 404 NAME_UNKNOWN',
    check: async (kit) => {
      const response = await kit.fetch('/v2/tags/nowhere/tags/list');
      expect([response.status, await codeOf(response)]).toEqual([404, 'NAME_UNKNOWN']);
    },
  },
  {
    name: 'referrers of nothing are an empty index',
    check: async (kit) => {
      const response = await kit.fetch(`/v2/one/none/referrers/${NOWHERE}`);
      expect([response.status, response.headers.get('content-type')]).toEqual([200, INDEX]);
      expect(await response.json()).toMatchObject({ schemaVersion: 2, mediaType: INDEX, manifests: [] });
    },
  },
  {
    name: 'referrers lists what names the subject, with artifact type and annotations',
    check: async (kit) => {
      const { digest, size } = await kit.image('one/refer');
      const subject = { mediaType: IMAGE, digest, size };
      const typed = await kit.image('one/refer', {
        subject,
        artifactType: 'text/signature',
        annotations: { by: 'us' },
      });
      const plain = await kit.image('one/refer', { subject });
      const response = await kit.fetch(`/v2/one/refer/referrers/${digest}`);
      const { manifests } = (await response.json()) as { manifests: { digest: string }[] };
      const byDigest = Object.fromEntries(manifests.map((descriptor) => [descriptor.digest, descriptor]));
      expect(byDigest).toEqual({
        [typed.digest]: {
          mediaType: IMAGE,
          digest: typed.digest,
          size: typed.size,
          artifactType: 'text/signature',
          annotations: { by: 'us' },
        },
        [plain.digest]: {
          mediaType: IMAGE,
          digest: plain.digest,
          size: plain.size,
          artifactType: 'application/vnd.example.config.v1+json',
        },
      });
    },
  },
  {
    name: 'referrers filters by artifact type, and says so',
    check: async (kit) => {
      const { digest, size } = await kit.image('one/filter');
      const subject = { mediaType: IMAGE, digest, size };
      const wanted = await kit.image('one/filter', { subject, artifactType: 'text/wanted' });
      await kit.image('one/filter', { subject, artifactType: 'text/other' });
      const response = await kit.fetch(`/v2/one/filter/referrers/${digest}?artifactType=text/wanted`);
      const { manifests } = (await response.json()) as { manifests: { digest: string }[] };
      expect(manifests.map((descriptor) => descriptor.digest)).toEqual([wanted.digest]);
      expect(response.headers.get('oci-filters-applied')).toBe('artifactType');
    },
  },
];

const management: readonly Clause[] = [
  {
    name: 'a blob is deleted, once',
    check: async (kit) => {
      const { digest } = await kit.push('one/manage');
      const remove = () => kit.fetch(`/v2/one/manage/blobs/${digest}`, { method: 'DELETE' });
      expect((await remove()).status).toBe(202);
      expect((await kit.fetch(`/v2/one/manage/blobs/${digest}`)).status).toBe(404);
      expect((await remove()).status).toBe(404);
    },
  },
  {
    name: 'a manifest is deleted by digest, and its tags with it',
    check: async (kit) => {
      const { digest } = await kit.image('one/manage', { tag: 'gone' });
      expect((await kit.read('one/manage', digest, 'DELETE')).status).toBe(202);
      for (const reference of [digest, 'gone']) expect((await kit.read('one/manage', reference)).status).toBe(404);
    },
  },
  {
    name: 'a tag is deleted, and its manifest stays',
    check: async (kit) => {
      const { digest } = await kit.image('one/manage', { tag: 'loose' });
      expect((await kit.read('one/manage', 'loose', 'DELETE')).status).toBe(202);
      expect((await kit.read('one/manage', 'loose')).status).toBe(404);
      expect((await kit.read('one/manage', digest)).status).toBe(200);
    },
  },
  {
    name: 'an unknown manifest cannot be deleted',
    check: async (kit) => {
      await kit.image('one/manage');
      expect((await kit.read('one/manage', NOWHERE, 'DELETE')).status).toBe(404);
    },
  },
];

const CLAUSES = [
  ...pull.map(({ name, check }) => ({ name: `pull: ${name}`, check })),
  ...push.map(({ name, check }) => ({ name: `push: ${name}`, check })),
  ...discovery.map(({ name, check }) => ({ name: `content-discovery: ${name}`, check })),
  ...management.map(({ name, check }) => ({ name: `content-management: ${name}`, check })),
];

function suite(open: () => Promise<OciSubject>): () => Kit {
  let kit: Kit;
  beforeAll(async () => {
    kit = new Kit(await open());
  });
  afterAll(() => kit.subject[Symbol.asyncDispose]());
  return () => kit;
}

describe('gtc registry serve keeps the distribution specification', () => {
  const kit = suite(ourServer);
  for (const { name, check } of CLAUSES) test(name, () => check(kit()));
});

describe.skipIf(!hasDockerRegistry)('docker-registry, the Debian package, is held against the same clauses', () => {
  const kit = suite(dockerRegistry);
  for (const { name, check } of CLAUSES) {
    const reason = KNOWN_DIFFERENCES[name];
    const chance = BY_CHANCE[name];
    if (chance !== undefined) test.skip(`not compared: ${name} (${chance})`);
    // A difference that goes away fails, so that the list stays true.
    else if (reason === undefined) test(name, () => check(kit()));
    else test(`differs: ${name} (${reason})`, () => expect(check(kit())).rejects.toThrow());
  }
});
