import { ArtifactName, digestOf, type KeyPair, Version } from '@greentic/core';
import { IndexChange } from '../publish/index-change.ts';
import { delegationsOf, putDelegations } from '../publish/namespace-delegation.ts';
import { putName } from '../publish/namespace-names.ts';
import type { RegistryKeys } from '../publish/registry-key.ts';
import { documentPath, tufKeyOf } from '../tuf/metadata.ts';
import type { Delegation } from '../tuf/signed.ts';
import { encodeVersions } from '../tuf/versions-document.ts';

/** How wide an index is. */
export interface Width {
  readonly namespaces: number;
  readonly names: number;
  readonly versions: number;
}

/** Who holds the keys of a wide index, and when it is made. */
export interface WideKeys {
  readonly registryKeys: RegistryKeys;
  readonly publisher: KeyPair;
  readonly now: Date;
}

/** Adds many namespaces to an index, in one change of it, each with many names; there are no artifacts behind them. */
export async function widenIndex(folder: string, width: Width, keys: WideKeys): Promise<ArtifactName[]> {
  const { registryKeys, publisher, now } = keys;
  const change = await IndexChange.open(folder, { now });
  const { id, key } = tufKeyOf(publisher.publicKey);
  const added = Array.from({ length: width.namespaces }, (_, i): Delegation => {
    const name = `partner-${i}`;
    return { name, keyids: [id], threshold: 1, terminating: true, paths: [`${name}/*`] };
  });
  const former = await delegationsOf(change);
  const delegations = { roles: [...former.roles, ...added], keys: { ...former.keys, [id]: key } };
  await putDelegations(change, delegations, registryKeys.targets.secretKeys);
  const names: ArtifactName[] = [];
  for (const delegation of added) {
    const targets = Array.from({ length: width.names }, (_, i) => {
      const name = ArtifactName.parse(`${delegation.name}.state.store-${i}`);
      names.push(name);
      const path = documentPath(delegation.name, name);
      return [path, change.putTarget(path, documentOf(name, width.versions))] as const;
    });
    const [last, ...others] = targets.toReversed();
    // All but one at once: a role is signed when it is put.
    const role = await change.namespaceRole(delegation.name);
    change.putNamespace(delegation, { ...role, targets: Object.fromEntries(others) }, [publisher.secretKey]);
    if (last !== undefined)
      await putName(change, delegation, { path: last[0], target: last[1] }, [publisher.secretKey]);
  }
  change.seal(registryKeys);
  await change.commit();
  return names;
}

function documentOf(name: ArtifactName, count: number): Uint8Array {
  const versions = Array.from({ length: count }, (_, i) => {
    const version = Version.parse(`1.${i}.0`);
    const digest = digestOf(`${name}@${version}`);
    const group = digestOf(`group of ${name}@${version}`);
    return { version, digest, size: 900, group, groupSize: 1200, kind: 'state' as const, contract: 1 };
  });
  return encodeVersions({ schema: 'greentic.versions/1', name, versions });
}
