import { GreenticError } from '@greentic/core';
import type { PublishOptions, RegistryKeys, RoleKeys } from '@greentic/registry';
import { readAnyKey, readKeyFile } from './key-file.ts';
import { parseCount } from './reference.ts';

/** Secret keys of a registry, by what their holders keep them for. Each role signs with those it lists. */
export interface SigningKeys {
  readonly key?: string;
  readonly rootKey?: readonly string[];
  readonly targetsKey?: readonly string[];
  readonly onlineKey?: readonly string[];
  readonly publisherKey?: readonly string[];
}

/** Every secret key given. Throws `trust/key-invalid`. */
export async function readSecretKeys(options: SigningKeys): Promise<string[]> {
  const { key, rootKey = [], targetsKey = [], onlineKey = [], publisherKey = [] } = options;
  const files = [...(key === undefined ? [] : [key]), ...rootKey, ...targetsKey, ...onlineKey, ...publisherKey];
  return Promise.all(files.map(async (file) => (await readKeyFile(file)).secretKey));
}

/** The keys of a new registry: of each only the public half has to be here. */
export interface FirstKeys extends SigningKeys {
  readonly rootThreshold?: string;
  readonly targetsThreshold?: string;
}

/** The keys of a new registry by role: `--key` for all of them, or each role's own. Throws `input/invalid`. */
export async function readFirstKeys(options: FirstKeys): Promise<RegistryKeys> {
  const { key, rootKey, targetsKey, onlineKey, rootThreshold = '1', targetsThreshold = '1' } = options;
  const fallback = key === undefined ? undefined : [key];
  const role = async (files: readonly string[] | undefined, option: string, threshold: string): Promise<RoleKeys> => {
    if (files === undefined)
      throw new GreenticError('input/invalid', `No ${option} is named.`, {
        hint: 'Give --key, or a key for each role.',
      });
    const keys = await Promise.all(files.map(readAnyKey));
    return {
      publicKeys: keys.map(({ publicKey }) => publicKey),
      secretKeys: keys.flatMap(({ secretKey }) => secretKey ?? []),
      threshold: parseCount(threshold, `--${option}-threshold`),
    };
  };
  const online = await role(onlineKey ?? fallback, 'online-key', '1');
  return {
    root: await role(rootKey ?? fallback, 'root-key', rootThreshold),
    targets: await role(targetsKey ?? fallback, 'targets-key', targetsThreshold),
    snapshot: online,
    timestamp: online,
  };
}

/** The key by which a registry seals what its publishers change: that of its snapshot and its timestamp. */
export async function readOnlineKey(file: string): Promise<PublishOptions['registryKeys']> {
  const role: RoleKeys = { secretKeys: [(await readKeyFile(file)).secretKey], threshold: 1 };
  return { snapshot: role, timestamp: role };
}
