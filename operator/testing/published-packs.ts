import { cp, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {
  type ArtifactName,
  canonicalize,
  decode,
  type EnvironmentName,
  generateKeyPair,
  grantAll,
  kindOf,
  signStatement,
  TrustRoot,
  Version,
} from '@greentic/core';
import {
  assembleArtifact,
  type BuiltArtifact,
  conformanceStatement,
  delegateNamespace,
  delegateRevocations,
  initRegistry,
  oneKey,
  publish,
  publishStatement,
  revoke,
} from '@greentic/registry';
import { afterAll } from 'vitest';
import { addPack, type InstallPorts, type PackOrder } from '../packs/installation.ts';
import type { EnvironmentStore } from '../store/environment-store.ts';
import { setTrustRoot } from '../verbs/trust-roots.ts';
import { ENVIRONMENT, NOW } from './sample.ts';
import { temporaryRoot, temporaryStore } from './temporary-store.ts';

/** Name of the sample pack. */
export const STATE = 'acme.state.echo' as ArtifactName;

/** Name of the sample bundle. */
export const SHOP = 'acme.bundle.shop' as ArtifactName;

const [registryKey, acme, kit] = [1, 2, 3].map((n) => generateKeyPair(new Uint8Array(32).fill(n))) as [
  ReturnType<typeof generateKeyPair>,
  ReturnType<typeof generateKeyPair>,
  ReturnType<typeof generateKeyPair>,
];
const trusted = ({ keyId, publicKey }: typeof acme) => ({ keyId, publicKey });

/**
 * A state pack that answers with its version and its answer `word`; the key `held` waits until the `workers` port answers.
 * It holds calls by the one port a test can hold.
 */
export function echoPack(version = '1.0.0', changes: Record<string, unknown> = {}): BuiltArtifact {
  const manifest = {
    schema: 'greentic.pack/1',
    name: STATE,
    version,
    title: 'Echo state',
    description: 'Answers with its own version.',
    slot: 'state',
    contract: 1,
    permissions: [{ kind: 'workers', reason: 'Waits for the list of workers.', optional: false }],
    questions: [{ id: 'word', title: 'A word', type: 'string', default: 'none' }],
    ...changes,
  };
  const module = `export default { slot: 'state', open(context) { return {
    async get({ key }) {
      if (key === 'held') await context.workers.list();
      return { entry: { value: '${version} ' + context.answers.word, revision: 1 } };
    },
  }; } };\n`;
  return assembleArtifact({ config: Buffer.from(JSON.stringify(manifest)), module: Buffer.from(module) });
}

/** A bundle of the sample shop. */
export function shopBundle(version = '1.0.0'): BuiltArtifact {
  const manifest = {
    schema: 'greentic.bundle/1',
    name: SHOP,
    version,
    title: 'Shop',
    description: 'Sells one thing to everybody.',
  };
  const module = `export default { fetch: () => new Response('${version}') };\n`;
  return assembleArtifact({ config: Buffer.from(JSON.stringify(manifest)), module: Buffer.from(module) });
}

/** What the publisher signs about an artifact. */
export function publication({ name, version, digest, manifest }: BuiltArtifact): string {
  const contract = manifest.schema === 'greentic.pack/1' ? { contract: manifest.contract } : {};
  return signStatement(publishStatement({ name, version, kind: kindOf(name), digest, ...contract }), acme.secretKey);
}

/** What the kit signs about a pack that passed. */
export function kitReport({ name, version, digest, manifest }: BuiltArtifact): string {
  const claim = manifest.schema === 'greentic.pack/1' ? { slot: manifest.slot, contract: manifest.contract } : {};
  const report = {
    schema: 'greentic.conformance-report/1',
    pack: { name, version, digest, features: [], ...claim },
    result: 'conformant',
  };
  const tests = { passedTests: ['STA-01'], failedTests: [] };
  return signStatement(conformanceStatement({ name, digest, passed: true, report, ...tests }), kit.secretKey);
}

const delegation = { namespace: 'acme', keys: [trusted(acme)], threshold: 1 };

let template: Promise<{ folder: string; root: unknown }> | undefined;
afterAll(async () => {
  if (template !== undefined) await rm((await template).folder, { recursive: true, force: true });
});

/** Signing takes most of the time it takes to make a registry: each test file makes one, and copies it. */
async function makeTemplate(): Promise<{ folder: string; root: unknown }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gtc-registry-'));
  const registryKeys = oneKey(registryKey.secretKey);
  const root = await initRegistry(folder, { keys: registryKeys, now: NOW });
  await delegateNamespace(folder, { ...delegation, registryKeys, now: NOW });
  for (const version of ['1.0.0', '2.0.0']) {
    for (const artifact of [echoPack(version), shopBundle(version)]) await publishInto(folder, artifact);
  }
  return { folder, root };
}

async function publishInto(folder: string, artifact: BuiltArtifact, evidence?: readonly string[]): Promise<void> {
  const reports = artifact.manifest.schema === 'greentic.pack/1' ? [kitReport(artifact)] : [];
  await publish(folder, {
    artifact,
    evidence: [...(evidence ?? [publication(artifact), ...reports])],
    namespaceKeys: [acme.secretKey],
    registryKeys: oneKey(registryKey.secretKey),
    now: NOW,
  });
}

/** A real registry with versions 1.0.0 and 2.0.0 of pack and bundle, and an environment whose trust root believes it. */
export class PublishedPacks {
  readonly folder: string;
  readonly store: EnvironmentStore;
  readonly ports: InstallPorts;

  private constructor(folder: string, root: string, store: EnvironmentStore) {
    this.folder = folder;
    this.store = store;
    this.ports = { store, cacheOf: (name) => path.join(root, name, 'cache'), now: () => NOW };
  }

  static async create(): Promise<PublishedPacks> {
    template ??= makeTemplate();
    const { folder: made, root } = await template;
    const folder = path.join(await temporaryRoot(), 'registry');
    await cp(made, folder, { recursive: true });
    const value = {
      schema: 'greentic.trust-root/1',
      environment: ENVIRONMENT,
      version: 1,
      class: 'local',
      expires: '2031-01-01T00:00:00.000Z',
      registries: [{ name: 'main', location: folder, root }],
      publishers: [delegation],
      conformance: { keys: [trusted(kit)], threshold: 1 },
    };
    const trustRoot = decode(TrustRoot, JSON.parse(canonicalize(value)), 'trust/root-invalid', 'The trust root');
    const { root: stores, store } = await temporaryStore();
    await store.mutate(ENVIRONMENT, {
      verb: 'trust-root.set',
      target: ENVIRONMENT,
      input: {},
      decide: (snapshot, at) => setTrustRoot(snapshot, { root: trustRoot }, at),
    });
    return new PublishedPacks(folder, stores, store);
  }

  /** Publishes with the evidence given; with all that an admission asks for unless told. */
  async publish(artifact: BuiltArtifact, evidence?: readonly string[]): Promise<void> {
    await publishInto(this.folder, artifact, evidence);
  }

  /** Withdraws a version of the sample pack. */
  async revoke(version: string): Promise<void> {
    const keys = { revokerKeys: [kit.secretKey], registryKeys: oneKey(registryKey.secretKey), now: NOW };
    await delegateRevocations(this.folder, { threshold: 1, ...keys });
    const subject = { name: STATE, version: Version.parse(version) };
    await revoke(this.folder, { revocation: { ...subject, severity: 'high', reason: 'It loses writes.' }, ...keys });
  }

  /** Puts the next trust root in force, with some of it changed. */
  async changeTrustRoot(changes: Partial<TrustRoot> = {}): Promise<void> {
    await this.store.mutate(ENVIRONMENT, {
      verb: 'trust-root.set',
      target: ENVIRONMENT,
      input: {},
      decide: (snapshot, now) => {
        if (snapshot.trustRoot === undefined) throw new Error('sample');
        const root = { ...snapshot.trustRoot, version: snapshot.trustRoot.version + 1, ...changes };
        return setTrustRoot(snapshot, { root }, now);
      },
    });
  }

  /** Adds the sample pack, with all it asks for granted. */
  add(changes: Partial<PackOrder> = {}): ReturnType<typeof addPack> {
    const order = { name: STATE, range: '*', slot: 'state', grant: grantAll, answers: () => ({}) } as const;
    return addPack(this.ports, ENVIRONMENT, { ...order, ...changes });
  }

  /** The environment as it stands. */
  snapshot(name: EnvironmentName = ENVIRONMENT): ReturnType<EnvironmentStore['read']> {
    return this.store.read(name);
  }
}
