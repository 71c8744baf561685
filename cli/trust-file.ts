import { readFile, writeFile } from 'node:fs/promises';
import { decode, GreenticError, parseJson, TrustRoot } from '@greentic/core';
import * as z from 'zod';

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
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new GreenticError('trust/root-invalid', `The trust file ${file} cannot be read (${error.code}).`);
  });
  return decode(
    TrustFile,
    parseJson(bytes, { maxBytes: MAX_BYTES, code: 'trust/root-invalid' }),
    'trust/root-invalid',
    file,
  );
}

/** Writes a trust file for operators to import. */
export async function writeTrustFile(file: string, trust: TrustFile): Promise<void> {
  await writeFile(
    file,
    `${JSON.stringify(decode(TrustFile, trust, 'trust/root-invalid', 'The trust file'), null, 2)}\n`,
  );
}
