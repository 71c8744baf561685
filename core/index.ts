export { assertConsent, grantAll, isWithin, widestGrant } from './broker/consent.ts';
export type { BrokerPorts, HostAddress, LogLine } from './broker/ports.ts';
export { assertDigest, Digest, digestOf, hexOf } from './digest.ts';
export {
  ERRORS,
  type ErrorCode,
  type ErrorData,
  type ErrorInfo,
  GreenticError,
  isErrorCode,
  isGreenticError,
  toGreenticError,
} from './errors.ts';
export {
  type CallOptions,
  openPack,
  type PackGeneration,
  type PackOptions,
  slotClient,
  type VerifiedArtifact,
} from './host/generation.ts';
export { HOST_LIMITS, type HostLimits } from './host/limits.ts';
export { canonicalize, decode, type Json, parseJson } from './json.ts';
export { Deployment, Environment, Route, SlotBinding } from './model/environment.ts';
export {
  assertPack,
  BundleManifest,
  decodeManifest,
  MANIFEST_MAX_BYTES,
  type Manifest,
  PackManifest,
} from './model/manifest.ts';
export {
  ArtifactName,
  DeploymentId,
  EnvironmentName,
  Instant,
  kindOf,
  Label,
  namespaceOf,
  RevisionId,
  SLOTS,
  Slot,
  Version,
} from './model/name.ts';
export { Grant, PermissionRequest, permissionKey } from './model/permission.ts';
export { Answers, Question, resolveAnswers } from './model/question.ts';
export { ArtifactPin, assertTransition, Revision, RevisionState, TRANSITIONS, Witness } from './model/revision.ts';
export { Revocation, RevocationOverride, revocationOf, Severity } from './model/revocation.ts';
export { projectRuntimeConfig, type RoutedDeployment, RuntimeConfig } from './model/runtime-config.ts';
export { plainText } from './model/text.ts';
export { assertEntries, SplitEntry, TOTAL_BPS, TrafficSplit } from './model/traffic-split.ts';
export { CONTRACTS, type SlotContract } from './slots/contract/index.ts';
export type * from './slots/types.ts';
export { EVIDENCE_MAX_BYTES, EVIDENCE_MEDIA_TYPE, PAYLOAD_TYPE, signStatement } from './trust/evidence.ts';
export { identityId, PinnedTrustedRoot, TrustedIdentity } from './trust/identity.ts';
export {
  assertPublicKey,
  generateKeyPair,
  type KeyPair,
  keyIdOf,
  keyPairOf,
  signBytes,
  TrustedKey,
  toKeyObject,
} from './trust/key.ts';
export { LEVELS, Policy } from './trust/policy.ts';
export { Statement, statementAbout } from './trust/statement.ts';
export { assertFresh, decodeTrustRoot, encodeTrustRoot, publisherOf, TrustRoot } from './trust/trust-root.ts';
