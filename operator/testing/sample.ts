import {
  type ArtifactPin,
  canonicalize,
  type DeploymentId,
  digestOf,
  type EnvironmentName,
  generateKeyPair,
  type Label,
  type RevisionId,
  type Slot,
  type TrustRoot,
  type Witness,
} from '@greentic/core';
import type { Snapshot } from '../decision.ts';
import { addDeployment } from '../verbs/deployments.ts';
import type { NewLock } from '../verbs/env-packs.ts';
import { createEnvironment } from '../verbs/environments.ts';
import { markReady, markWarming, stageRevision } from '../verbs/revisions.ts';

/** The instant tests live in. */
export const NOW = new Date('2030-01-01T00:00:00.000Z');

/** The environment tests change. */
export const ENVIRONMENT = 'local' as EnvironmentName;

const { keyId, publicKey } = generateKeyPair(new Uint8Array(32).fill(7));
const keys = [{ keyId, publicKey }];

/** A valid trust root of a version. */
export function sampleTrustRoot(version = 1): TrustRoot {
  return {
    schema: 'greentic.trust-root/1',
    environment: ENVIRONMENT,
    version,
    class: 'local',
    expires: '2031-01-01T00:00:00.000Z',
    registries: [],
    publishers: [{ namespace: 'acme', keys, threshold: 1 }],
    conformance: { keys, threshold: 1 },
  };
}

/** An artifact's pin; equal names give equal digests. */
export function samplePin(name: string, version = '1.0.0'): ArtifactPin {
  return { name, version, digest: digestOf(`${name}@${version}`) } as ArtifactPin;
}

/** A lock file with some content. */
export function sampleLock(content: unknown): NewLock {
  const bytes = Buffer.from(`${canonicalize({ content })}\n`);
  return { bytes, digest: digestOf(bytes) };
}

/** What binds a pack of the namespace `acme` to a slot. */
export function sampleBinding(slot: Slot, content: unknown = slot) {
  return { slot, pack: samplePin(`acme.${slot}.file`), grants: [], answers: {}, lock: sampleLock(content) };
}

/** The environment before anything happened to it, with a trust root in force. */
export function emptySnapshot(): Snapshot {
  const { environment } = createEnvironment({ name: ENVIRONMENT }, NOW);
  return { environment, lock: undefined, trustRoot: sampleTrustRoot() };
}

/** The snapshot a decision leads to. */
export function apply(snapshot: Snapshot, decision: { environment: Snapshot['environment'] }): Snapshot {
  return { ...snapshot, environment: decision.environment };
}

/** The id of the deployment `shop.<customer>`. */
export const deploymentOf = (customer: string) => `shop.${customer}` as DeploymentId;

/** The id of a revision of `shop.<customer>`. */
export const revisionOf = (customer: string, sequence: number) => `shop.${customer}.${sequence}` as RevisionId;

/** A snapshot with `shop` deployed for a customer under a route of its own. */
export function withDeployment(snapshot: Snapshot, customer: string): Snapshot {
  const input = { bundle: 'shop' as Label, customer: customer as Label, route: { pathPrefix: `/${customer}` } };
  return apply(snapshot, addDeployment(snapshot, input, NOW));
}

/** What a witness saw of a revision. */
export function sampleWitness(revision: RevisionId, bundle: ArtifactPin): Witness {
  return { revision, bundleDigest: bundle.digest, bootId: 'boot-1', observedAt: NOW.toISOString() };
}

/** A snapshot with one more revision of a customer's deployment, ready. */
export function withReady(snapshot: Snapshot, customer: string, version = '1.0.0'): Snapshot {
  const bundle = samplePin('acme.bundle.shop', version);
  const staged = stageRevision(snapshot, { deployment: deploymentOf(customer), bundle }, NOW);
  const revision = staged.result.revision;
  const warming = apply(snapshot, markWarming(apply(snapshot, staged), { revision }));
  const ready = { revision, endpoint: 'http://127.0.0.1:9000', witness: sampleWitness(revision, bundle) };
  return apply(snapshot, markReady(warming, ready));
}
