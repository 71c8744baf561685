import { Digest, decode, GreenticError } from '@greentic/core';
import {
  approve as approveVersion,
  describeEvidence,
  type EvidenceCard,
  readPublished,
  reSign as reSignVersion,
} from '@greentic/registry';
import type { Invocation } from '../commands/command.ts';
import { readEvidence } from '../evidence-file.ts';
import { readKeyFile, readPublicKey } from '../key-file.ts';
import { writeNew } from '../output-file.ts';
import { isServed, openDesk, openPlace, type PlaceOptions } from '../registry-place.ts';
import type { Session } from '../session.ts';
import { exactly } from './offering.ts';

interface ApproveOptions extends PlaceOptions {
  readonly key: string;
  readonly reason: string;
  readonly digest?: string;
  readonly out?: string;
  readonly publisherKey?: readonly string[];
}

/** `pack approve` */
export async function approve({ session, args: [text = ''], options }: Invocation<ApproveOptions>): Promise<void> {
  const { out, publisherKey, reason } = options;
  if ((out === undefined) === (publisherKey === undefined))
    throw new GreenticError('input/conflicting-options', 'An approval is written to a file or attached.', {
      hint: 'Give --out, or the keys of the publisher who attaches it: --publisher-key.',
    });
  const digest = pinned(options);
  const key = await readKeyFile(options.key);
  const place = publisherKey === undefined ? undefined : await openPlace(options);
  const desk = place?.desk ?? (await openDesk(options));
  const { name, version } = exactly(text);
  const published = await readPublished(desk, { name, which: { version }, now: session.now() });
  const approval = approveVersion(published, { key, reason, digest });
  if (out !== undefined) await writeNew(out, `${approval}\n`);
  const attached = await place?.attach({
    name,
    version,
    evidence: [approval],
    ...(await signing(session, publisherKey)),
  });
  const result = { name, version, digest: published.entry.digest, approver: key.keyId, reason };
  session.output.result({ ...result, file: out ?? null, index: attached?.index.timestamp ?? null }, ({ file }) =>
    file === null
      ? `Approved ${name} ${version} (${result.digest}).`
      : `Approved ${name} ${version} (${result.digest}). Its publisher attaches it: gtc pack attach ${name}@${version} ${file}`,
  );
}

/** The digest that was looked at. A server could show another than is meant, so that one has to be named there. */
function pinned(options: PlaceOptions & { digest?: string }): Digest | undefined {
  if (options.digest !== undefined) return decode(Digest, options.digest, 'input/invalid', 'The digest');
  if (!isServed(options)) return undefined;
  throw new GreenticError('input/invalid', 'What a server shows is signed by the digest that was looked at.', {
    hint: 'Give --digest, from gtc pack inspect.',
  });
}

/** `pack attach` */
export async function attach({
  session,
  args: [text = '', ...files],
  options,
}: Invocation<PlaceOptions & { key: readonly string[] }>): Promise<void> {
  const order = exactly(text);
  const evidence = await Promise.all(files.map(readEvidence));
  const cards = evidence.map((bundle) => describeEvidence(Buffer.from(bundle)));
  const place = await openPlace(options);
  const { entry, index } = await place.attach({ ...order, evidence, ...(await signing(session, options.key)) });
  const result = { ...order, digest: entry.digest, attached: cards, index: index.timestamp, group: entry.group };
  session.output.result(result, ({ name, version }) =>
    [...cards.map((card) => `  ${describe(card)}`), `Attached to ${name} ${version} (${entry.digest}).`].join('\n'),
  );
}

interface ReSignOptions extends PlaceOptions {
  readonly key: readonly string[];
  readonly former: string;
  readonly digest?: string;
}

/** `pack re-sign` */
export async function reSign({ session, args: [text = ''], options }: Invocation<ReSignOptions>): Promise<void> {
  const { name, version } = exactly(text);
  const digest = pinned(options);
  const former = await readPublicKey(options.former);
  const keys = await Promise.all(options.key.map(readKeyFile));
  const place = await openPlace(options);
  const published = await readPublished(place.desk, { name, which: { version }, now: session.now() });
  const evidence = keys.flatMap((next) => reSignVersion(published, { former, next, digest }));
  const { index } = await place.attach({ name, version, evidence, ...(await signing(session, options.key)) });
  const cards = evidence.map((bundle) => describeEvidence(Buffer.from(bundle)));
  const result = { name, version, digest: published.entry.digest, former: former.keyId, signed: cards };
  session.output.result({ ...result, index: index.timestamp }, () =>
    [...cards.map((card) => `  ${describe(card)}`), `Signed ${name} ${version} again (${result.digest}).`].join('\n'),
  );
}

function describe({ kind, signer, says }: EvidenceCard): string {
  return `${kind}, signed by ${signer ?? 'an identity'}: ${says}`;
}

async function signing(session: Session, files: readonly string[] = []) {
  const keys = await Promise.all(files.map(readKeyFile));
  return { namespaceKeys: keys.map(({ secretKey }) => secretKey), now: session.now() };
}
