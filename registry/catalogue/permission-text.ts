import type { PermissionRequest } from '@greentic/core';

/** What a pack asks for, in words. */
export function permissionText(permission: PermissionRequest): string {
  switch (permission.kind) {
    case 'http': {
      const where =
        permission.originFrom === undefined ? permission.origins.join(', ') : 'an address the operator gives';
      return `Sends ${permission.methods.join(', ')} to ${where}, paths ${permission.paths.join(', ')}`;
    }
    case 'secret':
      return permission.access === 'value'
        ? `Reads the secret ${permission.binding}`
        : `Sends the secret ${permission.binding} to ${permission.towards}, without seeing it`;
    case 'kv':
      return `Keeps entries in ${permission.binding}, up to ${sizeText(permission.quotaBytes)}`;
    case 'seal':
      return `Seals data under the key ${permission.binding}, without seeing the key`;
    case 'workers':
      return 'Starts and stops the processes of bundles';
    case 'log':
      return 'Writes to the log';
  }
  return `Asks for ${(permission as PermissionRequest).kind}`;
}

/** Bytes for people. */
export function sizeText(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${Number(value.toFixed(1))} ${units[unit]}`;
}
