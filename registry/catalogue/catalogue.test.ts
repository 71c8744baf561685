import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactName, Version } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { assembleArtifact } from '../artifact/built-artifact.ts';
import { blobPath } from '../layout/image-layout.ts';
import { deprecate, releaseTo, yank } from '../publish/offering.ts';
import {
  daysLater,
  publishEvidence,
  SAMPLE,
  SampleRegistry,
  sampleBundle,
  sampleEvidence,
  samplePack,
  T0,
} from '../testing/sample-registry.ts';
import { flipByte } from '../testing/tamper.ts';
import { channelOf } from '../tuf/channel.ts';
import { makeCatalogue, writeCatalogue } from './catalogue.ts';
import { html } from './html.ts';
import { permissionText, sizeText } from './permission-text.ts';
import { pageFile } from './start-page.ts';

const PAGE = pageFile(SAMPLE);

const permissions = [
  {
    kind: 'http',
    binding: 'api',
    origins: ['https://api.example'],
    methods: ['GET', 'PUT'],
    paths: ['/v1/**'],
    reason: 'It talks to the service.',
  },
  { kind: 'kv', binding: 'state', quotaBytes: 3_145_728, reason: 'It keeps what it is given.', optional: true },
];

async function pageOf(registry: SampleRegistry, file = PAGE): Promise<string> {
  return (await makeCatalogue(registry.folder, T0)).files.get(file) ?? '';
}

describe('the page of a pack', () => {
  test('says what it is, what it asks and why, who signed, and how to install it', async () => {
    await using registry = await SampleRegistry.create();
    const pack = samplePack('1.2.0', { permissions });
    await registry.publish(pack);
    const text = await pageOf(registry);
    for (const part of [
      'Memory state',
      SAMPLE,
      '1.2.0',
      'Sends GET, PUT to https://api.example, paths /v1/**',
      'It talks to the service.',
      'Keeps entries in state, up to 3 MiB',
      'optional',
      'conformant',
      pack.digest,
      `gtc op env-packs add &lt;env&gt; ${SAMPLE}@1.2.0`,
    ])
      expect(text).toContain(part);
  });

  test('describes the newest release, and lists the others', async () => {
    await using registry = await SampleRegistry.create();
    for (const version of ['1.0.0', '1.10.0', '1.9.0', '2.0.0-beta.1']) await registry.publish(samplePack(version));
    const text = await pageOf(registry);
    expect(text).toContain(`${SAMPLE}@1.10.0`);
    expect([...text.matchAll(/<th scope="row">(\d[^<]*)</g)].map(([, version]) => version)).toEqual([
      '2.0.0-beta.1',
      '1.10.0',
      '1.9.0',
      '1.0.0',
    ]);
  });

  test('follows the stable channel, and shows channels', async () => {
    await using registry = await SampleRegistry.create();
    for (const version of ['1.0.0', '1.1.0']) await registry.publish(samplePack(version));
    await releaseTo(registry.folder, {
      name: SAMPLE,
      version: '1.0.0' as Version,
      channel: channelOf('stable'),
      ...registry.keys,
    });
    const text = await pageOf(registry);
    expect(text).toContain(`${SAMPLE}@1.0.0`);
    expect(text).toContain('<code>latest/stable</code> is 1.0.0');
  });

  test('says what was taken back, and offers something else', async () => {
    await using registry = await SampleRegistry.create();
    for (const version of ['1.0.0', '1.1.0']) await registry.publish(samplePack(version));
    await yank(registry.folder, {
      name: SAMPLE,
      version: '1.1.0' as Version,
      reason: 'It leaks memory.',
      ...registry.keys,
    });
    const text = await pageOf(registry);
    expect(text).toContain(`${SAMPLE}@1.0.0`);
    expect(text).toContain('It leaks memory.');
  });

  test('says that a name is deprecated, and links to its successor', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    const deprecation = { reason: 'There is a better one.', successor: 'acme.state.better' as ArtifactName };
    await deprecate(registry.folder, { name: SAMPLE, deprecation, ...registry.keys });
    const text = await pageOf(registry);
    expect(text).toContain('There is a better one.');
    expect(text).toContain('href="pack-acme.state.better.html"');
  });

  test('says that nobody vouches for its conformance when nobody does', async () => {
    await using registry = await SampleRegistry.create();
    const pack = samplePack();
    await registry.publish(pack, [publishEvidence(pack)]);
    const text = await pageOf(registry);
    expect(text).toContain('Nobody has signed a conformance report.');
    expect(text).not.toContain('>conformant<');
  });

  test('of a bundle says what its worker uses, and how to deploy it', async () => {
    await using registry = await SampleRegistry.create();
    const bundle = sampleBundle();
    await registry.publish(bundle, sampleEvidence(bundle));
    expect(await pageOf(registry, pageFile(bundle.name))).toContain(`gtc op deploy &lt;env&gt; ${bundle.name}@1.0.0`);
  });

  test('lets no markup of its publisher through', async () => {
    await using registry = await SampleRegistry.create();
    const evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>';
    const config = Buffer.from(
      JSON.stringify({
        schema: 'greentic.pack/1',
        name: SAMPLE,
        version: '1.0.0',
        slot: 'state',
        contract: 1,
        title: evil,
        description: `It is described: ${evil}`,
        permissions: [{ kind: 'log', reason: `Because ${evil}` }],
      }),
    );
    const pack = assembleArtifact({
      config,
      module: Buffer.from('export default {};'),
      readme: Buffer.from(`# ${evil}\n\n${evil}\n\n[x](javascript:alert(1))`),
    });
    await registry.publish(pack);
    const { files } = await makeCatalogue(registry.folder, T0);
    for (const text of files.values()) {
      if (!text.startsWith('<!doctype')) continue;
      expect(text.match(/<script(?! src="search\.js" defer>)/g)).toBeNull();
      expect(text).not.toMatch(/<img|<[^>]*href="javascript/);
    }
  });
});

describe('a catalogue', () => {
  test('of an empty registry is a start page', async () => {
    await using registry = await SampleRegistry.create();
    const { files } = await makeCatalogue(registry.folder, T0);
    expect([...files.keys()]).toEqual(['index.html', 'style.css', 'search.js']);
    expect(files.get('index.html')).toContain('0 entries');
  });

  test('names nothing outside itself but what packs link to', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    const { files } = await makeCatalogue(registry.folder, T0);
    for (const text of files.values()) {
      expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
      expect(text).not.toMatch(/@import|url\(/);
    }
  });

  test('leaves out a name whose bytes are not the ones published, and says so', async () => {
    await using registry = await SampleRegistry.create();
    const pack = samplePack();
    await registry.publish(pack);
    const bundle = sampleBundle();
    await registry.publish(bundle, sampleEvidence(bundle));
    await flipByte(blobPath(registry.folder, pack.digest));
    const { files, omitted } = await makeCatalogue(registry.folder, T0);
    expect(omitted).toMatchObject([{ name: SAMPLE, error: { code: 'blob/digest-mismatch' } }]);
    expect([files.has(PAGE), files.has(pageFile(bundle.name))]).toEqual([false, true]);
  });

  test('is not made from an index that has expired or was changed', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    await expect(makeCatalogue(registry.folder, daysLater(8))).rejects.toMatchObject({ code: 'index/expired' });
    const timestamp = join(registry.folder, 'tuf', 'timestamp.json');
    await writeFile(timestamp, (await readFile(timestamp, 'utf8')).replace('"expires":"2031', '"expires":"2032'));
    await expect(makeCatalogue(registry.folder, T0)).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:index|registry)\//),
    });
  });

  test('is written into a folder', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    const out = join(registry.home, 'pages');
    await writeCatalogue(registry.folder, { out, now: T0 });
    expect((await readdir(out)).toSorted()).toEqual(['index.html', PAGE, 'search.js', 'style.css']);
  });
});

describe('words', () => {
  test('markup escapes what is put into it, and keeps what is markup', () => {
    const inner = html`<b>${'<i> & "q"'}</b>`;
    expect(html`${inner}${['a<', html`<br>`]}${undefined}${0}`.text).toBe(
      '<b>&lt;i&gt; &amp; &quot;q&quot;</b>a&lt;<br>0',
    );
  });

  test.each([
    [0, '0 bytes'],
    [1023, '1023 bytes'],
    [1536, '1.5 KiB'],
    [2 ** 30, '1 GiB'],
    [2 ** 40, '1024 GiB'],
  ])('%d is %s', (bytes, text) => {
    expect(sizeText(bytes)).toBe(text);
  });

  test.each([
    [
      { kind: 'secret', binding: 'key', access: 'use', towards: 'api' },
      'Sends the secret key to api, without seeing it',
    ],
    [{ kind: 'secret', binding: 'key', access: 'value' }, 'Reads the secret key'],
    [{ kind: 'seal', binding: 'box' }, 'Seals data under the key box, without seeing the key'],
    [{ kind: 'workers' }, 'Starts and stops the processes of bundles'],
    [{ kind: 'log' }, 'Writes to the log'],
    [
      { kind: 'http', binding: 'a', origins: [], originFrom: 'where', methods: ['GET'], paths: ['/'] },
      'Sends GET to an address the operator gives, paths /',
    ],
  ])('a permission in words: %o', (permission, text) => {
    expect(
      permissionText({ reason: 'It has to.', optional: false, ...permission } as Parameters<typeof permissionText>[0]),
    ).toBe(text);
  });
});
