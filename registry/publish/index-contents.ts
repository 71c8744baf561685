import { type Digest, GreenticError } from '@greentic/core';
import { assertPinned } from '../artifact/descriptor.ts';
import { decodeMetadata, metadataFile, targetFile } from '../tuf/metadata.ts';
import { METADATA_MAX_BYTES, type MetaFacts } from '../tuf/signed.ts';
import { TrustedIndex } from '../tuf/trusted-index.ts';
import { IndexFolder } from './index-folder.ts';

/** A file of an index, by its name below the metadata folder. */
export interface IndexFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A role that the snapshot names, with everything it signed. */
export interface RoleContents {
  readonly role: string;
  readonly file: IndexFile;
  readonly targets: readonly IndexFile[];
}

/** Everything that readers of an index may ask for, as it is at one moment. */
export interface IndexContents {
  /** Version of the timestamp. */
  readonly timestamp: number;
  /** Timestamp, snapshot, top-level targets, and every root, the first of them the one to pin. */
  readonly top: readonly IndexFile[];
  readonly roles: readonly RoleContents[];
}

/**
 * Reads the whole index of a registry's folder, verified as a reader of its first root would. Nobody may write meanwhile: hold
 * the folder's lock. Throws `index/*`, `registry/unreachable`, `registry/incomplete`.
 */
export async function readIndexContents(folder: string, now: Date): Promise<IndexContents> {
  const index = new IndexFolder(folder);
  const file = async (name: string, maxBytes: number): Promise<IndexFile> => {
    const bytes = await index.read(name, maxBytes);
    if (bytes === undefined) throw new GreenticError('registry/incomplete', `There is no ${name} in ${index.path}.`);
    return { name, bytes };
  };
  const newest = await index.newestRoot();
  if (newest === 0) throw new GreenticError('registry/unreachable', `There is no registry in ${folder}.`);
  const versions = Array.from({ length: newest }, (_, i) => metadataFile('root', i + 1));
  const roots = await Promise.all(versions.map((name) => file(name, METADATA_MAX_BYTES.root)));
  const [first] = roots as [IndexFile, ...IndexFile[]];
  await TrustedIndex.open({ root: first.bytes, read: (name, maxBytes) => index.read(name, maxBytes), now });
  const timestamp = await file('timestamp.json', METADATA_MAX_BYTES.timestamp);
  const { version, meta } = decodeMetadata(timestamp.bytes, 'timestamp');
  const snapshot = pinned(
    await file(metadataFile('snapshot', meta['snapshot.json'].version), METADATA_MAX_BYTES.snapshot),
    meta['snapshot.json'],
  );
  const { 'targets.json': targets, ...others } = decodeMetadata(snapshot.bytes, 'snapshot').meta;
  const roleFile = async (role: string, facts: MetaFacts) =>
    pinned(await file(metadataFile(role, facts.version), METADATA_MAX_BYTES.targets), facts);
  if (targets === undefined) throw new GreenticError('index/invalid', 'The snapshot names no targets.');
  const top = [timestamp, snapshot, await roleFile('targets', targets), ...roots];
  const roles: RoleContents[] = [];
  for (const [name, facts] of Object.entries(others)) {
    const role = name.replace(/\.json$/, '');
    const signed = await roleFile(role, facts);
    const paths = Object.entries(decodeMetadata(signed.bytes, 'targets').targets);
    const read = async ([path, target]: (typeof paths)[number]) =>
      pinned(await file(targetFile(path, target.hashes.sha256), METADATA_MAX_BYTES.targets), target);
    roles.push({ role, file: signed, targets: await Promise.all(paths.map(read)) });
  }
  return { timestamp: version, top, roles };
}

function pinned(file: IndexFile, facts: { length: number; hashes: { sha256: string } }): IndexFile {
  const pin = { digest: `sha256:${facts.hashes.sha256}` as Digest, size: facts.length };
  assertPinned(file.bytes, pin, `${file.name} of the index`);
  return file;
}
