import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ArtifactName, decode, GreenticError, kindOf, signStatement } from '@greentic/core';
import { type BuiltArtifact, buildArtifact, publish as publishArtifact, publishStatement } from '@greentic/registry';
import type { Invocation } from '../commands/command.ts';
import { createKeyFile, readKeyFile } from '../key-file.ts';
import { templateFolder } from '../template.ts';

const EVIDENCE_MAX_BYTES = 8 * 2 ** 20;

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
export async function build({ session, args: [dir = ''] }: Invocation<object>): Promise<void> {
  session.output.result(
    summaryOf(await buildArtifact(dir)),
    ({ name, version, digest, bytes }) => `${name} ${version}: ${bytes} bytes, ${digest}`,
  );
}

/** `pack publish` */
export async function publish({
  session,
  args: [dir = ''],
  options,
}: Invocation<{
  registry: string;
  key: readonly string[];
  registryKey: string;
  evidence?: readonly string[];
}>): Promise<void> {
  const artifact = await buildArtifact(dir);
  const keys = await Promise.all(options.key.map(readKeyFile));
  const registryKey = await readKeyFile(options.registryKey);
  const role = { secretKeys: [registryKey.secretKey], threshold: 1 };
  const further = await Promise.all((options.evidence ?? []).map(readEvidence));
  const statement = publishStatement(publicationOf(artifact));
  const { entry, index } = await publishArtifact(options.registry, {
    artifact,
    evidence: [...keys.map((key) => signStatement(statement, key.secretKey)), ...further],
    namespaceKeys: keys.map((key) => key.secretKey),
    registryKeys: { snapshot: role, timestamp: role },
    now: session.now(),
  });
  session.output.result(
    { ...summaryOf(artifact), index: index.timestamp, group: entry.group },
    ({ name, version, digest }) => `Published ${name} ${version} as ${digest}.`,
  );
}

function publicationOf({ name, version, digest, manifest }: BuiltArtifact) {
  const contract = manifest.schema === 'greentic.pack/1' ? { contract: manifest.contract } : {};
  return { name, version, kind: kindOf(name), digest, ...contract };
}

function summaryOf({ name, version, digest, module }: BuiltArtifact) {
  return { name, version, digest, bytes: module.byteLength };
}

async function readEvidence(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new GreenticError('trust/envelope-invalid', `The evidence ${file} cannot be read (${error.code}).`);
  });
  if (bytes.byteLength > EVIDENCE_MAX_BYTES)
    throw new GreenticError('trust/envelope-invalid', `The evidence ${file} is too large.`);
  return bytes.toString();
}
