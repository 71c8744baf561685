import { EVIDENCE_MEDIA_TYPE, type KeyPair, PAYLOAD_TYPE, signBytes, type TrustRoot } from '@greentic/core';
import type { Installed } from '../install/install.ts';
import { ImageLayout } from '../layout/image-layout.ts';
import { partsOfVersion } from '../publish/version-parts.ts';
import { changeVersions, withVersion } from '../publish/versions-change.ts';
import type { AttackCase } from './attack.ts';
import type { Wild } from './index-forge.ts';
import { SampleRegistry, samplePack, T0 } from './sample-registry.ts';

/** What a registry in other hands offers for the sample pack. */
export interface Offering {
  readonly evidence: readonly string[];
  /** What the environment asks for and believes besides a publisher and a lab. */
  readonly trust?: Partial<TrustRoot>;
}

/** Evidence that an environment is offered, and the code it refuses the pack with. */
export interface EvidenceAttack extends AttackCase, Offering {}

/** Installs the sample pack from a registry whose evidence nobody looked at before it was published. */
export async function installOffered({ evidence, trust }: Offering): Promise<Installed> {
  await using registry = await SampleRegistry.create();
  const pack = samplePack();
  const layout = new ImageLayout(registry.folder);
  await changeVersions(registry.folder, pack.name, registry.keys, async (document) => {
    const { parts, entry } = partsOfVersion(pack, evidence, T0);
    for (const { bytes } of parts) await layout.write(bytes);
    return { document: withVersion(document, entry), result: entry };
  });
  registry.trustRoot = { ...registry.trustRoot, ...trust };
  return await registry.install();
}

/** What DSSE has a key sign; parts of it can be put differently. */
export function preAuthEncoding(payload: Uint8Array, type = PAYLOAD_TYPE, version = 'DSSEv1'): Buffer {
  return Buffer.concat([Buffer.from(`${version} ${type.length} ${type} ${payload.byteLength} `), payload]);
}

/** A bundle over any bytes, also over what is no statement; the signature is over `signed` when that is given. */
export function signPayload(
  payload: Uint8Array | string,
  { keyId, secretKey }: KeyPair,
  signed = preAuthEncoding(Buffer.from(payload)),
): Wild {
  const sig = Buffer.from(signBytes(signed, secretKey)).toString('base64');
  return {
    mediaType: EVIDENCE_MEDIA_TYPE,
    verificationMaterial: { publicKey: { hint: keyId } },
    dsseEnvelope: {
      payload: Buffer.from(payload).toString('base64'),
      payloadType: PAYLOAD_TYPE,
      signatures: [{ keyid: keyId, sig }],
    },
  };
}
