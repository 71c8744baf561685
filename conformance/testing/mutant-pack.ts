import path from 'node:path';
import { decodeManifest, digestOf, type SlotName, type VerifiedArtifact } from '@greentic/core';
import { build } from 'esbuild';
import { MUTATIONS } from '../mutants/index.ts';

const reason = 'What the reference pack stands on.';

const PERMISSIONS: Readonly<Record<SlotName, readonly object[]>> = {
  secrets: [
    { kind: 'kv', binding: 'data', quotaBytes: 2 ** 26, reason },
    { kind: 'seal', binding: 'data', reason },
  ],
  state: [{ kind: 'kv', binding: 'data', quotaBytes: 2 ** 26, reason }],
  sessions: [{ kind: 'kv', binding: 'data', quotaBytes: 2 ** 26, reason }],
  telemetry: [{ kind: 'log', reason }],
  deployer: [{ kind: 'workers', reason }],
};

/** What a test changes about a mutant's manifest. */
export interface ManifestChanges {
  readonly features?: readonly string[];
  readonly permissions?: readonly object[];
  readonly questions?: readonly object[];
}

/** The mutant pack of a slot, or another pack in its folder, bundled as a real pack is. */
export async function mutantPack(
  slot: SlotName,
  entry = 'index',
): Promise<(changes?: ManifestChanges) => VerifiedArtifact> {
  const result = await build({
    stdin: {
      contents: `export { pack as default } from './${slot}/${entry}.ts';`,
      resolveDir: path.join(import.meta.dirname, '..', 'mutants'),
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'es2024',
    conditions: ['source'],
  });
  const module = result.outputFiles[0]?.text ?? '';
  return (changes = {}) => artifactOf(slot, module, changes);
}

/** An artifact around a module's text. */
export function artifactOf(slot: SlotName, module: string, changes: ManifestChanges = {}): VerifiedArtifact {
  const choices = ['none', ...Object.keys(MUTATIONS[slot])];
  const manifest = decodeManifest(
    JSON.stringify({
      schema: 'greentic.pack/1',
      name: `kit.${slot}.mutant`,
      version: '1.0.0',
      title: 'A mutant',
      description: 'Correct, or broken in one way: the kit has to tell which.',
      slot,
      contract: 1,
      features: slot === 'sessions' ? ['durable'] : [],
      permissions: PERMISSIONS[slot],
      questions: [{ id: 'mutation', type: 'choice', title: 'How it is broken', choices, default: 'none' }],
      ...changes,
    }),
  );
  return { name: manifest.name, version: manifest.version, digest: digestOf(module), manifest, module };
}
