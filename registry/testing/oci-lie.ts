import { rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Digest } from '@greentic/core';
import type { Credentials } from '../oci/credential.ts';
import { INDEX_TAG } from '../oci/index-manifest.ts';
import { pushRegistry } from '../oci/push-registry.ts';
import { parseOciReference } from '../oci/reference.ts';
import { Referrers } from '../oci/referrers.ts';
import { OciRepository } from '../oci/repository.ts';
import { listTags } from '../oci/tag-list.ts';
import type { TransportOptions } from '../oci/transport.ts';
import type { UploadOptions } from '../oci/upload.ts';
import { OciSource } from '../source/oci-source.ts';
import type { RegistryEntry } from '../source/source.ts';
import type { AttackCase } from './attack.ts';
import { FakeNetwork } from './fake-network.ts';
import { type Asked, FakeRegistry, FakeServer, type ServerIdentity } from './oci-fake.ts';
import { type SampleRegistry, samplePack, T0 } from './sample-registry.ts';

/** Names of the hosts on a stage: the registry, and one that is somebody else's. */
export const REGISTRY = 'registry.example';
export const ELSEWHERE = 'elsewhere.example';

/** What a lie is told to. */
export type Listener = 'install' | 'push' | 'tags' | 'referrers';

/** A registry that lies. */
export interface OciLie extends AttackCase {
  /** Who is lied to: an installation, when left out. */
  readonly to?: Listener;
  /** How what is pushed goes up. */
  readonly upload?: UploadOptions;
  /** What the registry shows to be who it is; by default what it should. */
  readonly shows?: keyof Scenery['identities'];
  /** How long whoever asks is to wait between attempts, in milliseconds; not looked at when left out. */
  readonly waits?: readonly number[];
  /** Makes the registry lie. */
  lie(stage: OciStage): void;
}

/** Answers a request that was let in; `honest` is what an honest registry has there. */
export type Answer = (response: ServerResponse, honest: Buffer, asked: Asked, stage: OciStage) => void;

/** Requests of an installation: the index, the group of a version, and blobs. */
export const PLACES = {
  index: new RegExp(`^GET .*/manifests/${INDEX_TAG}$`),
  group: /^GET .*\/manifests\/sha256:/,
  blob: /^GET .*\/blobs\/sha256:/,
} as const;

/** Lies in the answer to one kind of request, by what they are: `place` is matched with its method and path. */
export function lies(
  code: AttackCase['code'],
  place: RegExp,
  answers: Readonly<Record<string, Answer>>,
  more: Omit<OciLie, keyof AttackCase | 'lie'> = {},
): OciLie[] {
  return Object.entries(answers).map(([name, answer]) => ({
    name,
    code,
    ...more,
    lie: (stage) => stage.answer(place, answer),
  }));
}

type Certificate = Omit<ServerIdentity, 'name'>;

/** What every stage starts from: a registry in a folder, newer than what lies in the registry on the stage. */
export interface Scenery {
  readonly sample: SampleRegistry;
  readonly contents: Pick<FakeRegistry, 'blobs' | 'manifests' | 'tags'>;
  readonly identities: Readonly<Record<'itself' | 'another name' | 'nobody’s certificate' | 'the past', Certificate>>;
  /** File of the authority that is trusted here. */
  readonly authority: string;
}

/** A registry over TLS that can be made to lie, a host of somebody else, and those who ask the registry. */
export class OciStage implements AsyncDisposable {
  readonly registry: FakeRegistry;
  readonly elsewhere: FakeServer;
  readonly network: FakeNetwork;
  /** Waits between attempts, in milliseconds. */
  readonly waited: number[] = [];
  /** Whose password is kept for which host. */
  credentials: Record<string, Credentials> = { [REGISTRY]: { username: 'ada', password: 'secret' } };
  readonly #scenery: Scenery;
  readonly #late = new AbortController();
  readonly #cache: string;

  private constructor(scenery: Scenery, registry: FakeRegistry, elsewhere: FakeServer, network: FakeNetwork) {
    this.#scenery = scenery;
    this.registry = registry;
    this.elsewhere = elsewhere;
    this.network = network;
    this.#cache = join(scenery.sample.home, `cache-${registry.port}`);
  }

  static async open(scenery: Scenery, { shows = 'itself' }: Pick<OciLie, 'shows'> = {}): Promise<OciStage> {
    const { identities, contents } = scenery;
    const registry = await FakeRegistry.open({
      auth: 'bearer',
      referrers: true,
      identity: { name: REGISTRY, ...identities[shows] },
    });
    for (const [digest, bytes] of contents.blobs) registry.blobs.set(digest, bytes);
    for (const [digest, stored] of contents.manifests) registry.manifests.set(digest, stored);
    for (const [tag, digest] of contents.tags) registry.tags.set(tag, digest);
    // As blob storage does, gives what it is asked for to whoever asks.
    const give = ({ path, headers }: Asked, response: ServerResponse) => {
      const bytes = registry.blobs.get(path.split('/').at(-1) ?? '');
      if (bytes !== undefined) registry.serve(bytes, headers.range, response);
      return bytes !== undefined;
    };
    const elsewhere = await FakeServer.start(give, { name: ELSEWHERE, ...identities.itself });
    const network = await FakeNetwork.open({ [REGISTRY]: registry.port, [ELSEWHERE]: elsewhere.port });
    return new OciStage(scenery, registry, elsewhere, network);
  }

  /** Has the registry answer requests of one kind, once they were let in, as told. */
  answer(place: RegExp, answer: Answer): void {
    this.registry.intercept = (asked, response) => {
      const letIn = asked.path.startsWith('/token') || asked.headers.authorization === 'Bearer good-token';
      if (!letIn || !place.test(`${asked.method} ${asked.path}`)) return false;
      answer(response, this.#honest(asked), asked, this);
      return true;
    };
  }

  /** Has the registry ask whoever it does not know yet for something. */
  challenge(header: string | string[]): void {
    this.registry.intercept = ({ path, headers }, response) => {
      if (path.startsWith('/token') || headers.authorization === 'Bearer good-token') return false;
      response.writeHead(401, { 'www-authenticate': header }).end();
      return true;
    };
  }

  /** Lets the time run out that the requests under way have. */
  expire(): void {
    this.#late.abort(new DOMException('late', 'TimeoutError'));
  }

  /** Tells the lie: has somebody ask the registry. */
  async tell({ to = 'install', upload = {} }: Pick<OciLie, 'to' | 'upload'>): Promise<unknown> {
    if (to === 'install') return this.#install();
    const location = `oci://${REGISTRY}/acme/registry`;
    const { folder } = this.#scenery.sample;
    if (to === 'push') return pushRegistry(folder, location, { now: T0, transport: this.#transport(), ...upload });
    const repository = new OciRepository(parseOciReference(location), this.#transport());
    return to === 'tags' ? listTags(repository) : new Referrers(repository).list(samplePack().digest);
  }

  #install(): Promise<unknown> {
    const location = `oci://${REGISTRY}/acme/registry`;
    const openSource = (registry: RegistryEntry) =>
      new OciSource(location, { registry, cache: this.#cache, now: () => T0 }, this.#transport());
    return this.#scenery.sample.install({ cache: this.#cache, openSource, range: '1.0.0' });
  }

  /** Where an installation keeps what it admitted. */
  get kept(): string {
    return join(this.#cache, 'blobs');
  }

  #transport(): TransportOptions {
    return {
      processEnv: { HTTPS_PROXY: this.network.url, SSL_CERT_FILE: this.#scenery.authority },
      credentials: async (host) => this.credentials[host],
      backoff: { wait: async (ms) => void this.waited.push(ms), random: () => 1, now: () => T0.getTime() },
      deadline: () => this.#late.signal,
    };
  }

  #honest({ path }: Asked): Buffer {
    const reference = path.split('/').at(-1) ?? '';
    const digest = this.registry.tags.get(reference) ?? (reference as Digest);
    return this.registry.manifests.get(digest)?.bytes ?? this.registry.blobs.get(digest) ?? Buffer.alloc(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.network[Symbol.asyncDispose]();
    await this.registry[Symbol.asyncDispose]();
    await this.elsewhere[Symbol.asyncDispose]();
    await rm(this.#cache, { recursive: true, force: true });
  }
}
