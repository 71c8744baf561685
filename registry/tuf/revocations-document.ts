import { canonicalize, decode, parseJson, Revocation } from '@greentic/core';
import * as z from 'zod';

/** The delegated role that withdraws versions: short-lived, so that nobody can hold back what it says for long. */
export const REVOCATIONS_ROLE = 'revocations';

/** Target path of the list of revocations. */
export const REVOCATIONS_PATH = `${REVOCATIONS_ROLE}/list.json`;

/** Largest list of revocations, in bytes. */
export const REVOCATIONS_MAX_BYTES = 2 ** 20;

/** Everything a registry withdrew. */
export const RevocationsDocument = z.strictObject({
  schema: z.literal('greentic.revocations/1'),
  revocations: z
    .array(Revocation)
    .max(2000)
    .refine((all) => new Set(all.map(({ digest }) => digest)).size === all.length, 'must name each digest once'),
});
export type RevocationsDocument = z.infer<typeof RevocationsDocument>;

/** The canonical bytes of a list of revocations, in order of digest. */
export function encodeRevocations(revocations: readonly Revocation[]): Uint8Array {
  const sorted = revocations.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
  const document: RevocationsDocument = { schema: 'greentic.revocations/1', revocations: sorted };
  return Buffer.from(canonicalize(document));
}

/** Decodes a list of revocations. Throws `index/invalid`. */
export function decodeRevocations(bytes: Uint8Array): readonly Revocation[] {
  const value = parseJson(bytes, { maxBytes: REVOCATIONS_MAX_BYTES, code: 'index/invalid' });
  return decode(RevocationsDocument, value, 'index/invalid', 'The list of revocations').revocations;
}
