import { type Kv, type KvEntry, PackError, type Seal, type SecretName, type Secrets } from '@greentic/sdk';
import { hasCode } from '../mutation.ts';

/** What is stored of a secret: its version, and ciphertext and sealed data key unless it was deleted. */
interface Stored {
  version: number;
  body: string;
  dataKey: string;
}

// A tenant has no slash.
const keyOf = ({ tenant, name }: SecretName) => `${tenant}/${name}`;
const toBase64 = (bytes: Uint8Array) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
const toBytes = (text: string) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

/** What a reader is told of a secret that is not there, whoever has one of that name. */
export function notFound(): PackError {
  return new PackError('secret/not-found', 'There is no such secret.');
}

function encode({ version, body, dataKey }: Stored): string {
  return `${version} ${dataKey} ${body}`;
}

/** Strict: nothing but what `encode` writes. */
function decode(entry: KvEntry | null): Stored | undefined {
  if (entry === null) return undefined;
  const [version = '', dataKey = '', body = '', ...rest] = entry.value.split(' ');
  if (!/^[1-9][0-9]*$/.test(version) || rest.length > 0 || (dataKey === '') !== (body === ''))
    throw new PackError('secret/integrity', 'The stored secret was changed.');
  return { version: Number(version), dataKey, body };
}

/** A correct secrets pack. `contextOf` says what a ciphertext is bound to. */
export function referenceSecrets(
  kv: Kv,
  seal: Seal,
  contextOf = (key: string, version: number) => JSON.stringify([key, version]),
): Secrets {
  const cipher = (key: CryptoKey, iv: Uint8Array<ArrayBuffer>, context: string) =>
    [{ name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(context) }, key] as const;

  const encrypt = async (key: string, version: number, value: string): Promise<Stored> => {
    const context = contextOf(key, version);
    const raw = crypto.getRandomValues(new Uint8Array(32));
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const dataKey = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt']);
    const body = new Uint8Array(await crypto.subtle.encrypt(...cipher(dataKey, iv, context), toBytes(value)));
    const { sealed } = await seal.wrap({ plain: toBase64(raw), context });
    return { version, dataKey: sealed, body: toBase64(new Uint8Array([...iv, ...body])) };
  };

  const decrypt = async (key: string, { version, dataKey, body }: Stored): Promise<string> => {
    try {
      const context = contextOf(key, version);
      const { plain } = await seal.unwrap({ sealed: dataKey, context });
      const imported = await crypto.subtle.importKey('raw', toBytes(plain), 'AES-GCM', false, ['decrypt']);
      const bytes = toBytes(body);
      return toBase64(
        new Uint8Array(await crypto.subtle.decrypt(...cipher(imported, bytes.slice(0, 12), context), bytes.slice(12))),
      );
    } catch {
      throw new PackError('secret/integrity', 'The stored secret was changed.');
    }
  };

  /** Replaces what is stored, unless somebody else did in between: then it looks again. */
  const change = async <T>(key: string, next: (stored: Stored | undefined) => Promise<[Stored, T] | T>): Promise<T> => {
    for (;;) {
      const entry = await kv.get(key);
      const outcome = await next(decode(entry));
      if (!Array.isArray(outcome)) return outcome;
      const [stored, result] = outcome;
      try {
        const checks = [{ key, version: entry?.version ?? 0 }];
        await kv.commit({ checks, writes: [{ key, value: encode(stored) }] });
        return result;
      } catch (error) {
        if (!hasCode(error, 'kv/conflict')) throw error;
      }
    }
  };

  return {
    async get(name) {
      const stored = decode(await kv.get(keyOf(name)));
      if (stored === undefined || stored.body === '') throw notFound();
      return { value: await decrypt(keyOf(name), stored), version: stored.version };
    },
    put: ({ value, ifVersion, ...name }) =>
      change(keyOf(name), async (stored) => {
        const actual = stored === undefined || stored.body === '' ? 0 : stored.version;
        if (ifVersion !== undefined && ifVersion !== actual)
          throw new PackError('secret/version-conflict', `The secret has version ${actual}.`, { actual });
        const version = (stored?.version ?? 0) + 1;
        return [await encrypt(keyOf(name), version, value), { version }];
      }),
    delete: (name) =>
      change<{ deleted: boolean }>(keyOf(name), async (stored) => {
        if (stored === undefined || stored.body === '') return { deleted: false };
        return [{ version: stored.version, body: '', dataKey: '' }, { deleted: true }];
      }),
    async list({ tenant, after, limit }) {
      const start = `${tenant}/`;
      const entries = await kv.list({ prefix: start, limit: 1000 });
      const names = entries.filter((entry) => decode(entry)?.body !== '').map((entry) => entry.key.slice(start.length));
      const rest = names.slice(after === undefined ? 0 : names.indexOf(after) + 1);
      return { names: rest.slice(0, limit), next: rest.length > limit ? (rest[limit - 1] ?? null) : null };
    },
  };
}
