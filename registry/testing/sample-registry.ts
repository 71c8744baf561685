import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import {
  type ArtifactName,
  canonicalize,
  decode,
  generateKeyPair,
  type KeyPair,
  signStatement,
  TrustRoot,
} from '@greentic/core';
import { assembleArtifact, type BuiltArtifact } from '../artifact/built-artifact.ts';
import { conformanceStatement } from '../evidence/conformance-predicate.ts';
import { publishStatement } from '../evidence/publish-predicate.ts';
import { type Installed, type InstallRequest, installArtifact } from '../install/install.ts';
import { delegateNamespace } from '../publish/namespace-delegation.ts';
import { type Published, type Publishing, publish } from '../publish/publication.ts';
import { initRegistry } from '../publish/registry.ts';
import { oneKey, type RegistryKeys } from '../publish/registry-key.ts';
import type { PublishOptions } from '../publish/versions-change.ts';

/** The name of the sample pack. */
export const SAMPLE = 'acme.state.memory' as ArtifactName;

/** When everything in the samples happens. */
export const T0 = new Date('2031-05-01T12:00:00.000Z');

/** Some days after `T0`. */
export function daysLater(days: number): Date {
  return new Date(T0.getTime() + days * 86_400_000);
}

/** Key pairs of everybody in the samples, always the same. */
export const KEYS = {
  registry: generateKeyPair(new Uint8Array(32).fill(1)),
  acme: generateKeyPair(new Uint8Array(32).fill(2)),
  acmeSecond: generateKeyPair(new Uint8Array(32).fill(3)),
  kit: generateKeyPair(new Uint8Array(32).fill(4)),
  kitSecond: generateKeyPair(new Uint8Array(32).fill(5)),
  stranger: generateKeyPair(new Uint8Array(32).fill(6)),
  rootOne: generateKeyPair(new Uint8Array(32).fill(11)),
  rootTwo: generateKeyPair(new Uint8Array(32).fill(12)),
  rootThree: generateKeyPair(new Uint8Array(32).fill(13)),
  targets: generateKeyPair(new Uint8Array(32).fill(14)),
  snapshot: generateKeyPair(new Uint8Array(32).fill(15)),
  timestamp: generateKeyPair(new Uint8Array(32).fill(16)),
} as const;

/** Keys of a registry that keeps its roles apart, with a root of two keys out of three. */
export const ROLE_KEYS: RegistryKeys = {
  root: { secretKeys: [KEYS.rootOne, KEYS.rootTwo, KEYS.rootThree].map(({ secretKey }) => secretKey), threshold: 2 },
  targets: { secretKeys: [KEYS.targets.secretKey], threshold: 1 },
  snapshot: { secretKeys: [KEYS.snapshot.secretKey], threshold: 1 },
  timestamp: { secretKeys: [KEYS.timestamp.secretKey], threshold: 1 },
};

/** The half of a key pair that is shown to others. */
export function trusted({ keyId, publicKey }: KeyPair): { keyId: string; publicKey: string } {
  return { keyId, publicKey };
}

/** A small pack, put together without a compiler. */
export function samplePack(version = '1.0.0', changes: Record<string, unknown> = {}): BuiltArtifact {
  const manifest = {
    schema: 'greentic.pack/1',
    name: SAMPLE,
    version,
    title: 'Memory state',
    description: 'Keeps state in memory, for samples only.',
    slot: 'state',
    contract: 1,
    ...changes,
  };
  return assembleArtifact({
    config: Buffer.from(JSON.stringify(manifest)),
    module: Buffer.from(`export default { slot: 'state', version: '${version}' };\n`),
    readme: Buffer.from('# Memory state\n'),
  });
}

/** A small bundle. */
export function sampleBundle(version = '1.0.0'): BuiltArtifact {
  const manifest = {
    schema: 'greentic.bundle/1',
    name: 'acme.bundle.greeter',
    version,
    title: 'Greeter',
    description: 'Says hello to whoever asks.',
  };
  return assembleArtifact({
    config: Buffer.from(JSON.stringify(manifest)),
    module: Buffer.from(`export default { fetch: () => new Response('hello') };\n`),
  });
}

/** What the publisher signs about an artifact. */
export function publishEvidence(
  artifact: BuiltArtifact,
  key: KeyPair = KEYS.acme,
  changes: Record<string, unknown> = {},
): string {
  const { name, version, digest, manifest } = artifact;
  const pack =
    manifest.schema === 'greentic.pack/1'
      ? { kind: manifest.slot, contract: manifest.contract }
      : { kind: 'bundle' as const };
  return signStatement(publishStatement({ name, version, digest, ...pack, ...changes }), key.secretKey);
}

/** What a conformance lab signs about a pack. */
export function kitEvidence(
  artifact: BuiltArtifact,
  key: KeyPair = KEYS.kit,
  changes: Record<string, unknown> = {},
): string {
  const { name, version, digest, manifest } = artifact;
  const slot = manifest.schema === 'greentic.pack/1' ? { slot: manifest.slot, contract: manifest.contract } : {};
  const report = {
    schema: 'greentic.conformance-report/1',
    pack: { name, version, digest, features: [], ...slot },
    result: 'conformant',
    ...changes,
  };
  const statement = conformanceStatement({
    name,
    digest,
    passed: true,
    report,
    passedTests: ['STA-01'],
    failedTests: [],
  });
  return signStatement(statement, key.secretKey);
}

/** A registry in a temporary folder, an environment that trusts it, and the short ways to use both. */
export class SampleRegistry implements AsyncDisposable {
  readonly home: string;
  readonly folder: string;
  readonly cache: string;
  trustRoot: TrustRoot;
  /** The keys of the registry's owner. */
  registryKeys: RegistryKeys;

  private constructor(home: string, root: unknown, registryKeys: RegistryKeys) {
    this.home = home;
    this.registryKeys = registryKeys;
    this.folder = join(home, 'registry');
    this.cache = join(home, 'cache');
    this.trustRoot = sampleTrustRoot(this.folder, root);
  }

  /** Makes the registry, with `acme` delegated to its key. */
  static async create(registryKeys = oneKey(KEYS.registry.secretKey)): Promise<SampleRegistry> {
    const id = JSON.stringify(registryKeys);
    const made = templates.get(id) ?? makeTemplate(registryKeys);
    templates.set(id, made);
    const { files, root } = await made;
    const home = await mkdtemp(join(tmpdir(), 'registry-'));
    for (const [file, bytes] of files) {
      await mkdir(dirname(join(home, file)), { recursive: true });
      await writeFile(join(home, file), bytes);
    }
    return new SampleRegistry(home, root, registryKeys);
  }

  /** Another registry and environment with everything this one has. */
  async copy(): Promise<SampleRegistry> {
    const home = await mkdtemp(join(tmpdir(), 'registry-'));
    await cp(this.home, home, { recursive: true });
    return new SampleRegistry(home, this.trustRoot.registries[0]?.root, this.registryKeys);
  }

  /** The keys of a publication, at `T0`. */
  get keys(): PublishOptions {
    return { namespaceKeys: [KEYS.acme.secretKey], registryKeys: this.registryKeys, now: T0 };
  }

  /** Publishes an artifact with the evidence that admits it. */
  publish(
    artifact: BuiltArtifact,
    evidence = sampleEvidence(artifact),
    options: Partial<PublishOptions & Pick<Publishing, 'channels'>> = {},
  ): Promise<Published> {
    return publish(this.folder, { artifact, evidence, ...this.keys, ...options });
  }

  /** Installs the sample pack at `T0`. */
  install(changes: Partial<InstallRequest> = {}): Promise<Installed> {
    return installArtifact({
      name: SAMPLE,
      range: '*',
      kind: 'state',
      trustRoot: this.trustRoot,
      cache: this.cache,
      now: () => T0,
      ...changes,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.home, { recursive: true, force: true });
  }
}

interface Template {
  readonly files: [string, Uint8Array][];
  readonly root: unknown;
}

/** Signing takes most of the time it takes to make a registry: each process makes one for each set of keys, and copies it. */
const templates = new Map<string, Promise<Template>>();

async function makeTemplate(registryKeys: RegistryKeys): Promise<Template> {
  const home = await mkdtemp(join(tmpdir(), 'registry-'));
  try {
    const folder = join(home, 'registry');
    const root = await initRegistry(folder, { keys: registryKeys, now: T0 });
    await delegateNamespace(folder, {
      namespace: 'acme',
      keys: [trusted(KEYS.acme)],
      threshold: 1,
      registryKeys,
      now: T0,
    });
    const entries = (await readdir(home, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    const paths = entries.map((entry) => join(entry.parentPath, entry.name));
    const files = await Promise.all(
      paths.map(async (path): Promise<[string, Uint8Array]> => [relative(home, path), await readFile(path)]),
    );
    return { files, root };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** All the evidence an artifact needs to be admitted. */
export function sampleEvidence(artifact: BuiltArtifact): string[] {
  return artifact.manifest.schema === 'greentic.bundle/1'
    ? [publishEvidence(artifact)]
    : [publishEvidence(artifact), kitEvidence(artifact)];
}

/** An environment's trust root that believes `acme` and the kit. */
export function sampleTrustRoot(location: string, root: unknown, changes: Partial<TrustRoot> = {}): TrustRoot {
  const value = {
    schema: 'greentic.trust-root/1',
    environment: 'local',
    version: 1,
    class: 'protected',
    expires: daysLater(3650).toISOString(),
    registries: [{ name: 'main', location, root }],
    publishers: [{ namespace: 'acme', keys: [trusted(KEYS.acme)], threshold: 1 }],
    conformance: { keys: [trusted(KEYS.kit)], threshold: 1 },
    ...changes,
  };
  return decode(TrustRoot, JSON.parse(canonicalize(value)), 'trust/root-invalid', 'The sample trust root');
}
