import path from 'node:path';
import { GreenticError } from '@greentic/core';
import {
  createRegistry,
  decodeProposal,
  draftRoot,
  type Expiry,
  initRegistry,
  keyPool,
  proposalOf,
  proposeRoot,
  publishRoot,
  type RootChange,
  RootProposal,
  rootsOf,
  rotateKeys,
  signProposal,
  tallyOf,
} from '@greentic/registry';
import type { Invocation } from '../commands/command.ts';
import { readInput } from '../input-file.ts';
import { readAnyKey, readKeyFile } from '../key-file.ts';
import { replaceWhole, writeNew } from '../output-file.ts';
import { parseCount, parsePair } from '../reference.ts';
import { type FirstKeys, readFirstKeys, readSecretKeys, type SigningKeys } from '../signing-key.ts';

/** Twice the largest root, the former and the proposed one, with room for how they are written. */
const PROPOSAL_MAX_BYTES = 2 ** 20;

const ROLES = ['root', 'targets', 'snapshot', 'timestamp'] as const;

/** Roles that `--role` names; the two online ones have their keys in common. */
const NAMED: Readonly<Record<string, readonly (typeof ROLES)[number][]>> = {
  root: ['root'],
  targets: ['targets'],
  snapshot: ['snapshot'],
  timestamp: ['timestamp'],
  online: ['snapshot', 'timestamp'],
};

interface KeyChange {
  readonly role: string;
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly threshold?: string;
  readonly expires?: readonly string[];
}

/** `registry init` */
export async function init({
  session,
  args: [folder = ''],
  options,
}: Invocation<FirstKeys & { expires?: readonly string[]; propose?: string }>): Promise<void> {
  const keys = await readFirstKeys(options);
  const expiry = parseExpiry(options.expires);
  if (options.propose === undefined) {
    await initRegistry(folder, { keys, expiry, now: session.now() });
    session.output.result({ folder: path.resolve(folder) }, () => `An empty registry is in ${folder}.`);
    return;
  }
  const roles = Object.fromEntries(
    ROLES.map((role) => [role, { add: keys[role].publicKeys ?? [], threshold: keys[role].threshold }]),
  );
  const proposal = proposalOf(undefined, draftRoot(undefined, { roles, expiry }, session.now()));
  await writeNew(options.propose, encode(proposal));
  tell(session, options.propose, proposal);
}

/** `registry root-propose` */
export async function propose({
  session,
  args: [folder = ''],
  options,
}: Invocation<KeyChange & { out: string }>): Promise<void> {
  const proposal = await proposeRoot(folder, await readChange(options), session.now());
  await writeNew(options.out, encode(proposal));
  tell(session, options.out, proposal);
}

/** `registry root-sign` */
export async function signRoot({ session, args: [file = ''], options }: Invocation<{ key: string }>): Promise<void> {
  const proposal = signProposal(await readProposal(file), (await readKeyFile(options.key)).secretKey);
  await replaceWhole(file, encode(proposal));
  tell(session, file, proposal);
}

/** `registry root-publish` */
export async function publishProposal({
  session,
  args: [folder = '', file = ''],
  options,
}: Invocation<SigningKeys>): Promise<void> {
  const proposal = await readProposal(file);
  const now = session.now();
  const first = rootsOf(proposal).former === undefined;
  const secretKeys = await readSecretKeys(options);
  if (first) await createRegistry(folder, proposal, { keys: keyPool(secretKeys), now });
  const root = first ? 1 : (await publishRoot(folder, proposal, { secretKeys, now })).root;
  session.output.result({ folder: path.resolve(folder), root }, () => `The registry stands under root ${root}.`);
}

/** `registry rotate` */
export async function rotate({
  session,
  args: [folder = ''],
  options,
}: Invocation<KeyChange & SigningKeys>): Promise<void> {
  const secretKeys = await readSecretKeys(options);
  const { root } = await rotateKeys(folder, await readChange(options), { secretKeys, now: session.now() });
  session.output.result({ folder: path.resolve(folder), root }, () => `The registry stands under root ${root}.`);
}

/** What the next root says otherwise, from the options. Throws `input/invalid`. */
async function readChange({ role, add = [], remove = [], threshold, expires }: KeyChange): Promise<RootChange> {
  const roles = NAMED[role];
  if (roles === undefined)
    throw new GreenticError('input/invalid', `${role} is no role of a root.`, {
      hint: `Name one of ${Object.keys(NAMED).join(', ')}.`,
    });
  const publicKeyOf = async (key: string) => (await readAnyKey(key)).publicKey;
  const change = {
    add: await Promise.all(add.map(publicKeyOf)),
    remove: await Promise.all(
      remove.map((key) => (/^[0-9a-f]{32}(?:[0-9a-f]{32})?$/.test(key) ? key : publicKeyOf(key))),
    ),
    threshold: threshold === undefined ? undefined : parseCount(threshold, '--threshold'),
  };
  return { roles: Object.fromEntries(roles.map((name) => [name, change])), expiry: parseExpiry(expires) };
}

/** `<role>=<days>`, for some roles. Throws `input/invalid`. */
function parseExpiry(pairs: readonly string[] = []): Partial<Expiry> {
  return Object.fromEntries(
    pairs.map(parsePair).map(([role, days]) => {
      if (!(ROLES as readonly string[]).includes(role))
        throw new GreenticError('input/invalid', `${role} is no role of a root.`, {
          hint: `Name one of ${ROLES.join(', ')}.`,
        });
      const count = parseCount(days, '--expires');
      if (count > 3650) throw new GreenticError('input/invalid', 'Metadata holds for ten years at most.');
      return [role, count];
    }),
  );
}

async function readProposal(file: string): Promise<RootProposal> {
  return decodeProposal(await readInput(file, { what: 'The proposal', maxBytes: PROPOSAL_MAX_BYTES }));
}

function encode(proposal: RootProposal): string {
  return `${JSON.stringify(RootProposal.parse(proposal), null, 2)}\n`;
}

/** Shows a holder what he signs, and how many signatures there are. */
function tell(session: Invocation<object>['session'], file: string, proposal: RootProposal): void {
  const { former, proposed } = rootsOf(proposal);
  const tally = tallyOf(proposal);
  const changes = ROLES.flatMap((role) => {
    const before = former?.roles[role];
    const after = proposed.roles[role];
    const lost = (before?.keyids ?? []).filter((id) => !after.keyids.includes(id)).map((id) => `${role}: - ${id}`);
    const gained = after.keyids.filter((id) => !before?.keyids.includes(id)).map((id) => `${role}: + ${id}`);
    const moved =
      before?.threshold === after.threshold ? [] : [`${role}: ${after.threshold} of ${after.keyids.length}`];
    return [...lost, ...gained, ...moved];
  });
  const result = { file, root: proposed.version, expires: proposed.expires, changes, signatures: tally };
  session.output.result(result, () =>
    [
      `Root ${proposed.version}, holds until ${proposed.expires}:`,
      ...changes.map((line) => `  ${line}`),
      ...(tally.former === undefined
        ? []
        : [`  signed by ${tally.former.signed} of ${tally.former.needed} present keys`]),
      `  signed by ${tally.proposed.signed} of ${tally.proposed.needed} next keys`,
    ].join('\n'),
  );
}
