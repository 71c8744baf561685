import * as z from 'zod';
import { GreenticError } from '../errors.ts';
import { decode, parseJson } from '../json.ts';
import { ArtifactName, kindOf, Label, Slot, Version } from './name.ts';
import { PermissionRequest, permissionKey } from './permission.ts';
import { Question } from './question.ts';
import { plainText } from './text.ts';

/** Largest `pack.json` or `bundle.json`, in bytes. */
export const MANIFEST_MAX_BYTES = 64 * 1024;

const described = { version: Version, title: plainText(3, 80), description: plainText(10, 600) };

/** Schema of `pack.json`, a pack's description of itself. Unknown keys are an error. */
export const PackManifest = z
  .strictObject({
    schema: z.literal('greentic.pack/1'),
    name: ArtifactName,
    ...described,
    slot: Slot,
    /** Version of the slot contract the pack implements. */
    contract: z.int().min(1),
    /** Optional features of the contract that the pack implements. Declared here and nowhere else. */
    features: z.array(Label).max(32).default([]),
    permissions: z.array(PermissionRequest).max(32).default([]),
    questions: z.array(Question).max(64).default([]),
    limits: z
      .strictObject({
        /** Heap of the pack's isolate, in MiB. */
        memoryMib: z.int().min(8).max(512).default(64),
        /** Longest call, in milliseconds. */
        callMs: z.int().min(10).max(600_000).default(10_000),
        /** Processor time one call may use, in milliseconds. */
        cpuMs: z.int().min(10).max(60_000).default(1_000),
      })
      .prefault({}),
  })
  .superRefine((manifest, context) => {
    if (kindOf(manifest.name) !== manifest.slot) {
      context.addIssue({
        code: 'custom',
        path: ['name'],
        message: `the middle label must be the slot, ${manifest.slot}`,
      });
    }
    const keys = manifest.permissions.map(permissionKey);
    for (const [i, permission] of manifest.permissions.entries()) {
      const path = ['permissions', i];
      const key = permissionKey(permission);
      if (keys.indexOf(key) !== i) context.addIssue({ code: 'custom', path, message: `${key} is asked twice` });
      if (permission.kind === 'http' && (permission.origins.length === 0) === (permission.originFrom === undefined)) {
        context.addIssue({ code: 'custom', path, message: 'give either origins or originFrom' });
      }
      if (permission.kind !== 'secret') continue;
      if (permission.access === 'value' && manifest.slot !== 'secrets') {
        context.addIssue({ code: 'custom', path, message: 'only secrets packs may read the value of a secret' });
      }
      if (permission.access === 'use' && !keys.includes(`http:${permission.towards}`)) {
        context.addIssue({ code: 'custom', path, message: 'towards must name an http binding of this pack' });
      }
    }
  });
export type PackManifest = z.infer<typeof PackManifest>;

/** Schema of `bundle.json`, a workload's description of itself. */
export const BundleManifest = z
  .strictObject({
    schema: z.literal('greentic.bundle/1'),
    name: ArtifactName,
    ...described,
    /** Slots the worker asks for by name; it gets no others. */
    needs: z
      .array(Slot.exclude(['deployer']))
      .max(4)
      .default([]),
    /** Names of the secrets the worker reads; it gets no others. */
    secrets: z.array(Label).max(32).default([]),
  })
  .refine((manifest) => kindOf(manifest.name) === 'bundle', {
    path: ['name'],
    message: 'the middle label must be bundle',
  });
export type BundleManifest = z.infer<typeof BundleManifest>;

/** Either description. */
export type Manifest = PackManifest | BundleManifest;

/** Decodes the bytes of a `pack.json` or `bundle.json`. Throws `pack/manifest-invalid` with the path of each bad field. */
export function decodeManifest(bytes: Uint8Array | string): Manifest {
  const value = parseJson(bytes, { maxBytes: MANIFEST_MAX_BYTES, code: 'pack/manifest-invalid' });
  const schema = (value as { schema?: unknown } | null)?.schema;
  if (schema === 'greentic.bundle/1') return decode(BundleManifest, value, 'pack/manifest-invalid', 'bundle.json');
  return decode(PackManifest, value, 'pack/manifest-invalid', 'pack.json');
}

/** Narrows to a pack manifest; throws `pack/slot-mismatch` for a bundle, or for a pack of another slot than the one given. */
export function assertPack(manifest: Manifest, slot?: Slot): asserts manifest is PackManifest {
  if (manifest.schema !== 'greentic.pack/1')
    throw new GreenticError('pack/slot-mismatch', `${manifest.name} is a bundle, not a pack.`);
  if (slot !== undefined && manifest.slot !== slot) {
    throw new GreenticError('pack/slot-mismatch', `${manifest.name} fills the slot ${manifest.slot}, not ${slot}.`);
  }
}
