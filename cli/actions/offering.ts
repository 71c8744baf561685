import { decode, GreenticError, Version } from '@greentic/core';
import { channelOf, closeChannel, deprecate, type OfferingOptions, releaseTo, yank } from '@greentic/registry';
import type { Invocation } from '../commands/command.ts';
import { readKeyFile } from '../key-file.ts';
import { parseReference } from '../reference.ts';
import { openOffering, type PlaceOptions } from '../registry-place.ts';
import type { Session } from '../session.ts';
import { readOnlineKey } from '../signing-key.ts';

/** Who changes what is offered, and where. */
export interface Offering extends PlaceOptions {
  readonly key: readonly string[];
}

/** `pack release` */
export async function release({
  session,
  args: [text = ''],
  options,
}: Invocation<Offering & { channel: string }>): Promise<void> {
  const order = { ...exactly(text), channel: channelOf(options.channel) };
  const index = await releaseTo(await openOffering(options), { ...order, ...(await signing(session, options)) });
  session.output.result(
    { ...order, index: index.timestamp },
    ({ name, version, channel }) => `${channel} of ${name} is ${version}.`,
  );
}

/** `pack close` */
export async function close({
  session,
  args: [text = ''],
  options,
}: Invocation<Offering & { channel: string }>): Promise<void> {
  const order = { name: parseReference(text).name, channel: channelOf(options.channel) };
  const index = await closeChannel(await openOffering(options), { ...order, ...(await signing(session, options)) });
  session.output.result(
    { ...order, index: index.timestamp },
    ({ name, channel }) => `${channel} of ${name} is closed: who follows it gets the next lower risk.`,
  );
}

/** `pack yank` */
export async function takeBack({
  session,
  args: [text = ''],
  options,
}: Invocation<Offering & { reason?: string; undo?: boolean }>): Promise<void> {
  const reason = statedReason(options);
  const order = { ...exactly(text), reason };
  const index = await yank(await openOffering(options), { ...order, ...(await signing(session, options)) });
  session.output.result({ ...order, reason: reason ?? null, index: index.timestamp }, ({ name, version }) =>
    reason === undefined ? `${name} ${version} is offered again.` : `${name} ${version} is taken back.`,
  );
}

/** `pack deprecate` */
export async function advise({
  session,
  args: [text = ''],
  options,
}: Invocation<Offering & { reason?: string; successor?: string; undo?: boolean }>): Promise<void> {
  const { name } = parseReference(text);
  const reason = statedReason(options);
  const successor = options.successor === undefined ? {} : { successor: parseReference(options.successor).name };
  const deprecation = reason === undefined ? undefined : { reason, ...successor };
  const place = await openOffering(options);
  const index = await deprecate(place, { name, deprecation, ...(await signing(session, options)) });
  session.output.result({ name, deprecation: deprecation ?? null, index: index.timestamp }, () =>
    deprecation === undefined ? `${name} is cared for again.` : `${name} is deprecated.`,
  );
}

/** The reason given; undefined with `--undo`. Throws `input/invalid` for both or neither. */
export function statedReason({ reason, undo }: { reason?: string; undo?: boolean }): string | undefined {
  if ((reason === undefined) === (undo === true)) return reason;
  throw new GreenticError('input/conflicting-options', 'Give either --reason or --undo.');
}

/** A name with an exact version. Throws `input/invalid`. */
export function exactly(text: string): { name: ReturnType<typeof parseReference>['name']; version: Version } {
  const { name, range } = parseReference(text);
  return { name, version: decode(Version, range, 'input/invalid', 'The version') };
}

async function signing(session: Session, { key, registryKey }: Offering): Promise<OfferingOptions> {
  const namespaceKeys = await Promise.all(key.map(async (file) => (await readKeyFile(file)).secretKey));
  const registryKeys = registryKey === undefined ? {} : { registryKeys: await readOnlineKey(registryKey) };
  return { namespaceKeys, ...registryKeys, now: session.now() };
}
