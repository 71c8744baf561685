import { ArtifactName, digestOf, generateKeyPair, Version } from '@greentic/core';
import { initRegistry, oneKey } from '@greentic/registry';
import { IndexChange } from '../registry/publish/index-change.ts';
import { putDelegations } from '../registry/publish/namespace-delegation.ts';
import { putNames } from '../registry/publish/namespace-names.ts';
import { documentPath, tufKeyOf } from '../registry/tuf/metadata.ts';
import type { Delegation, TargetsRole } from '../registry/tuf/signed.ts';
import { encodeVersions } from '../registry/tuf/versions-document.ts';

/** How wide an index is. */
export interface Width {
  readonly namespaces: number;
  readonly names: number;
  readonly versions: number;
}

/** Makes a registry whose index names many versions, in one change of it; there are no artifacts behind them. */
export async function makeWideRegistry(
  folder: string,
  width: Width,
): Promise<{ pinned: unknown; names: ArtifactName[] }> {
  const keys = oneKey(generateKeyPair().secretKey);
  const publisher = generateKeyPair();
  const now = new Date();
  const pinned = await initRegistry(folder, { keys, now });
  const change = await IndexChange.open(folder, { now });
  const { id, key } = tufKeyOf(publisher.publicKey);
  const roles = Array.from({ length: width.namespaces }, (_, i): Delegation => {
    const name = `partner-${i}`;
    return { name, keyids: [id], threshold: 1, terminating: true, paths: [`${name}/*`] };
  });
  await putDelegations(change, { roles, keys: { [id]: key } }, keys.targets.secretKeys);
  const names: ArtifactName[] = [];
  for (const role of roles) {
    const targets: TargetsRole['targets'] = {};
    for (let i = 0; i < width.names; i++) {
      const name = ArtifactName.parse(`${role.name}.state.store-${i}`);
      const path = documentPath(role.name, name);
      targets[path] = change.putTarget(path, documentOf(name, width.versions));
      names.push(name);
    }
    await putNames(change, role, targets, [publisher.secretKey]);
  }
  change.seal(keys);
  await change.commit();
  return { pinned, names };
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
