import { GreenticError } from '@greentic/core';
import {
  attachEvidence,
  attachRemote,
  folderDesk,
  type OfferingRegistry,
  type Published,
  publish,
  publishRemote,
  type RegistryDesk,
  RemoteRegistry,
  remoteDesk,
} from '@greentic/registry';
import { readInput } from './input-file.ts';
import { readOnlineKey } from './signing-key.ts';

const TOKEN_MAX_BYTES = 4096;

/** Which registry, and how to get into it: a folder with the registry's own key, or a server with an account. */
export interface PlaceOptions {
  readonly registry: string;
  readonly registryKey?: string;
  readonly account?: string;
  readonly tokenFile?: string;
}

type Publication = Parameters<typeof publishRemote>[1];
type Attachment = Parameters<typeof attachRemote>[1];

/** A registry that publishers write in, wherever it is. */
export interface RegistryPlace {
  readonly desk: RegistryDesk;
  publish(publication: Publication): Promise<Published>;
  attach(attachment: Attachment): Promise<Published>;
}

/** Whether a registry is named by the address of who serves it. */
export function isServed({ registry }: Pick<PlaceOptions, 'registry'>): boolean {
  return /^https?:/.test(registry);
}

/** A registry to read in. Throws `input/invalid`. */
export async function openDesk(options: PlaceOptions): Promise<RegistryDesk> {
  return isServed(options) ? remoteDesk(await connect(options)) : folderDesk(options.registry);
}

/** A registry to write in. Throws `input/invalid`, and `input/conflicting-options` for a key that a server keeps itself. */
export async function openPlace(options: PlaceOptions): Promise<RegistryPlace> {
  const { registry, registryKey = '' } = options;
  assertKeyed(options);
  if (isServed(options)) {
    const store = await connect(options);
    return {
      desk: remoteDesk(store),
      publish: (publication) => publishRemote(store, publication),
      attach: (attachment) => attachRemote(store, attachment),
    };
  }
  const registryKeys = await readOnlineKey(registryKey);
  return {
    desk: folderDesk(registry),
    publish: (publication) => publish(registry, { ...publication, registryKeys }),
    attach: (attachment) => attachEvidence(registry, { ...attachment, registryKeys }),
  };
}

/** A registry to change offers in. Throws as `openPlace` does. */
export async function openOffering(options: PlaceOptions): Promise<OfferingRegistry> {
  assertKeyed(options);
  return isServed(options) ? await connect(options) : options.registry;
}

/** Throws `input/conflicting-options` for a key that a server keeps itself, and `input/invalid` for a folder without one. */
function assertKeyed(options: PlaceOptions): void {
  if (isServed(options) && options.registryKey !== undefined)
    throw new GreenticError('input/conflicting-options', 'A registry that is served keeps its own keys.', {
      hint: 'Leave --registry-key out.',
    });
  if (!isServed(options) && options.registryKey === undefined)
    throw new GreenticError('input/invalid', 'Publishing into a folder takes the registry’s key.', {
      hint: 'Give --registry-key, or the address of a registry that is served.',
    });
}

async function connect({ registry, account, tokenFile }: PlaceOptions): Promise<RemoteRegistry> {
  const file = tokenFile && (await readInput(tokenFile, { what: 'The token', maxBytes: TOKEN_MAX_BYTES })).toString();
  const token = (file ?? process.env['GTC_REGISTRY_TOKEN'] ?? '').trim();
  if (account !== undefined && token !== '') return new RemoteRegistry({ url: registry, account, token });
  throw new GreenticError('input/invalid', 'A registry that is served takes an account and its token.', {
    hint: 'Give --account, and the token in --token-file or GTC_REGISTRY_TOKEN.',
  });
}
