import { stat } from 'node:fs/promises';
import { GreenticError, kindOf, namespaceOf, type TrustRoot } from '@greentic/core';
import { examine, trustRootOf } from '@greentic/operator';
import {
  believedFor,
  buildArtifact,
  type Decision,
  decodePublication,
  describeEvidence,
  type EvidenceCard,
  evidenceOf,
  type Inspection,
  inspectArtifact,
  inspectPublished,
  type Malformed,
  PUBLICATION_MAX_BYTES,
  type PublishedInspection,
  readPublished,
} from '@greentic/registry';
import type { Invocation } from '../commands/command.ts';
import { readInput } from '../input-file.ts';
import { parseReference } from '../reference.ts';
import { openDesk, type PlaceOptions } from '../registry-place.ts';
import { environmentName, type Session } from '../session.ts';
import { installPorts } from './env.ts';

const PROPOSAL = '"schema":"greentic.publication-proposal/1"';

interface InspectOptions extends Partial<PlaceOptions> {
  readonly env?: string;
}

/** `pack inspect` */
export async function inspect({ session, args: [what = ''], options }: Invocation<InspectOptions>): Promise<void> {
  const there = await stat(what).catch(() => undefined);
  if (there?.isDirectory() === true) {
    session.output.result(inspectArtifact(await buildArtifact(what)), (found) => describe(found).join('\n'));
    return;
  }
  if (there !== undefined) return await inspectFile(session, what, options);
  const found = await inspectVersion(session, what, options);
  session.output.result(found, () => [...describe(found), ...describeOffer(found, options.env)].join('\n'));
}

/** What a file holds: a proposed publication, or a piece of evidence as `pack attach` takes it. */
async function inspectFile(session: Session, file: string, { env }: InspectOptions): Promise<void> {
  const bytes = await readInput(file, { what: 'The file', maxBytes: PUBLICATION_MAX_BYTES });
  const root = env === undefined ? undefined : await trustRootIn(session, env);
  if (!bytes.includes(PROPOSAL)) return inspectEvidence(session, bytes, root);
  const { artifact, proposal } = decodePublication(bytes);
  const believed = root && believedFor(root, namespaceOf(artifact.name));
  const evidence = evidenceOf(proposal).map((bundle) => describeEvidence(Buffer.from(bundle), believed));
  session.output.result({ ...inspectArtifact(artifact), evidence }, (found) =>
    [...describe(found), '  said about it:', ...evidence.map((card) => `    ${describeCard(card)}`)].join('\n'),
  );
}

function inspectEvidence(session: Session, bundle: Uint8Array, root: TrustRoot | undefined): void {
  const { name } = describeEvidence(bundle).subject;
  const card = describeEvidence(bundle, root && believedFor(root, namespaceOf(name)));
  session.output.result(card, () => `${describeCard(card)}\n  about ${name} (${card.subject.digest})`);
}

type Found = PublishedInspection & { readonly decision: Decision | null };

/** A version as a registry shows it by its own root, or as an environment sees it in the registries it pinned. */
async function inspectVersion(
  session: Session,
  what: string,
  { env, registry, ...access }: InspectOptions,
): Promise<Found> {
  const { name, range } = parseReference(what);
  if (registry !== undefined) {
    const desk = await openDesk({ registry, ...access });
    const published = await readPublished(desk, { name, which: { range }, now: session.now() });
    const root = env === undefined ? undefined : await trustRootIn(session, env);
    return { ...inspectPublished(published, root && believedFor(root, namespaceOf(name))), decision: null };
  }
  if (env === undefined)
    throw new GreenticError('input/invalid', `${what} is neither a folder nor a file.`, {
      hint: 'For a name, say where to look: --registry, or --env for the registries of an environment.',
    });
  const order = { name, range, kind: kindOf(name) };
  const { decision, ...published } = await examine(installPorts(session), environmentName(env), order);
  const root = await trustRootIn(session, env);
  return { ...inspectPublished(published, believedFor(root, namespaceOf(name))), decision };
}

async function trustRootIn(session: Session, env: string): Promise<TrustRoot> {
  return trustRootOf(await session.store.read(environmentName(env)));
}

function describe({ name, version, kind, digest, manifest, permissions, parts }: Inspection): string[] {
  return [
    `${name} ${version}: ${manifest.title}`,
    `  ${manifest.description}`,
    `  ${digest}`,
    kind === 'bundle' ? '  a bundle' : `  for the slot ${kind}`,
    ...(permissions.length === 0 ? ['  asks for nothing'] : ['  asks for:']),
    ...permissions.map(
      ({ permission, allows, reason, optional }) =>
        `    ${permission}${optional ? ' (optional)' : ''}: ${allows}\n      because: ${reason}`,
    ),
    '  consists of:',
    ...parts.map((part) => `    ${part.digest.slice(0, 19)} ${part.size} bytes, ${part.mediaType}`),
  ];
}

function describeOffer(found: Found, env: string | undefined): string[] {
  const { publishedAt, channels, yanked, deprecated, revoked, evidence, decision } = found;
  return [
    `  published ${publishedAt ?? 'without a date'}${channels.length === 0 ? '' : `, named by ${channels.join(', ')}`}`,
    ...(yanked === null ? [] : [`  ! taken back ${yanked.at}: ${yanked.reason}`]),
    ...(deprecated === null
      ? []
      : [`  ! deprecated: ${deprecated.reason}${deprecated.successor ? ` Use ${deprecated.successor}.` : ''}`]),
    ...(revoked === null ? [] : [`  ! revoked (${revoked.severity}): ${revoked.reason}`]),
    evidence.length === 0 ? '  nothing is said about it' : '  said about it:',
    ...evidence.map((card) => `    ${describeCard(card)}`),
    ...(decision === null
      ? []
      : [`  ${env} would have it ${decision.verdict}: gtc op env-packs why-not ${env} ${found.name}@${found.version}`]),
  ];
}

const MARKS = { 'not checked': '?', holds: '✓', stranger: '·', broken: '✗' } as const;

function describeCard(card: EvidenceCard | Malformed): string {
  if (card.kind === 'malformed') return `✗ malformed (${card.code}): ${card.says}`;
  const { kind, signer, says, signature, code, predicate } = card;
  const found = code === undefined ? signature : `${signature}, ${code}`;
  return `${MARKS[signature]} ${kind} by ${signer ?? 'an identity'} (${found}): ${says}\n      ${predicate}`;
}
