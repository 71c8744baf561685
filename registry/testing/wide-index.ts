import { ArtifactName, canonicalize, digestOf, type KeyPair } from '@greentic/core';
import { IndexChange } from '../publish/index-change.ts';
import { delegateRole, delegationsOf, putDelegations } from '../publish/namespace-delegation.ts';
import { putNames } from '../publish/namespace-names.ts';
import type { RegistryKeys } from '../publish/registry-key.ts';
import { documentPath } from '../tuf/metadata.ts';

/** Adds namespaces `partner-0` and on to an index, each with as many names of one version; there is nothing behind them. */
export async function widenIndex(
  folder: string,
  width: { readonly namespaces: number; readonly names: number },
  { registryKeys, publisher, now }: { registryKeys: RegistryKeys; publisher: KeyPair; now: Date },
): Promise<ArtifactName[]> {
  const change = await IndexChange.open(folder, { now });
  const labels = Array.from({ length: width.namespaces }, (_, i) => `partner-${i}`);
  const [first = '', ...others] = labels;
  await delegateRole(change, { name: first, keys: [publisher], threshold: 1 }, registryKeys.targets.secretKeys);
  const { roles, keys } = await delegationsOf(change);
  const [like] = roles.slice(-1);
  if (like === undefined) throw new Error('sample');
  const more = others.map((name) => ({ ...like, name, paths: [`${name}/*`] }));
  await putDelegations(change, { roles: [...roles, ...more], keys }, registryKeys.targets.secretKeys);
  const names: ArtifactName[] = [];
  for (const delegation of [like, ...more]) {
    const all = Array.from({ length: width.names }, (_, i) =>
      ArtifactName.parse(`${delegation.name}.state.store-${i}`),
    );
    const targets = all.map((name) => {
      const path = documentPath(delegation.name, name);
      return [path, change.putTarget(path, documentOf(name))] as const;
    });
    await putNames(change, delegation, Object.fromEntries(targets), [publisher.secretKey]);
    names.push(...all);
  }
  change.seal(registryKeys);
  await change.commit();
  return names;
}

function documentOf(name: ArtifactName): Uint8Array {
  const digest = digestOf(name);
  const entry = { version: '1.0.0', digest, size: 900, group: digest, groupSize: 900, kind: 'state', contract: 1 };
  return Buffer.from(canonicalize({ schema: 'greentic.versions/1', name, versions: [entry] }));
}
