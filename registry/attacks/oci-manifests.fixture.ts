import { giving, IMAGE_INDEX, MANIFEST, NO_DIGEST, saying } from '../testing/oci-answer.ts';
import { type Answer, lies, type OciLie, PLACES } from '../testing/oci-lie.ts';

const { index, group, blob } = PLACES;
const same = (honest: Buffer) => honest;
const IMAGES = JSON.stringify({ schemaVersion: 2, mediaType: IMAGE_INDEX, manifests: [] });
const PAGE = '<!doctype html><title>Sign in</title>';

type Layer = Record<string, unknown> & { size: number };

/** The manifest of the index, with its layers changed. */
const layers = (change: (layers: Layer[]) => unknown[]): Answer =>
  giving((honest) => {
    const manifest = JSON.parse(honest.toString());
    return JSON.stringify({ ...manifest, layers: change(manifest.layers) });
  });
const first = (change: (layer: Layer) => object) => layers(([layer, ...more]) => [change(layer as Layer), ...more]);

/** A registry sends manifests that are none, or are not what they say they are. */
export const OCI_MANIFESTS: readonly OciLie[] = [
  ...lies('registry/protocol', group, {
    'a group under the type of an image manifest': giving(same, { 'content-type': MANIFEST }),
  }),
  ...lies('registry/protocol', index, {
    'an index under the type of an image index': giving(same, { 'content-type': IMAGE_INDEX }),
    'an image index in the place of the index, under the type of a manifest': giving(() => IMAGES),
    'an index under the type of docker': giving(same, {
      'content-type': 'application/vnd.docker.distribution.manifest.v2+json',
    }),
    'an index under the type of docker’s first schema': giving(same, {
      'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws',
    }),
    'an index under the type of any JSON': giving(same, { 'content-type': 'application/json' }),
    'an index under no type': giving(same, { 'content-type': '' }),
    'an index under two types': (response, honest) => {
      const types = [MANIFEST, IMAGE_INDEX].flatMap((type) => ['content-type', type]);
      response.writeHead(200, types).end(honest);
    },
    'a page in place of the index': giving(() => PAGE, { 'content-type': 'text/html; charset=utf-8' }),
    'a page in place of the index, under the type of a manifest': giving(() => PAGE),
    'an index nested without an end': giving(() => '['.repeat(100_000)),
    'an index with a key that would be a prototype': giving(() => '{"__proto__":{"schemaVersion":2}}'),
    'an index that is not UTF-8': giving(() => Buffer.from('{"\xff":1}', 'latin1')),
    'an index that is a list': giving(() => '[]'),
    'an index that is null': giving(() => 'null'),
    'an index that ends early': giving((honest) => honest.subarray(0, -1)),
    'an index followed by another': giving((honest) => Buffer.concat([honest, honest])),
    'an index of a type that is no text': giving(() => '{"mediaType":{"length":1}}'),
  }),
  ...lies('index/invalid', index, {
    'an image index in the place of the index': giving(() => IMAGES, { 'content-type': IMAGE_INDEX }),
    'an index of 20,001 files': layers(() => Array(20_001).fill({})),
    'an index that names a file twice': layers(([layer, ...more]) => [layer, layer, ...more]),
    'an index with a file without a name': first(({ annotations: _, ...layer }) => layer),
    'an index that names a file larger than any': first((layer) => ({ ...layer, size: 2 ** 40 })),
    'an index that names a file of less than nothing': first((layer) => ({ ...layer, size: -1 })),
    'an index with a file under a digest of another algorithm': first((layer) => ({
      ...layer,
      digest: `sha512:${'0'.repeat(128)}`,
    })),
    'an index with a file that lies elsewhere': first((layer) => ({ ...layer, urls: ['https://elsewhere.example/'] })),
  }),
  ...lies('blob/digest-mismatch', index, {
    'an index with other bytes inside than it names': first((layer) => ({ ...layer, digest: NO_DIGEST })),
  }),
  ...lies('blob/size-mismatch', index, {
    'an index with bytes inside of another size': first((layer) => ({ ...layer, size: layer.size + 1 })),
  }),
  ...lies('blob/digest-mismatch', blob, { 'a page in place of a blob': giving(() => PAGE) }),
  ...lies('registry/unreachable', index, {
    'that there is no index': saying(404),
    'an index without files': layers(() => []),
  }),
  ...lies('registry/incomplete', blob, { 'that there is no such blob': saying(404) }),
  ...lies('registry/incomplete', group, { 'that there is no such group': saying(404) }),
];
