import { PackError } from '@greentic/sdk';

/** A secret as it is stored: its newest version, and that version's value encrypted. */
export interface LiveRecord {
  readonly version: number;
  /** Nonce and AES-256-GCM ciphertext, base64. */
  readonly sealed: string;
  /** The data key, sealed by the host, base64. */
  readonly dataKey: string;
}

/** What is left of a deleted secret: its version, so that a number never stands for two values. */
export interface Tombstone {
  readonly version: number;
  readonly deleted: true;
}

/** What is stored under a name. */
export type StoredRecord = LiveRecord | Tombstone;

const SHAPES: ReadonlySet<string> = new Set(['dataKey,sealed,version', 'deleted,version']);

/** Decodes what is stored. What is not exactly one of the two shapes was changed: it fails with `secret/integrity`. */
export function decodeRecord(text: string): StoredRecord {
  const value = parsed(text);
  const version = value?.['version'];
  const sound =
    value !== null &&
    SHAPES.has(Object.keys(value).sort().join()) &&
    Number.isSafeInteger(version) &&
    Number(version) > 0 &&
    (value['deleted'] === true || (typeof value['sealed'] === 'string' && typeof value['dataKey'] === 'string'));
  if (!sound) throw new PackError('secret/integrity', 'The stored secret was changed.');
  return value as unknown as StoredRecord;
}

/** Whether a record still has a value. */
export function isLive(record: StoredRecord | undefined): record is LiveRecord {
  return record !== undefined && !('deleted' in record);
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
