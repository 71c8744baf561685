import { PackError, type Seal } from '@greentic/sdk';
import type { LiveRecord } from './record.ts';

const NONCE_BYTES = 12;

const toBytes = (base64: string) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
const toBase64 = (bytes: Uint8Array) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));

/** What the ciphertext is bound to: moved under another name or version, it does not open. */
const contextOf = (key: string, version: number) => JSON.stringify([key, version]);

/** Encrypts a value (base64) under a fresh data key, bound to its name and version. */
export async function sealValue(
  { value, version }: { value: string; version: number },
  key: string,
  seal: Seal,
): Promise<LiveRecord> {
  const dataKey = crypto.getRandomValues(new Uint8Array(32));
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const context = contextOf(key, version);
  const cipherKey = await crypto.subtle.importKey('raw', dataKey, 'AES-GCM', false, ['encrypt']);
  const additionalData = new TextEncoder().encode(context);
  const body = new Uint8Array(
    await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData }, cipherKey, toBytes(value)),
  );
  const { sealed } = await seal.wrap({ plain: toBase64(dataKey), context });
  return { version, sealed: toBase64(new Uint8Array([...nonce, ...body])), dataKey: sealed };
}

/** Decrypts what `sealValue` made; anything else fails with `secret/integrity`. */
export async function openValue(record: LiveRecord, key: string, seal: Seal): Promise<string> {
  const context = contextOf(key, record.version);
  try {
    const { plain } = await seal.unwrap({ sealed: record.dataKey, context });
    const cipherKey = await crypto.subtle.importKey('raw', toBytes(plain), 'AES-GCM', false, ['decrypt']);
    const sealed = toBytes(record.sealed);
    const additionalData = new TextEncoder().encode(context);
    const parameters = { name: 'AES-GCM', iv: sealed.slice(0, NONCE_BYTES), additionalData };
    return toBase64(new Uint8Array(await crypto.subtle.decrypt(parameters, cipherKey, sealed.slice(NONCE_BYTES))));
  } catch {
    throw new PackError('secret/integrity', 'The stored secret was changed, or belongs elsewhere.');
  }
}
