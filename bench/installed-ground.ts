import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import {
  decode,
  EnvironmentName,
  generateKeyPair,
  grantAll,
  type KeyPair,
  kindOf,
  signStatement,
  TrustRoot,
} from '@greentic/core';
import {
  addPack,
  createEnvironment,
  type EnvironmentStore,
  environmentFolder,
  localActor,
  onlyActor,
  openFileStore,
  setTrustRoot,
} from '@greentic/operator';
import {
  type BuiltArtifact,
  buildArtifact,
  conformanceStatement,
  delegateNamespace,
  initRegistry,
  oneKey,
  publish,
  publishStatement,
} from '@greentic/registry';
import type { Installed } from './row.ts';

const ENVIRONMENT = 'bench';
const PACKS = ['secrets/file', 'state/sqlite', 'sessions/memory', 'telemetry/stdout', 'deployer/local-process'];
const envpacks = path.join(import.meta.dirname, '..', 'envpacks');

interface Keys {
  readonly registry: KeyPair;
  readonly publisher: KeyPair;
  readonly kit: KeyPair;
}

/** Publishes the first-party packs in a registry of their own and installs all of them in an environment, by name. */
export async function makeInstalled(folder: string): Promise<Installed> {
  const keys: Keys = { registry: generateKeyPair(), publisher: generateKeyPair(), kit: generateKeyPair() };
  const registry = path.join(folder, 'registry');
  const root = path.join(folder, 'environments');
  await mkdir(root, { recursive: true });
  const pinned = await makeRegistry(registry, keys);
  const names = [];
  for (const pack of PACKS)
    names.push(await publishPack(registry, await buildArtifact(path.join(envpacks, pack)), keys));
  const actor = localActor();
  const now = () => new Date();
  const store = openFileStore({ root, actor, authorise: onlyActor(actor), now });
  const another = (name: string, location = registry) => makeEnvironment(store, name, { location, pinned, keys });
  await another(ENVIRONMENT);
  const cacheOf = (name: string) => path.join(environmentFolder(root, name), 'cache');
  for (const name of names) {
    const slot = kindOf(name);
    if (slot === 'bundle') throw new Error(`${name} is no pack.`);
    await addPack({ store, now, cacheOf }, EnvironmentName.parse(ENVIRONMENT), {
      name,
      range: '*',
      slot,
      grant: grantAll,
      answers: () => ({}),
    });
  }
  return { registry, root, environment: ENVIRONMENT, another };
}

async function makeRegistry(folder: string, keys: Keys): Promise<unknown> {
  const registryKeys = oneKey(keys.registry.secretKey);
  const now = new Date();
  const pinned = await initRegistry(folder, { keys: registryKeys, now });
  const trusted = trust(keys.publisher);
  await delegateNamespace(folder, { namespace: 'greentic', keys: [trusted], threshold: 1, registryKeys, now });
  return pinned;
}

/** Publishes a pack with its publisher's signature and a report that says it conforms, as the kit would sign it. */
async function publishPack(folder: string, artifact: BuiltArtifact, { registry, publisher, kit }: Keys) {
  const { name, version, digest, manifest } = artifact;
  if (manifest.schema !== 'greentic.pack/1') throw new Error(`${name} is no pack.`);
  const { slot, contract, features } = manifest;
  const report = {
    schema: 'greentic.conformance-report/1',
    pack: { name, version, digest, slot, contract, features },
    result: 'conformant',
  };
  const conformance = { name, digest, passed: true, report, passedTests: ['bench'], failedTests: [] };
  const evidence = [
    signStatement(publishStatement({ name, version, digest, kind: slot, contract }), publisher.secretKey),
    signStatement(conformanceStatement(conformance), kit.secretKey),
  ];
  const keys = { namespaceKeys: [publisher.secretKey], registryKeys: oneKey(registry.secretKey) };
  await publish(folder, { artifact, evidence, ...keys, now: new Date() });
  return name;
}

async function makeEnvironment(
  store: EnvironmentStore,
  text: string,
  { location, pinned, keys }: { location: string; pinned: unknown; keys: Keys },
): Promise<void> {
  const name = EnvironmentName.parse(text);
  await store.create(name, {
    verb: 'env.create',
    target: name,
    input: {},
    decide: (now) => createEnvironment({ name }, now),
  });
  const value = {
    schema: 'greentic.trust-root/1',
    environment: name,
    version: 1,
    class: 'local',
    expires: new Date(Date.now() + 86_400_000).toISOString(),
    registries: [{ name: 'main', location, root: pinned }],
    publishers: [{ namespace: 'greentic', keys: [trust(keys.publisher)], threshold: 1 }],
    conformance: { keys: [trust(keys.kit)], threshold: 1 },
  };
  const root = decode(TrustRoot, value, 'trust/root-invalid', 'The trust root of the benchmark');
  await store.mutate(name, {
    verb: 'trust-root.set',
    target: name,
    input: root,
    decide: (snapshot, now) => setTrustRoot(snapshot, { root }, now),
  });
}

function trust({ keyId, publicKey }: KeyPair): { keyId: string; publicKey: string } {
  return { keyId, publicKey };
}
