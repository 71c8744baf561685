import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { digestOf, hexOf } from '@greentic/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BUILD_TYPE, provenanceStatement } from '../evidence/provenance-predicate.ts';
import { decodeSbom } from '../evidence/sbom-predicate.ts';
import { buildArtifact } from './build.ts';
import { MEDIA_TYPES } from './media-type.ts';
import { decodePackImage, MODULE_MAX_BYTES } from './pack-image.ts';

const PACK_JSON = JSON.stringify({
  schema: 'greentic.pack/1',
  name: 'acme.state.memory',
  version: '1.0.0',
  title: 'Memory state',
  description: 'Keeps state in memory, for tests only.',
  slot: 'state',
  contract: 1,
});
const BUNDLE_JSON = JSON.stringify({
  schema: 'greentic.bundle/1',
  name: 'acme.bundle.greeter',
  version: '1.0.0',
  title: 'Greeter',
  description: 'Says hello to whoever asks.',
});
const SOURCES = {
  'pack.json': PACK_JSON,
  'index.ts':
    "import { greet } from './greet.ts';\nimport parse from 'esm-lib';\nimport legacy from 'cjs-lib';\nexport default { greet, parse, legacy };\n",
  'greet.ts': "export const greet = (name: string): string => 'hé '.concat(name);\n",
  'README.md': '# Memory\n',
};
const LIBRARIES = {
  'node_modules/esm-lib/package.json':
    '{"name":"esm-lib","version":"2.1.0","type":"module","main":"node.js","browser":"edge.js"}',
  'node_modules/esm-lib/node.js': "export { readFileSync as default } from 'node:fs';\n",
  'node_modules/esm-lib/edge.js': "import fs from './fs.js';\nexport default () => fs;\n",
  'node_modules/esm-lib/fs.js': 'export default 1;\n',
  'node_modules/cjs-lib/package.json': '{"name":"cjs-lib","version":"0.3.0","browser":{"fs":false}}',
  'node_modules/cjs-lib/index.js':
    "const fs = typeof require === 'undefined' ? null : require('fs');\nmodule.exports = { fs };\n",
};

const sha256 = (content: string | Uint8Array) => ({ alg: 'SHA-256', content: hexOf(digestOf(content)) });

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'build-'));
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

/** Writes files below a folder of the test's home, and returns the folder. */
async function folderWith(folder: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(home, folder, path)), { recursive: true });
    await writeFile(join(home, folder, path), content);
  }
  return join(home, folder);
}

describe('a build', () => {
  test('gives one module, the exact description, and an image that names both', async () => {
    const folder = await folderWith('pack', { ...SOURCES, ...LIBRARIES });
    const built = await buildArtifact(folder);
    expect(built).toMatchObject({
      name: 'acme.state.memory',
      version: '1.0.0',
      manifest: { slot: 'state', contract: 1 },
    });
    expect(Buffer.from(built.config).toString()).toBe(PACK_JSON);
    expect(built.digest).toBe(digestOf(built.image));
    expect(decodePackImage(built.image)).toMatchObject({
      config: { digest: digestOf(built.config) },
      module: { digest: digestOf(built.module) },
    });
    const module = await import(`data:text/javascript;base64,${Buffer.from(built.module).toString('base64')}`);
    expect(module.default.greet('you')).toBe('hé you');
    expect(module.default.parse()).toBe(1);
    expect(Object.keys(module)).toEqual(['default']);
  });

  test('in two folders, with the libraries installed in different places, gives one digest', async () => {
    const near = await folderWith('near', { ...SOURCES, ...LIBRARIES });
    await folderWith('far', LIBRARIES);
    const far = await folderWith('far/deep/down/pack', {
      ...SOURCES,
      'tsconfig.json': '{"compilerOptions":{"target":"es5"}}',
    });
    const [one, other] = [await buildArtifact(near), await buildArtifact(far)];
    expect(Buffer.from(other.module).toString()).toBe(Buffer.from(one.module).toString());
    expect(Buffer.from(other.sbom).toString()).toBe(Buffer.from(one.sbom).toString());
    expect(other.digest).toBe(one.digest);
    expect((await buildArtifact(near)).digest).toBe(one.digest);
  });

  test('names no folder of the machine it ran on', async () => {
    const folder = await folderWith('pack', { ...SOURCES, ...LIBRARIES });
    const text = Buffer.from((await buildArtifact(folder)).module).toString();
    expect(text).not.toContain(home);
    expect(text).not.toContain('node_modules');
    expect(text).toContain('// esm-lib@2.1.0/edge.js');
    expect(text).toContain('"cjs-lib@0.3.0/index.js"(');
  });

  test('lists the packages in its module, with licence and hashes, and none that was left out as unused', async () => {
    const folder = await folderWith('pack', {
      ...SOURCES,
      ...LIBRARIES,
      'node_modules/esm-lib/package.json':
        '{"name":"esm-lib","version":"2.1.0","license":"MIT","type":"module","sideEffects":false,"browser":"edge.js"}',
      'node_modules/esm-lib/edge.js': "export { unused } from 'idle-lib';\nexport default () => 1;\n",
      'node_modules/idle-lib/package.json':
        '{"name":"idle-lib","version":"9.0.0","type":"module","main":"index.js","sideEffects":false}',
      'node_modules/idle-lib/index.js': 'export const unused = 1;\n',
      'node_modules/cjs-lib/package.json':
        '{"name":"cjs-lib","version":"0.3.0","license":"MIT OR Apache-2.0","browser":{"fs":false}}',
    });
    const { module, sbom, image, materials } = await buildArtifact(folder);
    const list = decodeSbom(sbom);
    expect(list).toMatchObject({
      specVersion: '1.6',
      metadata: { component: { name: 'acme.state.memory', version: '1.0.0', hashes: [sha256(module)] } },
      components: [
        { purl: 'pkg:npm/cjs-lib@0.3.0', licenses: [{ expression: 'MIT OR Apache-2.0' }] },
        {
          purl: 'pkg:npm/esm-lib@2.1.0',
          licenses: [{ license: { id: 'MIT' } }],
          components: [
            {
              type: 'file',
              name: 'edge.js',
              hashes: [sha256("export { unused } from 'idle-lib';\nexport default () => 1;\n")],
            },
          ],
        },
      ],
    });
    expect(list.components).toHaveLength(2);
    expect(materials.map(({ name }) => name)).toEqual(['cjs-lib', 'esm-lib', 'idle-lib']);
    expect(decodePackImage(image).layers.at(-1)).toMatchObject({ mediaType: MEDIA_TYPES.sbom, digest: digestOf(sbom) });
    expect(Buffer.from(sbom).toString()).not.toContain(home);
  });

  test.each(['package-lock.json', 'node_modules/.package-lock.json'])(
    'takes the integrity of its packages from %s, when it is of the version that is installed',
    async (lock) => {
      const integrity = `sha512-${Buffer.alloc(64, 7).toString('base64')}`;
      const packages = {
        'node_modules/esm-lib': { version: '2.1.0', integrity: `sha1-AAAA ${integrity}` },
        'node_modules/cjs-lib': { version: '0.2.9', integrity },
      };
      const folder = await folderWith('pack', { ...SOURCES, ...LIBRARIES, [lock]: JSON.stringify({ packages }) });
      const build = await buildArtifact(folder);
      const { predicate } = provenanceStatement(build, { id: 'https://builder.example', version: { gtc: '1.0.0' } });
      expect(predicate).toEqual({
        buildDefinition: {
          buildType: BUILD_TYPE,
          externalParameters: { source: 'pack', manifest: { sha256: hexOf(digestOf(PACK_JSON)) } },
          resolvedDependencies: [
            { uri: 'pkg:npm/cjs-lib@0.3.0' },
            { uri: 'pkg:npm/esm-lib@2.1.0', digest: { sha512: '07'.repeat(64) } },
          ],
        },
        runDetails: { builder: { id: 'https://builder.example', version: { gtc: '1.0.0' } } },
      });
      // What a lock says is told beside the artifact: it may not decide its digest.
      await rm(join(folder, lock));
      expect((await buildArtifact(folder)).digest).toBe(build.digest);
    },
  );

  test('of other code, another description or another README has another digest', async () => {
    const folder = await folderWith('pack', { ...SOURCES, ...LIBRARIES });
    const before = await buildArtifact(folder);
    const changes = { 'greet.ts': 'export const greet = 1;', 'pack.json': `${PACK_JSON} `, 'README.md': '# Other\n' };
    for (const [file, content] of Object.entries(changes)) {
      await cp(folder, join(home, 'changed'), { recursive: true });
      await writeFile(join(home, 'changed', file), content);
      expect((await buildArtifact(join(home, 'changed'))).digest).not.toBe(before.digest);
      await rm(join(home, 'changed'), { recursive: true });
    }
  });

  test('of a bundle works as that of a pack', async () => {
    const folder = await folderWith('bundle', {
      'bundle.json': BUNDLE_JSON,
      'index.ts': 'export default { fetch: () => new Response() };',
    });
    expect(await buildArtifact(folder)).toMatchObject({
      name: 'acme.bundle.greeter',
      manifest: { schema: 'greentic.bundle/1' },
    });
  });
});

describe('a build is refused', () => {
  const lines = (...text: string[]) => `${text.join('\n')}\n`;
  const code: [what: string, source: string, place: string][] = [
    ['a module of Node', lines("import fs from 'node:fs';", 'export default fs;'), 'index.ts:1'],
    ['a package that is not installed', lines('', "import x from 'no-such-lib';", 'export default x;'), 'index.ts:2'],
    ['a URL', lines('', "import 'https://example.com/x.js';", 'export default 1;'), 'index.ts:2'],
    ['an import at run time', lines('', '', 'export default (name: string) => import(name);'), 'index.ts:3'],
    ['a require at run time', lines('', 'export default (name: string) => require(name);'), 'index.ts:2'],
    [
      'a require that may fail',
      lines('let x;', "try { x = require('fs'); } catch {}", 'export default x;'),
      'index.ts:2',
    ],
    ['a syntax error', lines('export default {'), 'index.ts:2'],
    ['no default export', lines('export const pack = 1;'), 'index.ts'],
  ];
  test.each(code)('for %s with pack/build-failed and the place', async (_, source, place) => {
    const folder = await folderWith('pack', { 'pack.json': PACK_JSON, 'index.ts': source });
    await expect(buildArtifact(folder)).rejects.toMatchObject({
      code: 'pack/build-failed',
      message: expect.stringContaining(place),
    });
  });

  const folders: [what: string, files: Record<string, string | Uint8Array>, code: string][] = [
    ['without a description', { 'index.ts': 'export default 1;' }, 'pack/build-failed'],
    [
      'with two descriptions',
      { 'pack.json': PACK_JSON, 'bundle.json': BUNDLE_JSON, 'index.ts': 'export default 1;' },
      'pack/build-failed',
    ],
    ['without an entry', { 'pack.json': PACK_JSON }, 'pack/build-failed'],
    [
      'with a bundle’s description in pack.json',
      { 'pack.json': BUNDLE_JSON, 'index.ts': 'export default 1;' },
      'pack/manifest-invalid',
    ],
    [
      'with a description that lacks fields',
      { 'pack.json': '{"schema":"greentic.pack/1"}', 'index.ts': 'export default 1;' },
      'pack/manifest-invalid',
    ],
    [
      'with a description that is too large',
      { 'pack.json': PACK_JSON + ' '.repeat(65_536), 'index.ts': 'export default 1;' },
      'pack/manifest-invalid',
    ],
    [
      'with a README that is too large',
      { 'pack.json': PACK_JSON, 'README.md': 'x'.repeat(300_000), 'index.ts': 'export default 1;' },
      'pack/build-failed',
    ],
    [
      'whose module is too large',
      { 'pack.json': PACK_JSON, 'index.ts': `export default ${JSON.stringify('x'.repeat(MODULE_MAX_BYTES))};` },
      'pack/build-failed',
    ],
    [
      'that bundles into several files',
      { 'pack.json': PACK_JSON, 'index.ts': "import './style.css';\nexport default 1;", 'style.css': 'a{}' },
      'pack/build-failed',
    ],
  ];
  test.each(folders)('for a folder %s', async (_, files, code) => {
    const folder = await folderWith('pack', files);
    await expect(buildArtifact(folder)).rejects.toMatchObject({ code });
  });

  test('for code outside the folder that belongs to no package', async () => {
    await folderWith('.', { 'outside.ts': 'export default 1;' });
    const folder = await folderWith('pack', {
      'pack.json': PACK_JSON,
      'index.ts': "export { default } from '../outside.ts';",
    });
    await expect(buildArtifact(folder)).rejects.toMatchObject({
      code: 'pack/build-failed',
      message: expect.stringContaining('outside'),
    });
  });
});
