import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GreenticError } from '@greentic/core';
import { mirrorRegistry, openSource } from '@greentic/registry';
import type { Invocation } from '../commands/command.ts';
import { parseLocation } from '../location.ts';
import { parseReference } from '../reference.ts';
import { readTrustFile } from '../trust-file.ts';

/** `registry mirror` */
export async function mirror({
  session,
  args: [from = '', to = ''],
  options,
}: Invocation<{ trust: string; name: string; pack?: readonly string[] }>): Promise<void> {
  const { registries } = await readTrustFile(options.trust);
  const registry = registries.find(({ name }) => name === options.name);
  if (registry === undefined)
    throw new GreenticError('index/unknown-registry', `${options.trust} names no registry ${options.name}.`);
  // What is mirrored is judged by the pinned root alone: no environment has seen this index before.
  const cache = await mkdtemp(path.join(tmpdir(), 'gtc-mirror-'));
  try {
    const location = parseLocation(from);
    const source = openSource({ registry: { ...registry, location }, cache, now: session.now });
    const wishes = options.pack?.map(parseReference);
    const mirrored = await mirrorRegistry({
      source,
      root: registry.root,
      target: path.resolve(to),
      now: session.now(),
      ...(wishes === undefined ? {} : { wishes }),
    });
    session.output.result(
      { ...mirrored, target: path.resolve(to) },
      ({ versions, blobs, added }) => `${versions.length} versions are in ${to}: ${blobs} blobs, ${added} of them new.`,
    );
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
}
