import { writeFile } from 'node:fs/promises';
import { decode, parseJson, TrustRoot } from '@greentic/core';
import * as z from 'zod';
import { readInput } from './input-file.ts';

/** What a registry's owner publishes for operators: which root to pin, whose packs and whose reports to believe. */
export const TrustFile = z.strictObject({
  schema: z.literal('greentic.trust/1'),
  registries: TrustRoot.shape.registries,
  publishers: TrustRoot.shape.publishers,
  conformance: TrustRoot.shape.conformance,
});
export type TrustFile = z.infer<typeof TrustFile>;

const MAX_BYTES = 2 ** 20;

/** Reads a trust file. Throws `trust/root-invalid`. */
export async function readTrustFile(file: string): Promise<TrustFile> {
  const code = 'trust/root-invalid';
  const bytes = await readInput(file, { what: 'The trust file', maxBytes: MAX_BYTES, code });
  return decode(TrustFile, parseJson(bytes, { maxBytes: MAX_BYTES, code }), code, file);
}

/** Writes a trust file for operators to import. */
export async function writeTrustFile(file: string, trust: TrustFile): Promise<void> {
  await writeFile(
    file,
    `${JSON.stringify(decode(TrustFile, trust, 'trust/root-invalid', 'The trust file'), null, 2)}\n`,
  );
}
