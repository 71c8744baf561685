import { decode, type EnvironmentName, GreenticError, Label, type TrustRoot } from '@greentic/core';
import { setTrustRoot, trustRootOf } from '@greentic/operator';
import type { Invocation } from '../commands/command.ts';
import { readPublicKey } from '../key-file.ts';
import { parsePair } from '../reference.ts';
import { reloadIfRunning } from '../serve/connection.ts';
import { environmentName, type Session } from '../session.ts';
import { firstTrustRoot, withConformanceKey, withoutKey, withPublisher, withTrustFile } from '../trust-change.ts';
import { readTrustFile } from '../trust-file.ts';
import { classOf, TRUST_MS } from './env.ts';

interface AddOptions {
  readonly trust?: string;
  readonly publisher?: string;
  readonly conformance?: string;
  readonly renew?: boolean;
}

/** `op trust-root show` */
export async function show({ session, args: [text = ''] }: Invocation<object>): Promise<void> {
  const root = trustRootOf(await session.store.read(environmentName(text)));
  session.output.result(root, (shown) => ({
    head: ['believed for', 'key', 'of'],
    rows: [
      ...shown.registries.map((registry) => [`registry ${registry.name}`, '(pinned TUF root)', registry.location]),
      ...shown.publishers.flatMap(({ namespace, keys, threshold }) =>
        keys.map((key) => [`publishing ${namespace}.*`, key.keyId, `${threshold} of ${keys.length}`]),
      ),
      ...shown.conformance.keys.map((key) => [
        'conformance',
        key.keyId,
        `${shown.conformance.threshold} of ${shown.conformance.keys.length}`,
      ]),
    ],
  }));
}

/** `op trust-root add` */
export async function add({ session, args: [text = ''], options }: Invocation<AddOptions>): Promise<void> {
  const file = options.trust === undefined ? undefined : await readTrustFile(options.trust);
  const [namespace, publisher] = options.publisher === undefined ? [] : parsePair(options.publisher);
  const publisherKey = publisher === undefined ? undefined : await readPublicKey(publisher);
  const conformanceKey = options.conformance === undefined ? undefined : await readPublicKey(options.conformance);
  if (file === undefined && publisherKey === undefined && conformanceKey === undefined && options.renew !== true) {
    throw new GreenticError('input/invalid', 'Nothing to add is named.', {
      hint: 'Give --trust, --publisher, --conformance or --renew.',
    });
  }
  const expires = new Date(session.now().getTime() + TRUST_MS).toISOString();
  await change(session, text, 'trust-root.add', options, (root, name) => {
    if (root === undefined && file !== undefined) return firstTrustRoot(name, file, { class: classOf(name), expires });
    let next = root ?? missing(name);
    if (file !== undefined) next = withTrustFile(next, file);
    if (namespace !== undefined && publisherKey !== undefined) {
      next = withPublisher(next, { namespace: labelOf(namespace), keys: [publisherKey], threshold: 1 });
    }
    if (conformanceKey !== undefined) next = withConformanceKey(next, conformanceKey);
    return options.renew === true ? { ...next, expires } : next;
  });
}

/** `op trust-root remove` */
export async function remove({ session, args: [text = '', keyId = ''] }: Invocation<object>): Promise<void> {
  await change(session, text, 'trust-root.remove', { keyId }, (root, name) => withoutKey(root ?? missing(name), keyId));
}

type Next = (root: TrustRoot | undefined, name: EnvironmentName) => TrustRoot;

async function change(session: Session, text: string, verb: string, input: object, next: Next): Promise<void> {
  const name = environmentName(text);
  const outcome = await session.store.mutate(name, {
    verb,
    target: name,
    input,
    decide: (snapshot, now) => {
      const { trustRoot } = snapshot;
      return setTrustRoot(
        snapshot,
        { root: { ...next(trustRoot, name), version: (trustRoot?.version ?? 0) + 1 } },
        now,
      );
    },
  });
  await reloadIfRunning(session, name, outcome.snapshot.environment.generation);
  session.output.result(outcome.result, ({ version, digest }) => `Trust root ${version} is in force (${digest}).`);
}

function missing(name: string): never {
  throw new GreenticError('trust/root-missing', `${name} has no trust root: it believes nobody.`);
}

const labelOf = (text: string) => decode(Label, text, 'input/invalid', 'The namespace');
