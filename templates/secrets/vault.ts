import { type Kv, PackError, type Seal } from '@greentic/sdk';

/** What the vault knows of a secret. A deleted one keeps its version, so that no number stands for two values. */
export interface Stored {
  version: number;
  /** Sealed pieces of the value; none when it was deleted. */
  pieces: string[] | null;
}

/** A stored secret, with the mark that tells whether it changed since it was read. */
export interface Found extends Stored {
  mark: number;
}

/** Decodes what is stored; what is not exactly that shape was changed by somebody. */
function decodeStored(text: string): Stored {
  let value: Partial<Stored> = {};
  try {
    value = JSON.parse(text) as Partial<Stored>;
  } catch {
    // The check below refuses it.
  }
  const { version, pieces, ...rest } = value;
  const texts =
    pieces === null ||
    (Array.isArray(pieces) && pieces.length > 0 && pieces.every((piece) => typeof piece === 'string'));
  if (Number.isSafeInteger(version) && texts && Object.keys(rest).length === 0) return value as Stored;
  throw new PackError('secret/integrity', 'The stored secret was changed.');
}

/** A seal takes 4 KiB at most: 3,000 bytes are 4,000 characters of base64. */
const PIECE_CHARACTERS = 4000;

/** So many secrets of the largest size still fit into one message of the host. */
const PAGE = 32;

/** The store behind the pack. Replace its body by calls to your own. */
export function openVault(kv: Kv, seal: Seal) {
  // A piece opens only as this piece of this version of this secret.
  const contextOf = (path: string, version: number, index: number, count: number) =>
    JSON.stringify([path, version, index, count]);

  return {
    async find(path: string): Promise<Found> {
      const entry = await kv.get(path);
      return entry === null
        ? { version: 0, pieces: null, mark: 0 }
        : { ...decodeStored(entry.value), mark: entry.version };
    },

    async read(path: string, { version, pieces }: Stored): Promise<string> {
      const count = pieces?.length ?? 0;
      const open = (sealed: string, index: number) =>
        seal.unwrap({ sealed, context: contextOf(path, version, index, count) });
      const opened = await Promise.all((pieces ?? []).map(open));
      return opened.map(({ plain }) => plain).join('');
    },

    async sealAll(path: string, version: number, value: string): Promise<Stored> {
      const count = Math.max(1, Math.ceil(value.length / PIECE_CHARACTERS));
      const piece = (index: number) => value.slice(index * PIECE_CHARACTERS, (index + 1) * PIECE_CHARACTERS);
      const wrap = (index: number) =>
        seal.wrap({ plain: piece(index), context: contextOf(path, version, index, count) });
      const sealed = await Promise.all(Array.from({ length: count }, (_, index) => wrap(index)));
      return { version, pieces: sealed.map((each) => each.sealed) };
    },

    /** Replaces what was found; false when somebody else was faster. */
    async replace(path: string, { mark }: Found, stored: Stored): Promise<boolean> {
      try {
        await kv.commit({
          checks: [{ key: path, version: mark }],
          writes: [{ key: path, value: JSON.stringify(stored) }],
        });
        return true;
      } catch (error) {
        if ((error as { code?: unknown }).code === 'kv/conflict') return false;
        throw error;
      }
    },

    /** Up to `limit` paths of live secrets below a prefix, after `after`. */
    async paths(prefix: string, after: string | undefined, limit: number): Promise<string[]> {
      const found: string[] = [];
      for (let cursor = after; found.length < limit; ) {
        const page = await kv.list({ prefix, limit: PAGE, ...(cursor === undefined ? {} : { after: cursor }) });
        found.push(...page.filter((entry) => decodeStored(entry.value).pieces !== null).map((entry) => entry.key));
        if (page.length < PAGE) break;
        cursor = page.at(-1)?.key;
      }
      return found.slice(0, limit);
    },
  };
}
