import { decode, Severity } from '@greentic/core';
import { delegateRevocations, keyPool, revoke as revokeVersion, unrevoke } from '@greentic/registry';
import type { Invocation } from '../commands/command.ts';
import { parseCount, parseReference } from '../reference.ts';
import { readSecretKeys, type SigningKeys } from '../signing-key.ts';
import { exactly, statedReason } from './offering.ts';

/** `registry revoker` */
export async function delegate({
  session,
  args: [folder = ''],
  options,
}: Invocation<SigningKeys & { revoker: readonly string[]; threshold?: string }>): Promise<void> {
  const { revoker, threshold = '1', ...signing } = options;
  const revokerKeys = await readSecretKeys({ rootKey: revoker });
  const registryKeys = keyPool(await readSecretKeys(signing));
  const needed = parseCount(threshold, '--threshold');
  const index = await delegateRevocations(folder, {
    revokerKeys,
    registryKeys,
    threshold: needed,
    now: session.now(),
  });
  session.output.result(
    { threshold: needed, keys: revokerKeys.length, index: index.timestamp },
    ({ keys }) => `${needed} of ${keys} keys may revoke versions.`,
  );
}

interface RevokeOptions extends SigningKeys {
  readonly revoker: readonly string[];
  readonly severity?: string;
  readonly reason?: string;
  readonly successor?: string;
  readonly undo?: boolean;
}

/** `registry revoke` */
export async function revoke({
  session,
  args: [folder = '', text = ''],
  options,
}: Invocation<RevokeOptions>): Promise<void> {
  const subject = exactly(text);
  const { revoker, severity = 'high', successor, reason: _, undo: __, ...signing } = options;
  const reason = statedReason(options);
  const revokerKeys = await readSecretKeys({ rootKey: revoker });
  const keys = { revokerKeys, registryKeys: keyPool(await readSecretKeys(signing)), now: session.now() };
  if (reason === undefined) {
    const index = await unrevoke(folder, { ...subject, ...keys });
    session.output.result(
      { ...subject, index: index.timestamp },
      ({ name, version }) => `${name} ${version} is admitted again.`,
    );
    return;
  }
  const revocation = {
    ...subject,
    severity: decode(Severity, severity, 'input/invalid', 'The severity'),
    reason,
    ...(successor === undefined ? {} : { successor: successorOf(successor) }),
  };
  session.output.result(
    await revokeVersion(folder, { revocation, ...keys }),
    ({ name, version, digest }) => `${name} ${version} is revoked (${digest}).`,
  );
}

function successorOf(text: string) {
  return text.includes('@') ? exactly(text) : { name: parseReference(text).name };
}
