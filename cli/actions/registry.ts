import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { decode, Label } from '@greentic/core';
import { delegateNamespace, initRegistry, oneKey, pinnedRoot, refreshIndex } from '@greentic/registry';
import type { Invocation } from '../commands/command.ts';
import { readKeyFile, readPublicKey } from '../key-file.ts';
import { parsePair } from '../reference.ts';
import { TrustFile, writeTrustFile } from '../trust-file.ts';

/** `registry init` */
export async function init({ session, args: [folder = ''], options }: Invocation<{ key: string }>): Promise<void> {
  const { keyId, secretKey } = await readKeyFile(options.key);
  await initRegistry(folder, { keys: oneKey(secretKey), now: session.now() });
  session.output.result(
    { folder: path.resolve(folder), keyId },
    () => `An empty registry is in ${folder}, under key ${keyId}.`,
  );
}

/** `registry delegate` */
export async function delegate({
  session,
  args: [folder = ''],
  options,
}: Invocation<{ namespace: string; publisher: string; key: string }>): Promise<void> {
  const publisher = await readPublicKey(options.publisher);
  const keys = oneKey((await readKeyFile(options.key)).secretKey);
  await delegateNamespace(folder, {
    namespace: options.namespace,
    keys: [publisher],
    threshold: 1,
    registryKeys: keys,
    now: session.now(),
  });
  session.output.result(
    { namespace: options.namespace, keyId: publisher.keyId },
    ({ namespace, keyId }) => `Key ${keyId} may publish ${namespace}.*.`,
  );
}

/** `registry refresh` */
export async function refresh({ session, args: [folder = ''], options }: Invocation<{ key: string }>): Promise<void> {
  const registryKeys = oneKey((await readKeyFile(options.key)).secretKey);
  const versions = await refreshIndex(folder, { registryKeys, now: session.now() });
  session.output.result(
    versions,
    ({ timestamp }) => `The index is signed anew; its timestamp is version ${timestamp}.`,
  );
}

/** `registry trust` */
export async function trust({
  session,
  args: [folder = ''],
  options,
}: Invocation<{ publisher: readonly string[]; conformance: string; name: string; out: string }>): Promise<void> {
  const publishers = options.publisher
    .map(parsePair)
    .map(async ([namespace, key]) => ({ namespace, keys: [await readPublicKey(key)], threshold: 1 }));
  const file: TrustFile = TrustFile.parse({
    schema: 'greentic.trust/1',
    registries: [
      {
        name: decode(Label, options.name),
        location: pathToFileURL(path.resolve(folder)).href,
        root: await pinnedRoot(folder),
      },
    ],
    publishers: await Promise.all(publishers),
    conformance: { keys: [await readPublicKey(options.conformance)], threshold: 1 },
  });
  await writeTrustFile(options.out, file);
  session.output.result(
    { file: options.out },
    () => `Wrote ${options.out}: operators give it to gtc op env create --trust.`,
  );
}
