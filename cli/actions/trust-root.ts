import { assertFresh, GreenticError, type TrustedKey, type TrustRoot } from '@greentic/core';
import { setTrustRoot, trustRootOf } from '@greentic/operator';
import type { Invocation } from '../commands/command.ts';
import { readPublicKey } from '../key-file.ts';
import { parsePair } from '../reference.ts';
import { environmentName, type Session } from '../session.ts';
import { readTrustFile, type TrustFile } from '../trust-file.ts';

interface AddOptions {
  readonly trust?: string;
  readonly publisher?: string;
  readonly conformance?: string;
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
  const publisher = options.publisher === undefined ? undefined : parsePair(options.publisher);
  const publisherKey = publisher === undefined ? undefined : await readPublicKey(publisher[1]);
  const conformanceKey = options.conformance === undefined ? undefined : await readPublicKey(options.conformance);
  if (file === undefined && publisherKey === undefined && conformanceKey === undefined) {
    throw new GreenticError('input/invalid', 'Nothing to add is named.', {
      hint: 'Give --trust, --publisher or --conformance.',
    });
  }
  await change(session, text, 'trust-root.add', options, (root) => {
    let next = file === undefined ? root : merged(root, file);
    if (publisher !== undefined && publisherKey !== undefined) next = withPublisher(next, publisher[0], publisherKey);
    if (conformanceKey !== undefined) next = { ...next, conformance: withKey(next.conformance, conformanceKey) };
    return next;
  });
}

/** `op trust-root remove` */
export async function remove({ session, args: [text = '', keyId = ''] }: Invocation<object>): Promise<void> {
  await change(session, text, 'trust-root.remove', { keyId }, (root) => {
    const without = (keys: TrustedKey[]) => keys.filter((key) => key.keyId !== keyId);
    const known = [root.conformance, ...root.publishers].some(({ keys }) => keys.some((key) => key.keyId === keyId));
    if (!known)
      throw new GreenticError('input/invalid', `The trust root names no key ${keyId}.`, {
        hint: 'Look at it: gtc op trust-root show.',
      });
    return {
      ...root,
      publishers: root.publishers
        .map((each) => ({ ...each, keys: without(each.keys) }))
        .filter((each) => each.keys.length > 0),
      conformance: { ...root.conformance, keys: without(root.conformance.keys) },
    };
  });
}

async function change(
  session: Session,
  text: string,
  verb: string,
  input: object,
  next: (root: TrustRoot) => TrustRoot,
): Promise<void> {
  const name = environmentName(text);
  const outcome = await session.store.mutate(name, {
    verb,
    target: name,
    input,
    decide: (snapshot, now) => {
      const root = trustRootOf(snapshot);
      assertFresh(root, now);
      return setTrustRoot(snapshot, { root: { ...next(root), version: root.version + 1 } }, now);
    },
  });
  session.output.result(outcome.result, ({ version, digest }) => `Trust root ${version} is in force (${digest}).`);
}

function merged(root: TrustRoot, file: TrustFile): TrustRoot {
  const registries = [
    ...root.registries.filter((old) => !file.registries.some((each) => each.name === old.name)),
    ...file.registries,
  ];
  const added = { ...root, registries };
  const published = file.publishers.reduce(
    (next, { namespace, keys }) => keys.reduce((each, key) => withPublisher(each, namespace, key), next),
    added,
  );
  return { ...published, conformance: file.conformance.keys.reduce(withKey, published.conformance) };
}

function withPublisher(root: TrustRoot, namespace: string, key: TrustedKey): TrustRoot {
  const known = root.publishers.find((publisher) => publisher.namespace === namespace);
  const next = known === undefined ? { namespace, keys: [key], threshold: 1 } : withKey(known, key);
  return { ...root, publishers: [...root.publishers.filter((publisher) => publisher !== known), next] };
}

function withKey<T extends { keys: TrustedKey[] }>(holder: T, key: TrustedKey): T {
  return { ...holder, keys: [...holder.keys.filter((other) => other.keyId !== key.keyId), key] };
}
