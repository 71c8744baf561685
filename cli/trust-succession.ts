import { type EnvironmentName, encodeTrustRoot, GreenticError, isErrorCode, type TrustRoot } from '@greentic/core';
import { type Forecast, forecast, type Snapshot, setTrustRoot } from '@greentic/operator';
import {
  decodeSignedTrustRoot,
  digestOfRoot,
  encodeSignedTrustRoot,
  type SignedTrustRoot,
  signTrustRoot,
} from '@greentic/registry';
import { readInput } from './input-file.ts';
import { readKeyFile } from './key-file.ts';
import { replaceWhole, writeNew } from './output-file.ts';
import { reloadIfRunning } from './serve/connection.ts';
import type { Session } from './session.ts';
import { differences } from './trust-difference.ts';

/** What becomes of a change of a trust root. */
export interface ChangeOptions {
  /** Key files of owners who sign here and now. */
  readonly key?: readonly string[];
  /** File to write the change to, for owners who sign elsewhere; nothing is put in force. */
  readonly propose?: string;
  /** Say what the new trust root would admit of what is here; nothing is put in force. */
  readonly dryRun?: boolean;
}

/** A trust root made from the present one: the next version, of now, signed by the owners at hand. */
export async function nextTrustRoot(
  session: Session,
  former: TrustRoot | undefined,
  change: (former: TrustRoot | undefined) => TrustRoot,
  options: ChangeOptions,
): Promise<SignedTrustRoot> {
  const root = { ...change(former), version: (former?.version ?? 0) + 1, issued: session.now().toISOString() };
  encodeTrustRoot(root);
  const base = former === undefined ? {} : { former };
  let signed: SignedTrustRoot = { schema: 'greentic.signed-trust-root/1', ...base, root, signatures: [] };
  for (const file of options.key ?? []) signed = signTrustRoot(signed, (await readKeyFile(file)).secretKey);
  return signed;
}

/** Puts a trust root in force, or writes it down, or says what it would do; tells what it changes either way. */
export async function conclude(
  session: Session,
  name: EnvironmentName,
  signed: SignedTrustRoot,
  options: ChangeOptions & { readonly verb: string; readonly snapshot: Snapshot },
): Promise<void> {
  const { output } = session;
  const { root } = signed;
  const changes = differences(options.snapshot.trustRoot, root);
  if (options.dryRun === true) return await foretell(session, options.snapshot, root, changes);
  if (options.propose !== undefined) {
    await writeNew(options.propose, encodeSignedTrustRoot(signed));
    const written = { file: options.propose, version: root.version, changes };
    output.result(written, ({ file }) =>
      lines(changes, `Wrote ${file}. Owners sign it: gtc op trust-root sign ${file} --key <key>.`),
    );
    return;
  }
  const outcome = await putInForce(session, name, signed, options.verb);
  await reloadIfRunning(session, name, outcome.snapshot.environment.generation);
  const result = { ...outcome.result, changes };
  output.result(result, ({ version, digest }) => lines(changes, `Trust root ${version} is in force (${digest}).`));
}

/** Puts a trust root in force. Throws as `setTrustRoot` does. */
export async function putInForce(session: Session, name: EnvironmentName, signed: SignedTrustRoot, verb: string) {
  const { root, former, signatures } = signed;
  const change = { root, signatures, previous: digestOfRoot(former) };
  return await session.store.mutate(name, {
    verb,
    target: name,
    input: { root, signatures },
    decide: (snapshot, now) => setTrustRoot(snapshot, change, now),
  });
}

async function foretell(session: Session, snapshot: Snapshot, root: TrustRoot, changes: string[]): Promise<void> {
  const forecasts = await forecast(snapshot, root, session);
  session.output.result({ dryRun: true, changes, forecasts }, () =>
    lines([...changes, ...forecasts.map(describe)], 'Nothing was changed.'),
  );
  const refused = forecasts.filter(({ verdict }) => verdict === 'refused');
  const [first] = refused.flatMap(({ refusals }) => refusals);
  if (first === undefined) return;
  const list = refused.map(({ name, version }) => `${name}@${version}`).join(', ');
  throw new GreenticError(
    isErrorCode(first.code) ? first.code : 'policy/refused',
    `This trust root would refuse what is here: ${list}.`,
    { hint: first.wayOut },
  );
}

function describe({ slot, name, version, verdict, refusals }: Forecast): string {
  const reasons = refusals.map(({ rule, code, looked }) => `\n    ${rule ?? 'its copy'} (${code}): ${looked}`);
  return `${verdict === 'admitted' ? '✓' : '✗'} ${slot} ${name}@${version} would be ${verdict}${reasons.join('')}`;
}

const lines = (all: readonly string[], last: string) => [...all.map((line) => `  ${line}`), last].join('\n');

const MAX_BYTES = 4 * 2 ** 20;

/** Reads a signed trust root. Throws `input/invalid` when the file cannot be read, and `trust/root-invalid`. */
export async function readProposal(file: string): Promise<SignedTrustRoot> {
  return decodeSignedTrustRoot(await readInput(file, { what: 'The trust root', maxBytes: MAX_BYTES }));
}

/** Puts a signed trust root in the place of the file it was read from, whole or not at all. */
export async function replaceProposal(file: string, signed: SignedTrustRoot): Promise<void> {
  await replaceWhole(file, encodeSignedTrustRoot(signed));
}
