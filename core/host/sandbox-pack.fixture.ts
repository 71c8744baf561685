import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { grantAll } from '../broker/consent.ts';
import type { BrokerPorts, LogLine } from '../broker/ports.ts';
import { digestOf } from '../digest.ts';
import { decodeManifest, type PackManifest } from '../model/manifest.ts';
import { openPack, type PackGeneration } from './generation.ts';
import type { HostLimits } from './limits.ts';

/** What a test changes about the pack it opens. */
export interface Variation {
  readonly permissions?: readonly object[];
  readonly limits?: Partial<PackManifest['limits']>;
  readonly hostLimits?: Partial<HostLimits>;
  readonly ports?: Partial<BrokerPorts>;
}

/** Packs of a test, opened for real: a sandbox each, cleaned up by `close`. */
export class SandboxPacks {
  readonly lines: LogLine[] = [];
  readonly dataDir = mkdtempSync(path.join(tmpdir(), 'packs-'));
  readonly #open: PackGeneration[] = [];

  /** A state pack whose `get` does what the source says, with `context` and `input` in reach; the other methods do nothing. */
  state(getBody: string, variation: Variation = {}): PackGeneration {
    return this.module(
      `export default { slot: 'state', open(context) { return {
        async get(input) { ${getBody} },
        async put() { return { revision: 1 }; },
        async delete() { return { deleted: false }; },
        async list() { return { keys: [], next: null }; },
      }; } };`,
      variation,
    );
  }

  /** A state pack of this source text. */
  module(
    module: string,
    { permissions = [], limits = {}, hostLimits = {}, ports = {} }: Variation = {},
  ): PackGeneration {
    const manifest = decodeManifest(
      JSON.stringify({
        schema: 'greentic.pack/1',
        name: 'acme.state.suspect',
        version: '1.0.0',
        title: 'A suspect',
        description: 'A pack that a test wrote.',
        slot: 'state',
        contract: 1,
        permissions: permissions.map((permission) => ({ reason: 'The test needs it.', ...permission })),
        limits,
      }),
    ) as PackManifest;
    const generation = openPack({
      artifact: { name: manifest.name, version: manifest.version, digest: digestOf(module), manifest, module },
      environment: 'test',
      grants: grantAll(manifest, {}),
      answers: {},
      ports: { dataDir: this.dataDir, log: (line) => this.lines.push(line), ...ports },
      limits: hostLimits,
    });
    this.#open.push(generation);
    return generation;
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.map((generation) => generation.close()));
    rmSync(this.dataDir, { recursive: true });
  }
}

/** Calls `get`; a pack gives text back as the value of the entry. */
export async function ask(generation: PackGeneration, options: { deadlineMs?: number } = {}): Promise<string> {
  const { entry } = (await generation.call('get', { tenant: 'acme', key: 'k' }, options)) as {
    entry: { value: string };
  };
  return entry.value;
}

/** Source of a `get` body that answers with a text. */
export const answer = (expression: string) => `return { entry: { value: String(${expression}), revision: 1 } };`;
