import { createPrivateKey, sign } from 'node:crypto';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalize } from '@greentic/core';
import { canonicalize as canonicalizeTuf } from '@tufjs/canonical-json';
import { metadataFile, metaFactsOf, tufKeyId } from '../tuf/metadata.ts';
import type { AttackCase } from './attack.ts';
import { daysLater, KEYS, type SampleRegistry, samplePack } from './sample-registry.ts';

/** The signed part of a metadata file, to be made into anything. */
// biome-ignore lint/suspicious/noExplicitAny: an attacker writes what no type allows
export type Wild = any;

/** Roles from the bottom up: what changes in one has to be vouched for by those after it. */
const ROLES = ['acme', 'targets', 'snapshot', 'timestamp'] as const;
type ForgedRole = 'root' | (typeof ROLES)[number];

/** What an attacker makes of the index; whatever is not named is done right, with the right keys. */
export interface Forgery {
  readonly edit?: Partial<Record<ForgedRole, (signed: Wild) => void>>;
  /** Secret keys that sign a role instead of its own. */
  readonly signers?: Partial<Record<ForgedRole, readonly string[]>>;
  /** What becomes of a file after it was signed, before anybody vouches for it. */
  readonly file?: Partial<Record<ForgedRole, (file: Wild) => unknown>>;
  /** What becomes of a file's text after somebody vouched for it. */
  readonly swap?: Partial<Record<ForgedRole, (text: string) => string>>;
}

/** An attack on the index: an environment has installed from it before, and asks again afterwards. */
export interface IndexAttack extends AttackCase {
  attack(forge: IndexForge): Promise<unknown>;
  /** Days after the first installation when the environment asks again. */
  readonly after?: number;
  /** Asked by an environment that never saw the index: one that did keeps to the copy it has. */
  readonly fresh?: boolean;
}

/** An attack that is one forgery. */
export function forging(
  name: string,
  forgery: Forgery,
  code: AttackCase['code'] = 'index/invalid',
  more: Pick<IndexAttack, 'after' | 'fresh'> = {},
): IndexAttack {
  return { name, code, attack: (forge) => forge.forge(forgery), ...more };
}

/** The index of a registry whose roles have keys of their own, in the hands of somebody who has any of them. */
export class IndexForge {
  readonly registry: SampleRegistry;
  readonly tuf: string;

  constructor(registry: SampleRegistry) {
    this.registry = registry;
    this.tuf = join(registry.folder, 'tuf');
  }

  /** The secret keys a role's metadata needs, as the registry was made. */
  keysOf(role: ForgedRole): readonly string[] {
    return role === 'acme' ? [KEYS.acme.secretKey] : this.registry.registryKeys[role].secretKeys;
  }

  /** A role's file as readers see it now. */
  async file(role: ForgedRole): Promise<{ path: string; text: string; signed: Wild }> {
    const path = join(this.tuf, metadataFile(role, await this.#version(role)));
    const text = await readFile(path, 'utf8');
    return { path, text, signed: JSON.parse(text).signed };
  }

  /** Forges roles, and everything that has to vouch for them, each one version newer. */
  async forge(forgery: Forgery): Promise<void> {
    const touched = (role: ForgedRole) =>
      [forgery.edit, forgery.signers, forgery.file, forgery.swap].some((part) => part?.[role] !== undefined);
    if (touched('root')) await this.#write('root', forgery, {});
    const facts: Record<string, unknown> = {};
    for (const role of ROLES) {
      const vouches = role === 'snapshot' || role === 'timestamp';
      if (!touched(role) && !(vouches && Object.keys(facts).length > 0)) continue;
      const { version, bytes } = await this.#write(role, forgery, facts);
      if (role === 'snapshot') for (const name of Object.keys(facts)) delete facts[name];
      facts[`${role}.json`] = metaFactsOf(version as number, bytes);
    }
  }

  /** A copy of the index; the function that is returned puts it back. */
  async backup(): Promise<(only?: string) => Promise<void>> {
    const copy = join(this.registry.home, `backup-${(await readdir(this.registry.home)).length}`);
    await cp(this.tuf, copy, { recursive: true });
    return async (only) => {
      if (only !== undefined) return cp(join(copy, only), join(this.tuf, only));
      await rm(this.tuf, { recursive: true });
      await cp(copy, this.tuf, { recursive: true });
    };
  }

  /** The owner and the publisher go on: another version is published and the environment sees it. */
  async goOn(version = '1.1.0'): Promise<void> {
    await this.registry.publish(samplePack(version));
    await this.registry.install();
  }

  async #version(role: ForgedRole): Promise<number> {
    if (role === 'timestamp') return 0;
    if (role === 'root') return (await readdir(this.tuf)).filter((name) => name.endsWith('.root.json')).length;
    const timestamp = JSON.parse(await readFile(join(this.tuf, 'timestamp.json'), 'utf8')).signed;
    const { version } = timestamp.meta['snapshot.json'];
    if (role === 'snapshot') return version;
    const snapshot = JSON.parse(await readFile(join(this.tuf, metadataFile('snapshot', version)), 'utf8')).signed;
    return snapshot.meta[`${role}.json`].version;
  }

  async #write(role: ForgedRole, forgery: Forgery, facts: object): Promise<{ version: unknown; bytes: Uint8Array }> {
    const { signed } = await this.file(role);
    signed.version += 1;
    const name = metadataFile(role, signed.version);
    const version = signed.version;
    Object.assign(signed.meta ?? {}, facts);
    forgery.edit?.[role]?.(signed);
    const file: Wild = signedFile(signed, forgery.signers?.[role] ?? this.keysOf(role));
    const changed = forgery.file?.[role]?.(file) ?? file;
    const text = typeof changed === 'string' ? changed : JSON.stringify(changed);
    await writeFile(join(this.tuf, name), forgery.swap?.[role]?.(text) ?? text);
    return { version, bytes: Buffer.from(text) };
  }
}

/**
 * Runs an attack on a copy of a registry that an environment has installed from, and has the environment ask for the pack
 * again; gives what the answer rests on.
 */
export async function sufferAttack(victim: SampleRegistry, { attack, after = 0, fresh = false }: IndexAttack) {
  await using registry = await victim.copy();
  await attack(new IndexForge(registry));
  if (fresh) await rm(registry.cache, { recursive: true });
  const { lockEntry } = await registry.install({ now: () => daysLater(after) });
  return lockEntry.index;
}

/** A metadata file over anything, also over what has no canonical form. */
export function signedFile(signed: Wild, secretKeys: readonly string[]): Wild {
  let bytes: Uint8Array;
  try {
    bytes = Buffer.from(canonicalizeTuf(signed));
  } catch {
    bytes = Buffer.from(canonicalize(signed));
  }
  return { signatures: secretKeys.map((secretKey) => signatureOf(bytes, secretKey)), signed };
}

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** What `encodeMetadata` makes, by node:crypto: thousands of them are made here. */
function signatureOf(bytes: Uint8Array, secretKey: string): { keyid: string; sig: string } {
  const keyid = tufKeyId(secretKey);
  const seed = Buffer.from(secretKey, 'base64').subarray(0, 32);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  return { keyid, sig: sign(null, bytes, key).toString('hex') };
}
