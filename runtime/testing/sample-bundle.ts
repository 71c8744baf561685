import { canonicalize, digestOf } from '@greentic/core';
import type { WorkerSpec } from '../supervisor/wanted-workers.ts';
import type { BundleBytes } from '../worker/bundle-bytes.ts';

/** A bundle in memory, put together as a registry would. */
export interface SampleBundle {
  readonly bytes: BundleBytes;
  readonly digest: string;
  /** A worker of it: revision `<sequence>` of `desk.acme`, or of another customer. */
  spec(sequence?: number, customer?: string): WorkerSpec;
}

/** Makes a bundle of a module's text. */
export function sampleBundle(module: string, asked: { needs?: string[]; secrets?: string[] } = {}): SampleBundle {
  const manifest = {
    schema: 'greentic.bundle/1',
    name: 'example.bundle.desk',
    version: '1.0.0',
    title: 'Desk',
    description: 'Answers requests in tests.',
    ...asked,
  };
  const config = Buffer.from(canonicalize(manifest));
  const text = Buffer.from(module);
  const describe = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.byteLength,
  });
  const image = Buffer.from(
    canonicalize({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      artifactType: 'application/vnd.greentic.artifact.v1',
      config: describe('application/vnd.greentic.bundle.config.v1+json', config),
      layers: [describe('application/vnd.greentic.module.v1+javascript', text)],
    }),
  );
  const digest = digestOf(image);
  const spec = (sequence = 1, customer = 'acme') =>
    ({
      revision: `desk.${customer}.${sequence}`,
      deployment: `desk.${customer}`,
      customer,
      bundle: { name: manifest.name, version: manifest.version, digest },
    }) as WorkerSpec;
  return { bytes: { image, config, module: text }, digest, spec };
}
