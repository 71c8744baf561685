import type { Seal } from '@greentic/core/slots';
import { PackError } from '../pack-error.ts';

const NONCE_BYTES = 12;

/** A seal with a key of its own in memory: really encrypts, really binds to the context. */
export class MemorySeal implements Seal {
  readonly #key = crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);

  async wrap({ plain, context }: { plain: string; context: string }): Promise<{ sealed: string }> {
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const body = await crypto.subtle.encrypt(parameters(nonce, context), await this.#key, fromBase64(plain));
    return { sealed: toBase64(new Uint8Array([...nonce, ...new Uint8Array(body)])) };
  }

  async unwrap({ sealed, context }: { sealed: string; context: string }): Promise<{ plain: string }> {
    try {
      const bytes = fromBase64(sealed);
      const body = bytes.slice(NONCE_BYTES);
      const plain = await crypto.subtle.decrypt(
        parameters(bytes.slice(0, NONCE_BYTES), context),
        await this.#key,
        body,
      );
      return { plain: toBase64(new Uint8Array(plain)) };
    } catch {
      throw new PackError('secret/integrity', 'What was sealed was changed, or belongs to another context.');
    }
  }
}

const parameters = (iv: Uint8Array<ArrayBuffer>, context: string) => ({
  name: 'AES-GCM',
  iv,
  additionalData: new TextEncoder().encode(context),
});
const fromBase64 = (text: string) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
const toBase64 = (bytes: Uint8Array) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
