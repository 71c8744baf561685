import { digestOf } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { type Asked, FakeRegistry, type Intercept } from '../testing/oci-fake.ts';
import { parseOciReference } from './reference.ts';
import { OciRepository } from './repository.ts';
import { pushBlob, type UploadOptions } from './upload.ts';

const BYTES = Buffer.from('0123456789'.repeat(10));
const DIGEST = digestOf(BYTES);
const CHUNKS = { chunkBytes: 40 };

/** What was asked, in short. */
const short = ({ method, headers }: Asked) => [method, headers['content-range']].filter(Boolean).join(' ');

/** Has a blob pushed to a registry that answers some requests as told. */
async function push(registry: FakeRegistry, options: UploadOptions = {}, intercept?: Intercept) {
  registry.intercept = intercept;
  const waited: number[] = [];
  const backoff = { random: () => 1, wait: async (ms: number) => void waited.push(ms) };
  const repository = new OciRepository(parseOciReference(registry.location()), {
    credentials: async () => undefined,
    backoff,
  });
  const uploaded = await pushBlob(repository, BYTES, options);
  return { uploaded, waited };
}

/** Answers the first request of a kind as told, and leaves the others to the registry. */
function once(kind: RegExp, answer: (...args: Parameters<Intercept>) => unknown): Intercept {
  let done = false;
  return (asked, ...rest) => {
    if (done || !kind.test(short(asked))) return false;
    done = true;
    answer(asked, ...rest);
    return true;
  };
}

describe('a blob', () => {
  test('that is there is not sent', async () => {
    await using registry = await FakeRegistry.open();
    registry.blobs.set(DIGEST, BYTES);
    expect((await push(registry)).uploaded).toBe('present');
    expect(registry.asked.map(short)).toEqual(['HEAD']);
  });

  test('that is small goes up in one piece', async () => {
    await using registry = await FakeRegistry.open();
    expect((await push(registry, { chunkBytes: 100 })).uploaded).toBe('uploaded');
    expect(registry.asked.map(short)).toEqual(['HEAD', 'POST', 'PUT']);
    expect(registry.blobs.get(DIGEST)).toEqual(BYTES);
  });

  test('that is larger goes up in chunks, of no less than the registry takes', async () => {
    await using registry = await FakeRegistry.open();
    await push(registry, CHUNKS);
    expect(registry.asked.map(short)).toEqual(['HEAD', 'POST', 'PATCH 0-39', 'PATCH 40-79', 'PATCH 80-99', 'PUT']);
    expect(registry.blobs.get(DIGEST)).toEqual(BYTES);
    registry.blobs.clear();
    registry.asked.length = 0;
    const location = '/v2/acme/registry/blobs/uploads/1?state=x%2By';
    await push(
      registry,
      CHUNKS,
      once(/POST/, (_, response) => response.writeHead(202, { location, 'oci-chunk-min-length': '60' }).end()),
    );
    expect(registry.asked.map(short).slice(2, 3)).toEqual(['PATCH 0-59']);
  });

  test.each(['-1', 'many', 'Infinity', '1e400', '0x10'])(
    'goes up as before when a registry takes no chunk below %s',
    async (least) => {
      await using registry = await FakeRegistry.open();
      await push(registry, CHUNKS, (asked, response) => {
        if (asked.method === 'POST') response.setHeader('oci-chunk-min-length', least);
        return false;
      });
      expect(registry.asked.map(short)).toContain('PATCH 0-39');
      expect(registry.blobs.get(DIGEST)).toEqual(BYTES);
    },
  );

  test('goes on where the place of its upload leads, seen from the place before', async () => {
    await using registry = await FakeRegistry.open();
    await push(registry, {}, (asked, response) => {
      if (asked.method === 'POST') response.writeHead(202, { location: 'moved?state=a' }).end();
      else if (asked.method === 'PUT') response.writeHead(201).end();
      else return false;
      return true;
    });
    expect(registry.asked.at(-1)?.path).toBe(
      `/v2/acme/registry/blobs/uploads/moved?state=a&digest=${encodeURIComponent(DIGEST)}`,
    );
  });
});

describe('an upload that broke off', () => {
  test.each<[how: string, intercept: Intercept]>([
    ['at the connection', once(/PATCH 40/, (_, response) => response.socket?.destroy())],
    ['with 503', once(/PATCH 40/, (_, response) => response.writeHead(503).end())],
    ['with 416', once(/PATCH 40/, (_, response) => response.writeHead(416).end())],
  ])('%s goes on where the registry says that it is', async (_, intercept) => {
    await using registry = await FakeRegistry.open();
    await push(registry, CHUNKS, intercept);
    expect(registry.asked.map(short).slice(3)).toEqual(['PATCH 40-79', 'GET', 'PATCH 40-79', 'PATCH 80-99', 'PUT']);
    expect(registry.blobs.get(DIGEST)).toEqual(BYTES);
  });

  test('after the registry took a part of a chunk goes on behind that part', async () => {
    await using registry = await FakeRegistry.open();
    const location = '/v2/acme/registry/blobs/uploads/1?state=x%2By';
    const partly = once(/PATCH 0-39/, (_, response) => response.writeHead(202, { location, range: '0-9' }).end());
    const status = once(/GET/, (_, response) => response.writeHead(204, { location, range: '0-9' }).end());
    await expect(
      push(registry, CHUNKS, (...args) => partly(...args) === true || status(...args) === true),
    ).resolves.toMatchObject({ uploaded: 'uploaded' });
    expect(registry.asked.map(short)).toContain('PATCH 10-49');
  });

  test('four times is given up', async () => {
    await using registry = await FakeRegistry.open();
    const broken = push(registry, CHUNKS, (asked, response) => {
      if (asked.method !== 'PATCH') return false;
      response.socket?.destroy();
      return true;
    });
    await expect(broken).rejects.toMatchObject({ code: 'registry/unreachable' });
    expect(registry.blobs.size).toBe(0);
  });

  test('because the registry forgot it begins anew, later each time', async () => {
    await using registry = await FakeRegistry.open();
    const forget = once(/PUT/, (_, response) => response.writeHead(404).end());
    const { waited } = await push(registry, {}, forget);
    expect(registry.asked.map(short)).toEqual(['HEAD', 'POST', 'PUT', 'HEAD', 'POST', 'PUT']);
    expect(waited).toEqual([250]);
  });

  test('after its last byte is not sent again when the blob is there', async () => {
    await using registry = await FakeRegistry.open();
    const lost = once(/PUT/, (_, response) => {
      registry.blobs.set(DIGEST, BYTES);
      response.socket?.destroy();
    });
    expect((await push(registry, {}, lost)).uploaded).toBe('uploaded');
    expect(registry.asked.map(short)).toEqual(['HEAD', 'POST', 'PUT', 'HEAD']);
  });
});

describe('a blob that another repository has', () => {
  const from = { mountFrom: 'acme/other' };

  test('is mounted without a byte, and looked for once it is', async () => {
    await using registry = await FakeRegistry.open();
    const intercept = once(/POST/, (_, response) => {
      registry.blobs.set(DIGEST, BYTES);
      response.writeHead(201).end();
    });
    expect((await push(registry, from, intercept)).uploaded).toBe('mounted');
    expect(registry.asked.map(short)).toEqual(['HEAD', 'POST', 'HEAD']);
    expect(registry.asked[1]?.path).toContain(`mount=${encodeURIComponent(DIGEST)}&from=acme%2Fother`);
  });

  test('goes up when the registry does not mount', async () => {
    await using registry = await FakeRegistry.open();
    expect((await push(registry, from)).uploaded).toBe('uploaded');
    expect(registry.blobs.get(DIGEST)).toEqual(BYTES);
  });

  test('goes up when the registry says that it mounted what then is not there', async () => {
    await using registry = await FakeRegistry.open();
    const claims = once(/POST/, (_, response) => response.writeHead(201).end());
    expect((await push(registry, from, claims)).uploaded).toBe('uploaded');
    expect(registry.blobs.get(DIGEST)).toEqual(BYTES);
  });
});
