import {
  canonicalize,
  decode,
  EVIDENCE_MAX_BYTES,
  GreenticError,
  keyPairOf,
  kindOf,
  parseJson,
  Statement,
  signStatement,
  TrustedKey,
} from '@greentic/core';
import * as z from 'zod';
import { assembleArtifact, type BuiltArtifact } from '../artifact/built-artifact.ts';
import { EVIDENCE_TOTAL_MAX_BYTES } from '../artifact/evidence-image.ts';
import { EVIDENCE_MAX_COUNT } from '../artifact/group.ts';
import { MODULE_MAX_BYTES, README_MAX_BYTES, SBOM_MAX_BYTES } from '../artifact/pack-image.ts';
import { PUBLISHER_PREDICATES } from '../evidence/attestation.ts';
import { PUBLISH_PREDICATE, publishStatement } from '../evidence/publish-predicate.ts';
import { verifyEvidence } from '../evidence/verified-statement.ts';
import { assertAbout, assertStatementAbout } from './evidence-claim.ts';

/** Largest proposal of a publication, in bytes. */
export const PUBLICATION_MAX_BYTES = 32 * 2 ** 20;

const bytes = (most: number) => z.base64().max(Math.ceil(most / 3) * 4);
const bundles = z.array(z.string().max(EVIDENCE_MAX_BYTES)).max(EVIDENCE_MAX_COUNT);

/** Signatures of a key: one bundle for each statement, in their order. */
const Signature = z.strictObject({ key: TrustedKey, bundles });

/**
 * A version on its way from one holder of a publisher's key to the next: its bytes, what is said of it, and who has signed that
 * by now. Every field is covered by a signature, by the identity of the artifact, or is signed evidence itself.
 */
export const PublicationProposal = z.strictObject({
  schema: z.literal('greentic.publication-proposal/1'),
  artifact: z.strictObject({
    config: bytes(64 * 1024),
    module: bytes(MODULE_MAX_BYTES),
    readme: bytes(README_MAX_BYTES).exactOptional(),
    sbom: bytes(SBOM_MAX_BYTES).exactOptional(),
  }),
  statements: z.array(Statement).min(1).max(3),
  signatures: z.array(Signature).max(16),
  /** What others signed: reports, approvals. */
  evidence: bundles,
});
export type PublicationProposal = z.infer<typeof PublicationProposal>;

/** A proposal that is sound, with the artifact in it. */
export interface ProposedPublication {
  readonly proposal: PublicationProposal;
  readonly artifact: BuiltArtifact;
}

/** A proposal that nobody signed yet. Throws as `checkPublication` does. */
export function proposePublication(
  artifact: BuiltArtifact,
  said: { statements: readonly Statement[]; evidence: readonly string[] },
): ProposedPublication {
  const base64 = (part: Uint8Array) => Buffer.from(part).toString('base64');
  const { config, module, readme, sbom } = artifact;
  return checkPublication({
    schema: 'greentic.publication-proposal/1',
    artifact: {
      config: base64(config),
      module: base64(module),
      ...(readme === undefined ? {} : { readme: base64(readme) }),
      ...(sbom === undefined ? {} : { sbom: base64(sbom) }),
    },
    statements: [...said.statements],
    signatures: [],
    evidence: [...said.evidence],
  });
}

/** Reads a proposal. Throws `input/invalid`, and as `checkPublication` does. */
export function decodePublication(file: Uint8Array): ProposedPublication {
  const value = parseJson(file, { maxBytes: PUBLICATION_MAX_BYTES, code: 'input/invalid' });
  return checkPublication(decode(PublicationProposal, value, 'input/invalid', 'The proposal'));
}

/** Adds the signatures of a key, in place of its former ones. */
export function signPublication({ proposal, artifact }: ProposedPublication, secretKey: string): ProposedPublication {
  const { keyId, publicKey } = keyPairOf(secretKey);
  const others = proposal.signatures.filter(({ key }) => key.keyId !== keyId);
  const signed = proposal.statements.map((statement) => signStatement(statement, secretKey));
  const signatures = [...others, { key: { keyId, publicKey }, bundles: signed }];
  return { proposal: { ...proposal, signatures }, artifact };
}

/** A proposal with evidence of others besides. Throws as `checkPublication` does. */
export function withFurther({ proposal }: ProposedPublication, evidence: readonly string[]): ProposedPublication {
  return checkPublication({ ...proposal, evidence: [...proposal.evidence, ...evidence] });
}

/** Everything that is signed about the version by now. */
export function evidenceOf({ signatures, evidence }: PublicationProposal): string[] {
  return [...signatures.flatMap(({ bundles: signed }) => signed), ...evidence];
}

/**
 * Throws `trust/statement-mismatch` unless everything in a proposal is about the artifact in it and says of it what it is,
 * `trust/signature-invalid` for a signature that does not hold, and `trust/envelope-invalid`: of a key that is believed
 * somewhere, one broken signature would keep the version from ever being installed there.
 */
function checkPublication(proposal: PublicationProposal): ProposedPublication {
  const part = (text: string) => Buffer.from(text, 'base64');
  const { config, module, readme, sbom } = proposal.artifact;
  const artifact = assembleArtifact({
    config: part(config),
    module: part(module),
    ...(readme === undefined ? {} : { readme: part(readme) }),
    ...(sbom === undefined ? {} : { sbom: part(sbom) }),
  });
  const kinds = proposal.statements.map((statement) => assertStatementAbout(statement, artifact).predicateType);
  const publication = proposal.statements[kinds.indexOf(PUBLISH_PREDICATE)];
  if (
    new Set(kinds).size < kinds.length ||
    !kinds.every((kind) => PUBLISHER_PREDICATES.includes(kind)) ||
    publication === undefined
  )
    throw mismatch('The proposal does not say once each what a publisher says.');
  if (canonicalize(publication) !== canonicalize(publicationOf(artifact)))
    throw mismatch(`The proposal says of ${artifact.name} what it is not.`);
  for (const bundle of evidenceOf(proposal)) assertAbout(bundle, artifact);
  for (const { key, bundles: signed } of proposal.signatures) {
    const said = signed.map((bundle) => verifyEvidence(bundle, { keys: [key] }).statement);
    if (canonicalize(said) !== canonicalize(proposal.statements))
      throw mismatch(`Key ${key.keyId} signed something else than is proposed.`);
  }
  const size = evidenceOf(proposal).reduce((sum, bundle) => sum + Buffer.byteLength(bundle), 0);
  if (size > EVIDENCE_TOTAL_MAX_BYTES)
    throw new GreenticError(
      'input/too-large',
      `The evidence has ${size} bytes; ${EVIDENCE_TOTAL_MAX_BYTES} are allowed.`,
    );
  return { proposal, artifact };
}

function publicationOf({ name, version, digest, manifest }: BuiltArtifact): Statement {
  const contract = manifest.schema === 'greentic.pack/1' ? { contract: manifest.contract } : {};
  return publishStatement({ name, version, kind: kindOf(name), digest, ...contract });
}

function mismatch(message: string): GreenticError {
  return new GreenticError('trust/statement-mismatch', message, {
    hint: 'Propose it anew: gtc pack publish --propose.',
  });
}
