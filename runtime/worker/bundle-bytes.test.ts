import { digestOf } from '@greentic/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sampleBundle } from '../testing/sample-bundle.ts';
import { mismatchOf } from './bundle-bytes.ts';

const { bytes, digest } = sampleBundle('export default { fetch: () => new Response() };');

/** The same bundle under an image manifest changed by a function, with the digest that then is right. */
function withImage(change: (image: { config: object; layers: { mediaType?: string }[] }) => unknown) {
  const image = Buffer.from(JSON.stringify(change(JSON.parse(bytes.image.toString()))));
  return mismatchOf({ ...bytes, image }, digestOf(image));
}

describe('the bytes of a bundle', () => {
  test('match the digest they were made with', () => {
    expect(mismatchOf(bytes, digest)).toBeNull();
  });

  test('do not match once any one of them is flipped', () => {
    const part = fc.constantFrom('image', 'config', 'module' as const);
    fc.assert(
      fc.property(part, fc.nat(), fc.integer({ min: 1, max: 255 }), (name, at, mask) => {
        const flipped = Buffer.from(bytes[name]);
        const place = at % flipped.byteLength;
        flipped[place] = (flipped[place] ?? 0) ^ mask;
        expect(mismatchOf({ ...bytes, [name]: flipped }, digest)).toEqual(expect.any(String));
      }),
    );
  });

  test('do not match when the manifest names no config, no module, or something else first', () => {
    expect(withImage((image) => image)).toBeNull();
    expect(withImage(({ layers }) => ({ layers }))).toContain('does not name');
    expect(withImage(({ config }) => ({ config, layers: [] }))).toContain('does not name');
    expect(
      withImage(({ config, layers }) => ({
        config,
        layers: layers.map((each) => ({ ...each, mediaType: 'text/markdown' })),
      })),
    ).toContain('does not name');
    expect(withImage(() => null)).toContain('does not name');
  });
});
