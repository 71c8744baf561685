import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ArtifactName, decode, GreenticError, kindOf } from '@greentic/core';
import { type BuiltArtifact, buildArtifact, channelOf } from '@greentic/registry';
import type { Invocation } from '../commands/command.ts';
import { readEvidence, signBuild, statementsOf } from '../evidence-file.ts';
import { createKeyFile, readKeyFile } from '../key-file.ts';
import { openPlace, type PlaceOptions } from '../registry-place.ts';
import { templateFolder } from '../template.ts';

/** `pack init` */
export async function init({
  session,
  args: [text = ''],
  options,
}: Invocation<{ slot: string; dir?: string }>): Promise<void> {
  const name = decode(ArtifactName, text, 'input/invalid', 'The name');
  const kind = kindOf(name);
  if (kind !== options.slot)
    throw new GreenticError('pack/slot-mismatch', `${name} is not a name for the slot ${options.slot}.`);
  const template = await templateFolder(kind);
  const dir = path.resolve(options.dir ?? name.slice(name.lastIndexOf('.') + 1));
  await assertEmpty(dir);
  await mkdir(dir, { recursive: true });
  await cp(template, dir, {
    recursive: true,
    filter: (source) => !/(^|[\\/])(node_modules|dist)$|\.(test|fixture)\.ts$/.test(source),
  });
  const description = path.join(dir, kind === 'bundle' ? 'bundle.json' : 'pack.json');
  const manifest = await readFile(description, 'utf8');
  await writeFile(description, manifest.replace(/"name": "[^"]+"/, `"name": "${name}"`));
  const files = await readdir(dir);
  session.output.result({ name, dir, files }, () => `${name} is in ${dir}. Next: gtc conformance run ${dir}`);
}

async function assertEmpty(dir: string): Promise<void> {
  const files = await readdir(dir).catch(() => []);
  if (files.length > 0)
    throw new GreenticError('input/invalid', `${dir} is not empty.`, { hint: 'Choose another folder: --dir.' });
}

/** `pack keygen` */
export async function keygen({ session, args: [file = ''] }: Invocation<object>): Promise<void> {
  const key = await createKeyFile(file);
  session.output.result({ ...key, file }, ({ keyId }) => `Key ${keyId}: secret in ${file}, public in ${file}.pub.`);
}

/** `pack build` */
export async function build({
  session,
  args: [dir = ''],
  options,
}: Invocation<{ sbom?: string; provenance?: string }>): Promise<void> {
  const built = await buildArtifact(dir);
  if (options.sbom !== undefined) await writeFile(options.sbom, built.sbom);
  if (options.provenance !== undefined)
    await writeFile(options.provenance, `${JSON.stringify(statementsOf(built).provenance, null, 2)}\n`);
  session.output.result(
    { ...summaryOf(built), packages: built.materials.length },
    ({ name, version, digest, bytes, packages }) =>
      `${name} ${version}: ${bytes} bytes, from ${packages} packages, ${digest}`,
  );
}

interface PublishOptions extends PlaceOptions {
  readonly key: readonly string[];
  readonly evidence?: readonly string[];
  readonly channel?: readonly string[];
}

/** `pack publish` */
export async function publish({ session, args: [dir = ''], options }: Invocation<PublishOptions>): Promise<void> {
  const place = await openPlace(options);
  const built = await buildArtifact(dir);
  const keys = await Promise.all(options.key.map(readKeyFile));
  const further = await Promise.all((options.evidence ?? []).map(readEvidence));
  const { entry, index } = await place.publish({
    artifact: built,
    evidence: [...keys.flatMap((key) => signBuild(built, key)), ...further],
    channels: (options.channel ?? []).map(channelOf),
    namespaceKeys: keys.map((key) => key.secretKey),
    now: session.now(),
  });
  session.output.result(
    { ...summaryOf(built), index: index.timestamp, group: entry.group },
    ({ name, version, digest }) => `Published ${name} ${version} as ${digest}.`,
  );
}

function summaryOf({ name, version, digest, module }: BuiltArtifact) {
  return { name, version, digest, bytes: module.byteLength };
}
