import { kindOf, signStatement } from '@greentic/core';
import {
  assembleArtifact,
  type BuiltArtifact,
  conformanceStatement,
  delegateNamespace,
  initRegistry,
  oneKey,
  pinnedRoot,
  publish,
  publishStatement,
} from '@greentic/registry';
import { addAccount, RegistryServer } from '@greentic/registry/server';
import { createKeyFile, readKeyFile } from '../key-file.ts';
import { TrustFile, writeTrustFile } from '../trust-file.ts';
import { Room } from './here.ts';

/** The pack of the registry. */
export const PACK = 'acme.state.small';

/** Who has a key: the registry’s owner, the publisher and who comes after him, the lab, two approvers. */
export type Who = 'owner' | 'acme' | 'next' | 'kit' | 'ada' | 'bob';
const PEOPLE: readonly Who[] = ['owner', 'acme', 'next', 'kit', 'ada', 'bob'];

/** A registry with one small pack that needs no compiler, and a room to run commands in. Everything of it is real but the kit. */
export class SmallRegistry implements AsyncDisposable {
  readonly room: Room;
  readonly folder: string;
  #server: RegistryServer | undefined;

  private constructor(room: Room) {
    this.room = room;
    this.folder = room.file('registry');
  }

  /** Makes it, with `acme` delegated to the publisher’s key, or to several of which all have to sign. */
  static async create(publishers: readonly Who[] = ['acme']): Promise<SmallRegistry> {
    const made = new SmallRegistry(await Room.create());
    for (const who of PEOPLE) await createKeyFile(made.key(who));
    const registryKeys = oneKey((await readKeyFile(made.key('owner'))).secretKey);
    await initRegistry(made.folder, { keys: registryKeys, now: new Date() });
    await made.delegate(publishers);
    return made;
  }

  /** Path of somebody’s key file. */
  key(who: Who): string {
    return this.room.file(`${who}.key`);
  }

  /** Somebody’s public key, with its id. */
  async trusted(who: Who): Promise<{ keyId: string; publicKey: string }> {
    const { keyId, publicKey } = await readKeyFile(this.key(who));
    return { keyId, publicKey };
  }

  /** Delegates the namespace to these, who all have to sign. */
  async delegate(publishers: readonly Who[]): Promise<void> {
    const keys = await Promise.all(publishers.map((who) => this.trusted(who)));
    const registryKeys = oneKey((await readKeyFile(this.key('owner'))).secretKey);
    const order = { namespace: 'acme', keys, threshold: keys.length, registryKeys, now: new Date() };
    await delegateNamespace(this.folder, order);
  }

  /** Publishes a version, signed by its publisher and by the lab. */
  async publish(version = '1.0.0', publishers: readonly Who[] = ['acme']): Promise<BuiltArtifact> {
    const artifact = smallPack(version);
    const keys = await Promise.all(publishers.map((who) => readKeyFile(this.key(who))));
    const evidence = keys.map(({ secretKey }) => signStatement(publication(artifact), secretKey));
    await publish(this.folder, {
      artifact,
      evidence: [...evidence, await this.report(artifact)],
      namespaceKeys: keys.map(({ secretKey }) => secretKey),
      registryKeys: oneKey((await readKeyFile(this.key('owner'))).secretKey),
      now: new Date(),
    });
    return artifact;
  }

  /** A report that the pack is conformant. */
  async report(artifact: BuiltArtifact, who: Who = 'kit'): Promise<string> {
    const { name, version, digest } = artifact;
    const pack = { name, version, digest, features: [], slot: 'state', contract: 1 };
    const report = { schema: 'greentic.conformance-report/1', pack, result: 'conformant' };
    const tests = { passedTests: ['PCK-01'], failedTests: [] };
    const { secretKey } = await readKeyFile(this.key(who));
    return signStatement(conformanceStatement({ name, digest, passed: true, report, ...tests }), secretKey);
  }

  /** Makes an environment that believes the publishers named, the lab and, as approvers, `ada` and `bob`. */
  async environment(
    name: string,
    publishers: readonly Who[] = ['acme'],
    options: readonly string[] = [],
  ): Promise<void> {
    const keys = await Promise.all(publishers.map((who) => this.trusted(who)));
    const trust = TrustFile.parse({
      schema: 'greentic.trust/1',
      registries: [{ name: 'main', location: this.folder, root: await pinnedRoot(this.folder) }],
      publishers: [{ namespace: 'acme', keys, threshold: keys.length }],
      conformance: { keys: [await this.trusted('kit')], threshold: 1 },
    });
    await writeTrustFile(this.room.file('trust.json'), trust);
    const approvers = ['--approver', `${this.key('ada')}.pub`, '--approver', `${this.key('bob')}.pub`];
    const local = ['--class', 'local', '--port', '0', '--no-packs', ...approvers, ...options];
    const ran = await this.room.json('op', 'env', 'create', name, '--trust', this.room.file('trust.json'), ...local);
    if (ran.exit !== 0) throw new Error(ran.stderr);
  }

  /** Options that write in the folder. */
  inFolder(): string[] {
    return ['--registry', this.folder, '--registry-key', this.key('owner')];
  }

  /** Serves the folder; gives the options of an account that owns the namespace. */
  async serve(): Promise<string[]> {
    const now = () => new Date();
    const account = { name: 'ann', role: 'owner' as const, namespaces: ['acme'], now: now() };
    const token = await addAccount(this.folder, account);
    const onlineKeys = oneKey((await readKeyFile(this.key('owner'))).secretKey);
    const at = { folder: this.folder, host: '127.0.0.1', port: 0, publicRead: false };
    this.#server = await RegistryServer.start({ ...at, onlineKeys, now, log: () => undefined });
    process.env['GTC_REGISTRY_TOKEN'] = token;
    return ['--registry', this.#server.url, '--account', 'ann'];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    delete process.env['GTC_REGISTRY_TOKEN'];
    await this.#server?.close(0);
    await this.room[Symbol.asyncDispose]();
  }
}

/** A version of the small pack. */
export function smallPack(version = '1.0.0'): BuiltArtifact {
  const manifest = {
    schema: 'greentic.pack/1',
    name: PACK,
    version,
    title: 'Small state',
    description: 'Keeps nothing, for tests only.',
    slot: 'state',
    contract: 1,
    permissions: [{ kind: 'log', reason: 'Says what it does.' }],
  };
  return assembleArtifact({
    config: Buffer.from(JSON.stringify(manifest)),
    module: Buffer.from(`export default { slot: 'state', version: '${version}' };\n`),
    readme: Buffer.from('# Small state\n'),
  });
}

function publication({ name, version, digest }: BuiltArtifact) {
  return publishStatement({ name, version, kind: kindOf(name), contract: 1, digest });
}
