import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ArtifactName, decode, GreenticError, kindOf, SLOTS } from '@greentic/core';
import {
  type BuiltArtifact,
  buildArtifact,
  channelOf,
  describeEvidence,
  evidenceOf,
  inspectArtifact,
  type ProposedPublication,
  proposePublication,
  signPublication,
  withFurther,
} from '@greentic/registry';
import type { Invocation } from '../commands/command.ts';
import { readEvidence, statementsOf } from '../evidence-file.ts';
import { createKeyFile, readKeyFile } from '../key-file.ts';
import { readPublication, replacePublication, writePublication } from '../publication-file.ts';
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
  if (kind !== options.slot) {
    throw new GreenticError('pack/slot-mismatch', `${name} is not a name for the slot ${options.slot}.`, {
      hint: `Give --slot ${kind}, or a name such as ${name.split('.')[0]}.${SLOTS[0]}.mine; slots are ${SLOTS.join(', ')}, and there is bundle.`,
    });
  }
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
  session.output.result({ name, dir, files }, () => {
    const next = kind === 'bundle' ? `gtc pack build ${dir}` : `gtc conformance run ${dir}`;
    return `${name} is in ${dir}. Next: install @greentic/sdk there with npm, then ${next}`;
  });
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
      `${name} ${version}: ${bytes} bytes, from ${packages} ${packages === 1 ? 'package' : 'packages'}, ${digest}`,
  );
}

interface PublishOptions extends Partial<PlaceOptions> {
  readonly key: readonly string[];
  readonly evidence?: readonly string[];
  readonly channel?: readonly string[];
  readonly propose?: string;
}

/** `pack publish` */
export async function publish({ session, args: [what = ''], options }: Invocation<PublishOptions>): Promise<void> {
  const { registry, propose, channel = [] } = options;
  if ((registry === undefined) === (propose === undefined) || (propose !== undefined && channel.length > 0))
    throw new GreenticError(
      'input/conflicting-options',
      'A version is published in a registry, or proposed in a file.',
      {
        hint: 'Give --registry, or --propose without --channel.',
      },
    );
  const place = registry === undefined ? undefined : await openPlace({ ...options, registry });
  const keys = await Promise.all(options.key.map(readKeyFile));
  let proposed = await proposalOf(what, await Promise.all((options.evidence ?? []).map(readEvidence)));
  for (const { secretKey } of keys) proposed = signPublication(proposed, secretKey);
  const { artifact, proposal } = proposed;
  const summary = { ...summaryOf(artifact), signers: signersOf(proposed) };
  if (propose !== undefined) {
    await writePublication(propose, proposal);
    const written = { ...summary, file: propose };
    const next = `Others sign it, gtc pack sign ${propose} --key <key>, or publish it: gtc pack publish ${propose}.`;
    session.output.result(written, ({ name, version }) => `Proposed ${name} ${version} in ${propose}. ${next}`);
    return;
  }
  const published = await place?.publish({
    artifact,
    evidence: evidenceOf(proposal),
    channels: channel.map(channelOf),
    namespaceKeys: keys.map(({ secretKey }) => secretKey),
    now: session.now(),
  });
  const reported = isReported(artifact, proposal);
  session.output.result(
    { ...summary, reported, index: published?.index.timestamp, group: published?.entry.group },
    ({ name, version, digest }) => `Published ${name} ${version} as ${digest}.`,
  );
  if (!reported) {
    const attach = `gtc pack attach ${artifact.name}@${artifact.version} <report>`;
    session.output.progress(
      `No conformance report came along: environments that ask for one refuse it until ${attach}`,
    );
  }
}

/** Whether a report on conformance is among the evidence; a bundle needs none. */
function isReported({ manifest }: BuiltArtifact, proposal: Parameters<typeof evidenceOf>[0]): boolean {
  if (manifest.schema === 'greentic.bundle/1') return true;
  return evidenceOf(proposal).some((bundle) => describeEvidence(Buffer.from(bundle)).kind === 'conformance');
}

/** What is to be published: a folder is built, a file holds what was proposed. */
async function proposalOf(what: string, evidence: readonly string[]): Promise<ProposedPublication> {
  if ((await stat(what).catch(() => undefined))?.isFile() === true)
    return withFurther(await readPublication(what), evidence);
  const built = await buildArtifact(what);
  return proposePublication(built, { statements: Object.values(statementsOf(built)), evidence });
}

/** `pack sign` */
export async function sign({
  session,
  args: [file = ''],
  options,
}: Invocation<{ key: string; source?: string }>): Promise<void> {
  const { secretKey } = await readKeyFile(options.key);
  const found = await readPublication(file);
  const { artifact } = found;
  if (options.source !== undefined) {
    const { digest } = await buildArtifact(options.source);
    if (digest !== artifact.digest)
      throw new GreenticError(
        'trust/statement-mismatch',
        `${options.source} builds ${digest}, not ${artifact.digest}.`,
        {
          hint: 'Look at what differs; the same sources give the same bytes.',
        },
      );
  }
  const signed = signPublication(found, secretKey);
  await replacePublication(file, signed.proposal);
  const { permissions } = inspectArtifact(artifact);
  const result = { ...summaryOf(artifact), permissions, signers: signersOf(signed) };
  session.output.result(result, ({ name, version, digest, signers }) =>
    [
      `${name} ${version}: ${digest}`,
      ...permissions.map(({ permission, allows }) => `  ${permission}: ${allows}`),
      `Signed by ${signers.join(', ')}.`,
    ].join('\n'),
  );
}

function signersOf({ proposal }: ProposedPublication): string[] {
  return proposal.signatures.map(({ key }) => key.keyId);
}

function summaryOf({ name, version, digest, module }: BuiltArtifact) {
  return { name, version, digest, bytes: module.byteLength };
}
