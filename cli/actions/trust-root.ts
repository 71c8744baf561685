import { decode, GreenticError, Label, type TrustRoot } from '@greentic/core';
import { trustRootOf } from '@greentic/operator';
import { signTrustRoot } from '@greentic/registry';
import type { Invocation } from '../commands/command.ts';
import {
  classOf,
  countOf,
  type FirstOptions,
  firstRoot,
  readPolicy,
  withPeople,
  yearFrom,
} from '../first-trust-root.ts';
import { readKeyFile, readPublicKey } from '../key-file.ts';
import { parsePair } from '../reference.ts';
import { environmentName, type Session } from '../session.ts';
import {
  type Role,
  withConformanceKey,
  withoutSigner,
  withPolicy,
  withPublisher,
  withRotatedKey,
  withThreshold,
  withTrustFile,
} from '../trust-change.ts';
import { differences, signersOf } from '../trust-difference.ts';
import { readTrustFile, type TrustFile } from '../trust-file.ts';
import { type ChangeOptions, conclude, nextTrustRoot, readProposal, replaceProposal } from '../trust-succession.ts';
import { type IdentityOptions, withIdentityOptions } from '../trusted-identity.ts';

interface AddOptions extends FirstOptions, ChangeOptions, IdentityOptions {
  readonly publisher?: string;
  readonly conformance?: string;
  readonly threshold?: string;
  readonly renew?: boolean;
}

/** `op trust-root init` */
export async function init({
  session,
  args: [text = ''],
  options,
}: Invocation<FirstOptions & ChangeOptions>): Promise<void> {
  const first = await firstRoot(session, environmentName(text), options);
  await change(session, text, 'trust-root.init', options, (former, name) => {
    if (former === undefined) return first;
    throw new GreenticError('input/invalid', `${name} has a trust root already.`, {
      hint: 'Change it: gtc op trust-root add.',
    });
  });
}

/** `op trust-root show` */
export async function show({ session, args: [text = ''] }: Invocation<object>): Promise<void> {
  const root = trustRootOf(await session.store.read(environmentName(text)));
  session.output.result(root, (shown) => ({
    head: ['believed for', 'who', 'have to sign'],
    rows: [
      ['this trust root', `version ${shown.version}, ${shown.class}`, `until ${shown.expires}`],
      ...shown.registries.map((registry) => [`registry ${registry.name}`, '(pinned TUF root)', registry.location]),
      ...signersOf(shown).map((row) => [...row]),
      ...(shown.trustedRoots ?? []).map(({ name, thresholds: { log, timestamp, certificateLog } }) => [
        `trusted root ${name}`,
        '(pinned Sigstore root)',
        `log ${log}, time ${timestamp}, certificate-log ${certificateLog}`,
      ]),
      ...Object.entries(shown.policy ?? {}).map(([field, value]) => [`policy ${field}`, JSON.stringify(value), '']),
    ],
  }));
}

/** `op trust-root add` */
export async function add({ session, args: [text = ''], options }: Invocation<AddOptions>): Promise<void> {
  const { key: _, propose: __, dryRun: ___, ...asked } = options;
  if (!NAMES.some((name) => asked[name] !== undefined)) {
    throw new GreenticError('input/invalid', 'Nothing to add is named.', {
      hint: 'Give --trust, --publisher, --conformance, --identity, --approver, --owner, --threshold, --class or --renew.',
    });
  }
  const file = options.trust === undefined ? undefined : await readTrustFile(options.trust);
  const snapshot = await session.store.read(environmentName(text));
  const made = await madeFrom(session, snapshot.trustRoot, environmentName(text), file, options);
  await change(session, text, 'trust-root.add', options, () => made);
}

const NAMES = [
  ...(['trust', 'class', 'owner', 'owners', 'approver', 'approvers'] as const),
  ...(['publisher', 'conformance', 'threshold', 'renew'] as const),
  ...(['identity', 'issuer', 'extension', 'trustedRoot', 'vouching'] as const),
];

async function madeFrom(
  session: Session,
  former: TrustRoot | undefined,
  name: string,
  file: TrustFile | undefined,
  options: AddOptions,
): Promise<TrustRoot> {
  if (former === undefined && file !== undefined) return await firstRoot(session, environmentName(name), options);
  let next = former ?? missing(name);
  if (file !== undefined) next = withTrustFile(next, file);
  if (options.publisher !== undefined) {
    const [namespace, key] = parsePair(options.publisher);
    const publisher = { namespace: decode(Label, namespace, 'input/invalid', 'The namespace'), threshold: 1 };
    next = withPublisher(next, { ...publisher, keys: [await readPublicKey(key)] });
  }
  if (options.conformance !== undefined) next = withConformanceKey(next, await readPublicKey(options.conformance));
  next = await withIdentityOptions(next, options);
  if (options.class !== undefined) next = { ...next, class: classOf(name, options.class) };
  next = await withPeople(next, options);
  if (options.threshold !== undefined) {
    const [role, count] = parsePair(options.threshold);
    next = withThreshold(next, role as Role, countOf(count));
  }
  return options.renew === true ? { ...next, expires: yearFrom(session) } : next;
}

/** `op trust-root remove` */
export async function remove({
  session,
  args: [text = '', keyId = ''],
  options,
}: Invocation<ChangeOptions>): Promise<void> {
  await change(session, text, 'trust-root.remove', options, (root, name) =>
    withoutSigner(root ?? missing(name), keyId),
  );
}

/** `op trust-root rotate` */
export async function rotate({
  session,
  args: [text = '', keyId = '', replacement = ''],
  options,
}: Invocation<ChangeOptions & { role?: string }>): Promise<void> {
  const key = await readPublicKey(replacement);
  await change(session, text, 'trust-root.rotate', options, (root, name) =>
    withRotatedKey(root ?? missing(name), keyId, key, options.role as Role | undefined),
  );
}

/** `op trust-root policy` */
export async function policy({
  session,
  args: [text = ''],
  options,
}: Invocation<ChangeOptions & { set?: string }>): Promise<void> {
  if (options.set === undefined) {
    const root = trustRootOf(await session.store.read(environmentName(text)));
    session.output.result(root.policy ?? {}, (shown) => JSON.stringify(shown, null, 2));
    return;
  }
  const next = await readPolicy(options.set);
  await change(session, text, 'trust-root.policy', options, (root, name) => withPolicy(root ?? missing(name), next));
}

/** `op trust-root sign` */
export async function sign({ session, args: [file = ''], options }: Invocation<{ key: string }>): Promise<void> {
  const signed = signTrustRoot(await readProposal(file), (await readKeyFile(options.key)).secretKey);
  await replaceProposal(file, signed);
  const { root, former, signatures } = signed;
  const result = {
    environment: root.environment,
    version: root.version,
    changes: differences(former, root),
    signedBy: signatures.map(({ keyId }) => keyId),
  };
  session.output.result(result, ({ environment, version, changes, signedBy }) =>
    [
      ...changes.map((line) => `  ${line}`),
      `Signed trust root ${version} of ${environment}: ${signedBy.join(', ')}.`,
    ].join('\n'),
  );
}

/** `op trust-root import` */
export async function importSigned({
  session,
  args: [text = '', file = ''],
  options,
}: Invocation<ChangeOptions>): Promise<void> {
  const name = environmentName(text);
  const signed = await readProposal(file);
  await conclude(session, name, signed, {
    ...options,
    verb: 'trust-root.import',
    snapshot: await session.store.read(name),
  });
}

type Next = (root: TrustRoot | undefined, name: string) => TrustRoot;

async function change(session: Session, text: string, verb: string, options: ChangeOptions, next: Next): Promise<void> {
  const name = environmentName(text);
  const snapshot = await session.store.read(name);
  const signed = await nextTrustRoot(session, snapshot.trustRoot, (former) => next(former, name), options);
  await conclude(session, name, signed, { ...options, verb, snapshot });
}

function missing(name: string): never {
  throw new GreenticError('trust/root-missing', `${name} has no trust root: it believes nobody.`);
}
