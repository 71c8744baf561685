import { type ArtifactName, type Digest, decode, parseJson, type Statement, statementAbout } from '@greentic/core';
import * as z from 'zod';
import { SBOM_MAX_BYTES } from '../artifact/pack-image.ts';

/** Predicate of a list of components: https://github.com/in-toto/attestation/blob/main/spec/predicates/cyclonedx.md */
export const SBOM_PREDICATE = 'https://cyclonedx.org/bom';

const text = z.string().max(1024);
const Component = z.looseObject({
  type: z.string().max(64),
  name: text,
  version: text.exactOptional(),
  purl: text.exactOptional(),
});

/** A CycloneDX document, as far as anybody here reads it. Loose: the format has many fields, and tools add more. */
export const SbomPredicate = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.enum(['1.4', '1.5', '1.6', '1.7']),
  metadata: z.looseObject({ component: Component }),
  components: z.array(Component).max(10_000).exactOptional(),
});
export type SbomPredicate = z.infer<typeof SbomPredicate>;

/** Reads a CycloneDX document. Throws `artifact/invalid`. */
export function decodeSbom(bytes: Uint8Array): SbomPredicate {
  const value = parseJson(bytes, { maxBytes: SBOM_MAX_BYTES, code: 'artifact/invalid' });
  return decode(SbomPredicate, value, 'artifact/invalid', 'The list of packages');
}

/** The statement that an artifact consists of what a CycloneDX document lists. Throws `artifact/invalid`. */
export function sbomStatement(artifact: { name: ArtifactName; digest: Digest }, sbom: Uint8Array): Statement {
  return statementAbout(artifact, SBOM_PREDICATE, decodeSbom(sbom));
}
