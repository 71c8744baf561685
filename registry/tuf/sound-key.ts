import { assertPublicKey, digestOf, GreenticError, hexOf, keyIdOf } from '@greentic/core';
import { canonicalize } from '@tufjs/canonical-json';
import type { TufKey, TufKeys } from './signed.ts';

/** The id TUF gives a key: SHA-256 of its canonical form (§4.2). */
export function keyIdOfTuf(key: TufKey): string {
  return hexOf(digestOf(canonicalize(key)));
}

/** The id by which everything but TUF knows a key of an index: that of its public half. */
export function ownKeyId(key: TufKey): string {
  return keyIdOf(Buffer.from(key.keyval.public, 'hex').toString('base64'));
}

/**
 * Refuses keys that would undo a threshold. tuf-js counts key ids and does not compare them with the keys: one key under two
 * ids would count twice. It also takes any point for an Ed25519 key. Throws `index/invalid` or `trust/key-invalid`.
 */
export function assertSoundKeys(keys: TufKeys): void {
  const seen = new Set<string>();
  for (const [id, key] of Object.entries(keys)) {
    const material = key.keyval.public;
    if (seen.has(material))
      throw new GreenticError('index/invalid', `Key ${id} of the index is there under another id as well.`);
    seen.add(material);
    if (keyIdOfTuf(key) !== id) throw new GreenticError('index/invalid', `${id} is not the id of its key.`);
    assertPublicKey(Buffer.from(material, 'hex').toString('base64'));
  }
}
