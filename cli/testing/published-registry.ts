import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type KeyPair, kindOf, signStatement } from '@greentic/core';
import {
  type BuiltArtifact,
  buildArtifact,
  conformanceStatement,
  delegateNamespace,
  initRegistry,
  oneKey,
  pinnedRoot,
  publish,
  publishStatement,
} from '@greentic/registry';
import { createKeyFile, readKeyFile } from '../key-file.ts';
import { type TrustFile, writeTrustFile } from '../trust-file.ts';
import { REPOSITORY } from './gtc.ts';

const PACKS = ['secrets/file', 'state/sqlite', 'sessions/memory', 'telemetry/stdout', 'deployer/local-process'];

/** Name of the sample bundle. */
export const BUNDLE = 'example.bundle.support-desk';

type Keys = Record<'registry' | 'publisher' | 'kit' | 'stranger', KeyPair>;

/** What somebody signs about an artifact. */
export interface EvidenceChanges {
  /** Whose signature; the publisher's, and the kit's for a report, unless told. */
  readonly key?: KeyPair;
  /** What the report says of whether the pack conforms. */
  readonly passed?: boolean;
  /** The artifact that the report inside is about, when that is another one than the statement's. */
  readonly about?: BuiltArtifact;
}

/**
 * A registry in a folder with the five packs and two versions of the sample bundle. Real: the packs, built from their sources;
 * their signatures; the signed index; the trust file. Not real: the conformance reports. The kit was not run, a key that only
 * this registry's trust file names vouches in its place, so that a test need not wait for it.
 */
export class PublishedRegistry {
  /** A folder for whatever a test makes; packages resolve from below it as they do in the repository. */
  readonly dir: string;
  readonly folder: string;
  readonly trustFile: string;
  readonly keys: Keys;
  #variants = 0;

  private constructor(dir: string, keys: Keys) {
    this.dir = dir;
    this.folder = path.join(dir, 'registry');
    this.trustFile = path.join(dir, 'trust.json');
    this.keys = keys;
  }

  static async create(): Promise<PublishedRegistry> {
    const dir = await mkdtemp(path.join(tmpdir(), 'gtc-e2e-'));
    await symlink(path.join(REPOSITORY, 'node_modules'), path.join(dir, 'node_modules'));
    const registry = new PublishedRegistry(dir, await makeKeys(dir));
    await registry.#found();
    for (const pack of PACKS) {
      const built = await buildArtifact(path.join(REPOSITORY, 'envpacks', pack));
      await registry.publish(built, [registry.publication(built), registry.report(built)]);
    }
    for (const version of ['1.0.0', '2.0.0']) {
      const built = await buildArtifact(await registry.#bundleFolder(version));
      await registry.publish(built, [registry.publication(built)]);
    }
    return registry;
  }

  /** The key file of one of the registry's people. */
  keyFile(who: keyof Keys): string {
    return path.join(this.dir, `${who}.key`);
  }

  /** One of the packs with some of its description changed, built and not published. */
  async variant(pack: string, changes: Readonly<Record<string, unknown>>): Promise<BuiltArtifact> {
    const folder = path.join(this.dir, 'packs', String(this.#variants++));
    await mkdir(path.dirname(folder), { recursive: true });
    const filter = (source: string) => !source.includes('node_modules');
    await cp(path.join(REPOSITORY, 'envpacks', pack), folder, { recursive: true, filter });
    const file = path.join(folder, 'pack.json');
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...changes }));
    return await buildArtifact(folder);
  }

  /** Publishes with the evidence given and no other. */
  async publish(artifact: BuiltArtifact, evidence: readonly string[]): Promise<void> {
    const { registry, publisher } = this.keys;
    await publish(this.folder, {
      artifact,
      evidence,
      namespaceKeys: [publisher.secretKey],
      registryKeys: oneKey(registry.secretKey),
      now: new Date(),
    });
  }

  /** The publisher's statement about an artifact. */
  publication(artifact: BuiltArtifact, { key = this.keys.publisher }: EvidenceChanges = {}): string {
    const { name, version, digest, manifest } = artifact;
    const contract = manifest.schema === 'greentic.pack/1' ? { contract: manifest.contract } : {};
    return signStatement(publishStatement({ name, version, kind: kindOf(name), digest, ...contract }), key.secretKey);
  }

  /** The kit's statement about a pack. */
  report(artifact: BuiltArtifact, changes: EvidenceChanges = {}): string {
    const { key = this.keys.kit, passed = true, about = artifact } = changes;
    const { name, version, digest, manifest } = about;
    const claim = manifest.schema === 'greentic.pack/1' ? { slot: manifest.slot, contract: manifest.contract } : {};
    const report = {
      schema: 'greentic.conformance-report/1',
      pack: { name, version, digest, features: [], ...claim },
      result: passed ? 'conformant' : 'failed',
    };
    const tests = passed ? { passedTests: ['PCK-01'], failedTests: [] } : { passedTests: [], failedTests: ['PCK-01'] };
    const statement = conformanceStatement({ name: artifact.name, digest: artifact.digest, passed, report, ...tests });
    return signStatement(statement, key.secretKey);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }

  async #found(): Promise<void> {
    const { registry, publisher, kit } = this.keys;
    const keys = [{ keyId: publisher.keyId, publicKey: publisher.publicKey }];
    const registryKeys = oneKey(registry.secretKey);
    await initRegistry(this.folder, { keys: registryKeys, now: new Date() });
    for (const namespace of ['greentic', 'example'])
      await delegateNamespace(this.folder, { namespace, keys, threshold: 1, registryKeys, now: new Date() });
    const trust = {
      schema: 'greentic.trust/1',
      registries: [{ name: 'main', location: this.folder, root: await pinnedRoot(this.folder) }],
      publishers: ['greentic', 'example'].map((namespace) => ({ namespace, keys, threshold: 1 })),
      conformance: { keys: [{ keyId: kit.keyId, publicKey: kit.publicKey }], threshold: 1 },
    };
    await writeTrustFile(this.trustFile, trust as TrustFile);
  }

  async #bundleFolder(version: string): Promise<string> {
    const folder = path.join(this.dir, 'bundles', version);
    await mkdir(path.dirname(folder), { recursive: true });
    const filter = (source: string) => !source.includes('node_modules');
    await cp(path.join(REPOSITORY, 'templates', 'bundle'), folder, { recursive: true, filter });
    const file = path.join(folder, 'bundle.json');
    const manifest = await readFile(file, 'utf8');
    await writeFile(file, manifest.replace('"version": "1.0.0"', `"version": "${version}"`));
    return folder;
  }
}

async function makeKeys(dir: string): Promise<Keys> {
  const make = async (who: string) => {
    await createKeyFile(path.join(dir, `${who}.key`));
    return await readKeyFile(path.join(dir, `${who}.key`));
  };
  return {
    registry: await make('registry'),
    publisher: await make('publisher'),
    kit: await make('kit'),
    stranger: await make('stranger'),
  };
}
