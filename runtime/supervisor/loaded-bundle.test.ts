import { canonicalize, digestOf } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { sampleBundle } from '../testing/sample-bundle.ts';
import { checkBundle } from './loaded-bundle.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const bundle = sampleBundle('export default {};', { needs: ['state'] });

/** The bundle under another manifest, with every digest right. */
function withManifest(manifest: string) {
  const config = Buffer.from(manifest);
  const image = JSON.parse(bundle.bytes.image.toString());
  const bytes = Buffer.from(canonicalize({ ...image, config: { ...image.config, digest: digestOf(config) } }));
  const spec = bundle.spec();
  const ofIt = { ...spec, bundle: { ...spec.bundle, digest: digestOf(bytes) } };
  return () => checkBundle({ ...bundle.bytes, image: bytes, config }, ofIt);
}
const manifest = JSON.parse(Buffer.from(bundle.bytes.config).toString());

describe('a bundle that was loaded', () => {
  test('is believed when its bytes, its name and its version are those it was defined with', () => {
    const { manifest: believed, bytes } = checkBundle(bundle.bytes, bundle.spec());
    expect(believed).toMatchObject({ name: 'example.bundle.desk', version: '1.0.0', needs: ['state'] });
    expect(bytes).toBe(bundle.bytes);
    expect(withManifest(canonicalize(manifest))).not.toThrow();
  });

  test('of other bytes is blob/digest-mismatch, whatever its manifest says', () => {
    const other = sampleBundle('export default { other: true };', { needs: ['state'] });
    expect(() => checkBundle(other.bytes, bundle.spec())).toThrow(code('blob/digest-mismatch'));
  });

  test.each([
    ['of another name', { ...manifest, name: 'example.bundle.payroll' }, 'artifact/invalid'],
    ['of another version', { ...manifest, version: '1.0.1' }, 'artifact/invalid'],
    ['with a field nobody knows', { ...manifest, root: true }, 'pack/manifest-invalid'],
    ['that asks for a slot there is not', { ...manifest, needs: ['deployer'] }, 'pack/manifest-invalid'],
    ['that is no manifest', [], 'pack/manifest-invalid'],
  ])('%s is refused with its own code', (_what, changed, refusal) => {
    expect(withManifest(canonicalize(changed))).toThrow(code(refusal));
  });

  test('that is a pack is refused with artifact/invalid: its permissions were granted to nobody', () => {
    const pack = {
      schema: 'greentic.pack/1',
      name: 'example.state.desk',
      version: manifest.version,
      title: 'Desk',
      description: 'A pack where a bundle belongs.',
      slot: 'state',
      contract: 1,
    };
    expect(withManifest(canonicalize(pack))).toThrow(
      expect.objectContaining({ code: 'artifact/invalid', message: 'example.state.desk is no bundle.' }),
    );
  });
});
