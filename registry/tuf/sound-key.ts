import { assertPublicKey, GreenticError } from '@greentic/core';

interface KeyedRoles {
  readonly keys: Readonly<Record<string, { keyType: string; keyVal: Readonly<Record<string, string>> }>>;
}

/**
 * Refuses keys that would undo a threshold. tuf-js counts key ids and does not compare them with the keys: one key under two
 * ids would count twice. It also takes any point for an Ed25519 key. Throws `index/invalid` or `trust/key-invalid`.
 */
export function assertSoundKeys({ keys }: KeyedRoles): void {
  const seen = new Set<string>();
  for (const [id, { keyType, keyVal }] of Object.entries(keys)) {
    const material = keyVal['public'];
    if (keyType !== 'ed25519' || material === undefined || !/^[0-9a-f]{64}$/.test(material)) {
      throw new GreenticError('index/invalid', `Key ${id} of the index is not an Ed25519 key.`);
    }
    if (seen.has(material))
      throw new GreenticError('index/invalid', `Key ${id} of the index is there under another id as well.`);
    seen.add(material);
    assertPublicKey(Buffer.from(material, 'hex').toString('base64'));
  }
}
