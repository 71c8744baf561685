export { admit, believedFor } from './admission/admission.ts';
export type { AdmissionCase, IndexFacts } from './admission/case.ts';
export { assertAdmitted, Decision, type Ruling } from './admission/decision.ts';
export { RULE_CARDS, RULE_IDS, type RuleCard, type RuleId } from './admission/rule-card.ts';
export { type Build, buildArtifact } from './artifact/build.ts';
export { assembleArtifact, type BuiltArtifact } from './artifact/built-artifact.ts';
export {
  type ArtifactBytes,
  type ArtifactClaim,
  type VerifiedArtifact,
  verifyArtifact,
} from './artifact/verified-artifact.ts';
export { APPROVAL_PREDICATE, approvalStatement } from './evidence/approval-predicate.ts';
export { type Attestation, readAttestation } from './evidence/attestation.ts';
export { CONFORMANCE_PREDICATE, conformanceStatement } from './evidence/conformance-predicate.ts';
export { type Builder, PROVENANCE_PREDICATE, provenanceStatement } from './evidence/provenance-predicate.ts';
export { PUBLISH_PREDICATE, type Publication, publishStatement } from './evidence/publish-predicate.ts';
export { decodeSbom, SBOM_PREDICATE, type SbomPredicate, sbomStatement } from './evidence/sbom-predicate.ts';
export { assertTrustedRoot } from './evidence/trusted-root.ts';
export { describeEvidence, type EvidenceCard } from './inspection/evidence-card.ts';
export {
  type Inspection,
  inspectArtifact,
  inspectPublished,
  type Malformed,
  type PublishedInspection,
} from './inspection/inspection.ts';
export {
  type Assessed,
  assessArtifact,
  type Installed,
  type InstallRequest,
  installArtifact,
} from './install/install.ts';
export type { InstallEvents } from './install/install-events.ts';
export {
  decodeLock,
  encodeLock,
  LockEntry,
  LockFile,
  withEntry,
  withFormer,
  withoutEntry,
} from './install/lock-file.ts';
export { openLocked } from './install/open-locked.ts';
export { PackCache } from './install/pack-cache.ts';
export { type Mirrored, type MirrorRequest, type MirrorWish, mirrorRegistry } from './mirror/mirror.ts';
export { type PushEvents, type Pushed, type PushOptions, pushRegistry } from './oci/push-registry.ts';
export { type OciReference, parseOciReference } from './oci/reference.ts';
export { approve } from './publish/approval.ts';
export { delegateNamespace } from './publish/namespace-delegation.ts';
export {
  closeChannel,
  deprecate,
  type OfferingOptions,
  type OfferingRegistry,
  releaseTo,
  yank,
} from './publish/offering.ts';
export { attachEvidence, type Published, type Publishing, publish } from './publish/publication.ts';
export {
  decodePublication,
  evidenceOf,
  type ProposedPublication,
  PUBLICATION_MAX_BYTES,
  type PublicationProposal,
  proposePublication,
  signPublication,
  withFurther,
} from './publish/publication-proposal.ts';
export {
  folderDesk,
  type PublishedVersion,
  type RegistryDesk,
  readPublished,
  remoteDesk,
} from './publish/published-version.ts';
export { reSign } from './publish/re-signing.ts';
export {
  createRegistry,
  initRegistry,
  pinnedRoot,
  type Refreshed,
  refreshIndex,
} from './publish/registry.ts';
export { keyPool, oneKey, type RegistryKeys, type RoleKeys } from './publish/registry-key.ts';
export {
  expiringWithin,
  type NamespaceStatus,
  type RegistryStatus,
  type RoleStatus,
  registryStatus,
} from './publish/registry-status.ts';
export { attachRemote, publishRemote } from './publish/remote-publication.ts';
export { type RemoteAccess, RemoteRegistry } from './publish/remote-registry.ts';
export { delegateRevocations, type RevokeOptions, revoke, unrevoke } from './publish/revocation.ts';
export { proposeRoot, publishRoot, rotateKeys, type SigningOptions } from './publish/root-change.ts';
export { DEFAULT_EXPIRY, draftRoot, type RoleChange, type RootChange } from './publish/root-draft.ts';
export {
  assertSigned,
  decodeProposal,
  proposalOf,
  RootProposal,
  rootsOf,
  signProposal,
  type Tally,
  tallyOf,
} from './publish/root-proposal.ts';
export type { IndexVersions, PublishOptions } from './publish/versions-change.ts';
export { type FetchedArtifact, fetchArtifact } from './source/fetch.ts';
export { openSource } from './source/open-source.ts';
export { channelsOf, resolve } from './source/resolve.ts';
export { parseServedLocation } from './source/served-source.ts';
export type { IndexAnswer, RegistryEntry, Source } from './source/source.ts';
export {
  decodeSignedTrustRoot,
  digestOfRoot,
  encodeSignedTrustRoot,
  RootSignature,
  SignedTrustRoot,
  signTrustRoot,
  TRUST_ROOT_PREDICATE,
} from './trust-root/signed-trust-root.ts';
export { assertSuccession, type Succession } from './trust-root/succession.ts';
export { Channel, channelOf, parseChannel, RISKS } from './tuf/channel.ts';
export type { Expiry } from './tuf/signed.ts';
export type { IndexProvenance } from './tuf/trusted-index.ts';
export type { VersionEntry, VersionsDocument } from './tuf/versions-document.ts';
