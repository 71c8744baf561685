import {
  assertPublicKey,
  canonicalize,
  decode,
  digestOf,
  GreenticError,
  hexOf,
  keyPairOf,
  parseJson,
  signBytes,
} from '@greentic/core';
import { canonicalize as canonicalizeTuf } from '@tufjs/canonical-json';
import * as z from 'zod';
import {
  INDEX_INVALID,
  METADATA_MAX_BYTES,
  type MetaFacts,
  RootRole,
  Signatures,
  type SignedRole,
  SnapshotRole,
  TargetsRole,
  TimestampRole,
  type TopRole,
  type TufKey,
} from './signed.ts';
import { assertSoundKeys, keyIdOfTuf } from './sound-key.ts';

/** Target path of an artifact's versions document: the first segment decides which role may sign it. */
export function documentPath(namespace: string, name: string): string {
  return `${namespace}/${name}.json`;
}

/** File of a metadata version; only the timestamp is found without knowing its version. */
export function metadataFile(role: string, version: number): string {
  return role === 'timestamp' ? 'timestamp.json' : `${version}.${role}.json`;
}

/** File of a target under consistent snapshots: the digest comes before the last segment. */
export function targetFile(path: string, sha256: string): string {
  const cut = path.lastIndexOf('/') + 1;
  return `targets/${path.slice(0, cut)}${sha256}.${path.slice(cut)}`;
}

/** A public key, base64 of its raw bytes, as TUF writes it, and the id TUF gives it. Throws `trust/key-invalid`. */
export function tufKeyOf(publicKey: string): { id: string; key: TufKey } {
  const key: TufKey = {
    keytype: 'ed25519',
    scheme: 'ed25519',
    keyval: { public: Buffer.from(assertPublicKey(publicKey)).toString('hex') },
  };
  return { id: keyIdOfTuf(key), key };
}

/** Ids by the digest of their secret key: to find one takes milliseconds, and each role asks for those of all keys at hand. */
const ids = new Map<string, string>();

/** The id TUF gives the key pair of a secret key. */
export function tufKeyId(secretKey: string): string {
  const digest = digestOf(secretKey);
  const id = ids.get(digest) ?? tufKeyOf(keyPairOf(secretKey).publicKey).id;
  ids.set(digest, id);
  return id;
}

/** The file of a role: the signed part, and a signature of each key over its canonical form. */
export function encodeMetadata(signed: SignedRole, secretKeys: readonly string[]): Uint8Array {
  const bytes = Buffer.from(canonicalizeTuf(signed));
  const signatures = [...new Set(secretKeys)].map((secretKey) => ({
    keyid: tufKeyId(secretKey),
    sig: Buffer.from(signBytes(bytes, secretKey)).toString('hex'),
  }));
  return Buffer.from(canonicalize({ signatures, signed }));
}

const SHAPES = { root: RootRole, targets: TargetsRole, snapshot: SnapshotRole, timestamp: TimestampRole } as const;

/** The signed part of a role's metadata. */
export type SignedOf<R extends TopRole> = z.infer<(typeof SHAPES)[R]>;

/**
 * The signed part of a metadata file, its signatures not looked at; a delegated role is read as `targets`. Throws
 * `index/invalid` and `trust/key-invalid`.
 */
export function decodeMetadata<R extends TopRole>(bytes: Uint8Array, role: R): SignedOf<R> {
  const value = parseJson(bytes, { maxBytes: METADATA_MAX_BYTES[role], code: INDEX_INVALID });
  const file = z.looseObject({ signed: SHAPES[role], signatures: Signatures });
  const { signed } = decode(file, value, INDEX_INVALID, `The ${role} metadata`) as { signed: SignedOf<R> };
  if (signed._type === 'root') assertSoundKeys(signed.keys);
  if (signed._type === 'targets' && signed.delegations !== undefined) assertSoundKeys(signed.delegations.keys);
  return signed;
}

/** Whether one of these keys signed a metadata file. Ed25519 signs without chance (RFC 8032): the signature, made anew, is the same. */
export function isSignedBy(file: Uint8Array, secretKeys: readonly string[]): boolean {
  const own = JSON.parse(Buffer.from(encodeMetadata(decodeMetadata(file, 'targets'), secretKeys)).toString());
  const given = JSON.parse(Buffer.from(file).toString()) as { signatures: Signatures };
  const made = new Map((own as { signatures: Signatures }).signatures.map(({ keyid, sig }) => [keyid, sig]));
  return given.signatures.some(({ keyid, sig }) => made.get(keyid) === sig);
}

/** What a role says of a file of another role. */
export function metaFactsOf(version: number, bytes: Uint8Array): MetaFacts {
  return { version, length: bytes.byteLength, hashes: { sha256: hexOf(digestOf(bytes)) } };
}

/** The instant some days from now, as TUF writes it: in seconds. */
export function expiryAfter(now: Date, days: number): string {
  if (!(days > 0)) throw new GreenticError('input/invalid', 'An expiry must be some days ahead.');
  return new Date(now.getTime() + days * 86_400_000).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
