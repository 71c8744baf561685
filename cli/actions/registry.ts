import { decode, GreenticError, Label } from '@greentic/core';
import {
  delegateNamespace,
  expiringWithin,
  keyPool,
  pinnedRoot,
  refreshIndex,
  registryStatus,
} from '@greentic/registry';
import type { Invocation } from '../commands/command.ts';
import { readPublicKey } from '../key-file.ts';
import { parseLocation } from '../location.ts';
import { parseCount, parsePair } from '../reference.ts';
import { readSecretKeys, type SigningKeys } from '../signing-key.ts';
import { TrustFile, writeTrustFile } from '../trust-file.ts';

interface Named {
  readonly namespace: string;
  readonly publisher: readonly string[];
  readonly threshold?: string;
}

/** `registry delegate` */
export async function delegate({
  session,
  args: [folder = ''],
  options,
}: Invocation<Named & SigningKeys>): Promise<void> {
  const { namespace } = options;
  const keys = await Promise.all(options.publisher.map(readPublicKey));
  const threshold = parseCount(options.threshold ?? '1', '--threshold');
  const registryKeys = keyPool(await readSecretKeys(options));
  await delegateNamespace(folder, { namespace, keys, threshold, registryKeys, now: session.now() });
  session.output.result(
    { namespace, keyIds: keys.map(({ keyId }) => keyId), threshold },
    ({ keyIds }) => `${threshold} of ${keyIds.join(', ')} may publish ${namespace}.*.`,
  );
}

/** `registry refresh` */
export async function refresh({ session, args: [folder = ''], options }: Invocation<SigningKeys>): Promise<void> {
  const refreshed = await refreshIndex(folder, { secretKeys: await readSecretKeys(options), now: session.now() });
  const left = refreshed.unsigned.toSorted((a, b) => a.expires.localeCompare(b.expires));
  for (const { role, expires } of left) session.output.progress(`${role} keeps its signatures: it runs out ${expires}`);
  session.output.result(
    refreshed,
    ({ timestamp }) => `The index is signed anew; its timestamp is version ${timestamp}.`,
  );
}

/** `registry status` */
export async function status({
  session,
  args: [folder = ''],
  options,
}: Invocation<{ check?: boolean; within: string }>): Promise<void> {
  const days = parseCount(options.within, '--within');
  const found = await registryStatus(folder, session.now());
  const expiring = expiringWithin(found, days, session.now());
  session.output.result({ ...found, expiring }, () => ({
    head: ['role', 'version', 'keys', 'needed', 'holds until', 'names', 'versions'],
    rows: [
      ...found.roles.map((role) => [...roleCells(role.role, role), '', '']),
      ...found.namespaces.map((space) => [
        ...roleCells(`${space.namespace}.*`, space),
        String(space.names),
        String(space.versions),
      ]),
    ],
  }));
  if (found.problem !== undefined) session.output.progress(`Readers refuse this index: ${found.problem.message}`);
  if (options.check !== true) return;
  if (found.problem !== undefined) throw new GreenticError(found.problem.code, found.problem.message);
  const [first] = expiring;
  if (first !== undefined)
    throw new GreenticError('registry/expiring', `${first.role} runs out ${first.expires}.`, { details: { expiring } });
}

function roleCells(
  name: string,
  {
    version,
    keys,
    threshold,
    expires,
  }: { version: number; keys: readonly string[]; threshold: number; expires?: string },
): string[] {
  return [
    name,
    String(version),
    keys.map((id) => id.slice(0, 8)).join(' '),
    String(threshold),
    expires ?? 'not signed yet',
  ];
}

/** `registry trust` */
export async function trust({
  session,
  args: [folder = ''],
  options,
}: Invocation<{
  publisher: readonly string[];
  conformance: string;
  name: string;
  location?: string;
  out: string;
}>): Promise<void> {
  const publishers = await Promise.all(
    options.publisher
      .map(parsePair)
      .map(async ([namespace, key]) => ({ namespace, keys: [await readPublicKey(key)], threshold: 1 })),
  );
  const file: TrustFile = TrustFile.parse({
    schema: 'greentic.trust/1',
    registries: [
      {
        name: decode(Label, options.name),
        location: parseLocation(options.location ?? folder),
        root: await pinnedRoot(folder),
      },
    ],
    publishers,
    conformance: { keys: [await readPublicKey(options.conformance)], threshold: 1 },
  });
  await writeTrustFile(options.out, file);
  session.output.result(
    { file: options.out },
    () => `Wrote ${options.out}: operators give it to gtc op env create --trust.`,
  );
}
