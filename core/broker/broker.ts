import { randomBytes } from 'node:crypto';
import path from 'node:path';
import * as z from 'zod';
import { Digest } from '../digest.ts';
import { GreenticError } from '../errors.ts';
import { decode } from '../json.ts';
import { ArtifactName, DeploymentId, Label, RevisionId, Version } from '../model/name.ts';
import { type Grant, permissionKey } from '../model/permission.ts';
import type { Kv, Seal, Workers } from '../slots/context.ts';
import { base64Of, utf8Text } from '../slots/contract/method.ts';
import { HttpCall, HttpEgress } from './http.ts';
import type { HttpGrant } from './http-grant.ts';
import { openKv } from './kv.ts';
import { type Placeholder, placeholderText } from './placeholder.ts';
import type { BrokerPorts, PackIdentity } from './ports.ts';
import { openSeal } from './seal.ts';

const binding = Label;
const key = utf8Text(2048, 1);
const limit = z.int().min(1).max(1000);
const text = z.string().max(16 * 1024);
const revision = z.strictObject({ revision: RevisionId });

/** What a pack may call, by port and method, and the exact shape of each call. */
const CALLS = {
  'http.fetch': HttpCall,
  'secret.value': z.strictObject({ binding }),
  'kv.get': z.strictObject({ binding, key }),
  'kv.list': z.strictObject({ binding, prefix: utf8Text(2048), after: key.exactOptional(), limit }),
  'kv.commit': z.strictObject({
    binding,
    checks: z
      .array(z.strictObject({ key, version: z.int().min(0) }))
      .max(256)
      .default([]),
    writes: z.array(z.strictObject({ key, value: utf8Text(2 ** 20).nullable() })).max(256),
  }),
  'seal.wrap': z.strictObject({ binding, plain: base64Of(4096), context: text }),
  // What is no base64 was changed on the disk: the seal says so, in the words of every other change.
  'seal.unwrap': z.strictObject({ binding, sealed: z.string().max(8192), context: text }),
  'workers.define': z.strictObject({
    revision: RevisionId,
    deployment: DeploymentId,
    customer: Label,
    bundle: z.strictObject({ name: ArtifactName, version: Version, digest: Digest }),
  }),
  'workers.start': revision,
  'workers.stop': revision,
  'workers.remove': revision,
  'workers.list': z.strictObject({}),
  'log.write': z.strictObject({
    level: z.enum(['debug', 'info', 'warn', 'error']),
    message: text,
    fields: z.record(z.string().max(128), z.union([text, z.number(), z.boolean()])).default({}),
  }),
  'console.write': z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']), message: text }),
} as const;

type CallName = keyof typeof CALLS;
type Run = { [N in CallName]: (args: z.infer<(typeof CALLS)[N]>, signal: AbortSignal) => Promise<unknown> };

/** Holds the grants of one opened pack, and does for it what they allow. Everything else is refused. */
export class Broker {
  readonly #identity: PackIdentity;
  readonly #grants: ReadonlyMap<string, Grant>;
  readonly #ports: BrokerPorts;
  readonly #nonce = randomBytes(16).toString('hex');
  readonly #kvs = new Map<string, Kv & { close(): void }>();
  readonly #seals = new Map<string, Seal>();
  readonly #egress: HttpEgress;
  readonly #run: Run;

  constructor(identity: PackIdentity, grants: readonly Grant[], ports: BrokerPorts) {
    this.#identity = identity;
    this.#grants = new Map(grants.map((grant) => [permissionKey(grant), grant]));
    this.#ports = ports;
    const httpGrants = grants.filter((grant): grant is HttpGrant => grant.kind === 'http');
    this.#egress = new HttpEgress(httpGrants, () => this.#resolvePlaceholders(), ports.resolve);
    this.#run = this.#operations();
  }

  /** The texts that stand for the pack's secrets, by binding. They are good for this opening only. */
  get placeholders(): Record<string, string> {
    return Object.fromEntries(
      this.#secretUses().map((grant) => [grant.binding, placeholderText(grant.binding, this.#nonce)]),
    );
  }

  /** Does one call. Throws `permission/denied` without a grant, `input/invalid` for other than the exact shape. */
  async call(port: string, method: string, args: unknown, signal: AbortSignal): Promise<unknown> {
    const name = `${port}.${method}`;
    if (!Object.hasOwn(CALLS, name)) throw new GreenticError('permission/denied', `There is no ${name.slice(0, 64)}.`);
    const schema: z.ZodType<unknown> = CALLS[name as CallName];
    // The table pairs each name's schema with its operation; the compiler cannot see which pair this is.
    const run = this.#run[name as CallName] as (args: unknown, signal: AbortSignal) => Promise<unknown>;
    return await run(decode(schema, args, 'input/invalid', name), signal);
  }

  /** Closes what the pack held open. */
  close(): void {
    for (const kv of this.#kvs.values()) kv.close();
    this.#kvs.clear();
  }

  #operations(): Run {
    return {
      'http.fetch': (call, signal) => this.#egress.fetch(call, signal),
      'secret.value': ({ binding }) => this.#secretValue(binding),
      'kv.get': ({ binding, key }) => this.#kv(binding).get(key),
      'kv.list': ({ binding, ...options }) => this.#kv(binding).list(options),
      'kv.commit': ({ binding, ...change }) => this.#kv(binding).commit(change),
      'seal.wrap': ({ binding, ...input }) => this.#seal(binding).wrap(input),
      'seal.unwrap': ({ binding, ...input }) => this.#seal(binding).unwrap(input),
      'workers.define': (spec) => this.#workers().define(spec),
      'workers.start': (input) => this.#workers().start(input),
      'workers.stop': (input) => this.#workers().stop(input),
      'workers.remove': (input) => this.#workers().remove(input),
      'workers.list': () => this.#workers().list(),
      'log.write': async (line) => {
        this.#granted('log', 'log');
        this.#log(line, false);
      },
      'console.write': async (line) => this.#log({ ...line, fields: {} }, true),
    };
  }

  #granted<K extends Grant['kind']>(kind: K, wanted: string): Extract<Grant, { kind: K }> {
    const grant = this.#grants.get(wanted);
    if (grant?.kind === kind) return grant as Extract<Grant, { kind: K }>;
    throw new GreenticError('permission/denied', `${this.#identity.name} holds no grant ${wanted}.`);
  }

  #secretUses(): Extract<Grant, { kind: 'secret' }>[] {
    return [...this.#grants.values()]
      .filter((grant) => grant.kind === 'secret')
      .filter((grant) => grant.access === 'use');
  }

  async #resolvePlaceholders(): Promise<Placeholder[]> {
    const uses = this.#secretUses();
    return await Promise.all(
      uses.map(async ({ binding, towards = '', secret }) => ({
        binding,
        towards,
        text: placeholderText(binding, this.#nonce),
        value: await this.#readSecret(secret),
      })),
    );
  }

  async #secretValue(binding: string): Promise<string> {
    const grant = this.#granted('secret', `secret:${binding}`);
    if (grant.access !== 'value')
      throw new GreenticError('permission/denied', `The secret ${binding} may be used, not read.`);
    return Buffer.from(await this.#readSecret(grant.secret)).toString('base64');
  }

  async #readSecret(name: string): Promise<Uint8Array> {
    if (this.#ports.secrets === undefined)
      throw new GreenticError('secret/not-found', `The secret ${name} cannot be read here.`);
    return await this.#ports.secrets(name);
  }

  #kv(binding: string): Kv {
    const { quotaBytes } = this.#granted('kv', `kv:${binding}`);
    const open = this.#kvs.get(binding) ?? openKv(this.#file(`${binding}.kv`), quotaBytes);
    this.#kvs.set(binding, open);
    return open;
  }

  #seal(binding: string): Seal {
    this.#granted('seal', `seal:${binding}`);
    const { environment, name } = this.#identity;
    const open =
      this.#seals.get(binding) ?? openSeal(this.#file(`${binding}.key`), `${environment}/${name}/${binding}`);
    this.#seals.set(binding, open);
    return open;
  }

  #file(name: string): string {
    return path.join(this.#ports.dataDir, this.#identity.name, name);
  }

  #workers(): Workers {
    this.#granted('workers', 'workers');
    if (this.#ports.workers !== undefined) return this.#ports.workers;
    throw new GreenticError('runtime/unreachable');
  }

  #log(
    line: {
      level: 'debug' | 'info' | 'warn' | 'error';
      message: string;
      fields: Record<string, string | number | boolean>;
    },
    diagnostic: boolean,
  ): void {
    const { name, version } = this.#identity;
    this.#ports.log({ ...line, pack: `${name}@${version}`, at: new Date(), diagnostic });
  }
}
