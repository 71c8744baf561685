import { type EnvironmentName, GreenticError, type TrustedKey, type TrustRoot } from '@greentic/core';
import type { TrustFile } from './trust-file.ts';

type Publisher = TrustRoot['publishers'][number];

/** The first trust root of an environment: what a trust file names, for one year. */
export function firstTrustRoot(
  environment: EnvironmentName,
  file: TrustFile,
  facts: Pick<TrustRoot, 'class' | 'expires'>,
): TrustRoot {
  const { registries, publishers, conformance } = file;
  return { schema: 'greentic.trust-root/1', environment, version: 1, ...facts, registries, publishers, conformance };
}

/**
 * A trust root that believes what a trust file names as well. A registry of the same name is replaced; keys are added, and of
 * two thresholds the higher counts: a file never makes the environment easier to convince.
 */
export function withTrustFile(root: TrustRoot, file: TrustFile): TrustRoot {
  const kept = root.registries.filter((old) => !file.registries.some((each) => each.name === old.name));
  const believed = file.publishers.reduce(withPublisher, { ...root, registries: [...kept, ...file.registries] });
  return { ...believed, conformance: joined(root.conformance, file.conformance) };
}

/** A trust root that believes more keys of a namespace. */
export function withPublisher(root: TrustRoot, added: Publisher): TrustRoot {
  const known = root.publishers.find((publisher) => publisher.namespace === added.namespace);
  const others = root.publishers.filter((publisher) => publisher !== known);
  return { ...root, publishers: [...others, known === undefined ? added : { ...known, ...joined(known, added) }] };
}

/** A trust root that believes the reports of one more key. */
export function withConformanceKey(root: TrustRoot, key: TrustedKey): TrustRoot {
  return { ...root, conformance: joined(root.conformance, { keys: [key], threshold: 1 }) };
}

/**
 * A trust root that does not believe a key any more, for anything. A namespace without keys is gone. Throws `input/invalid` for
 * a key it never believed; a threshold that cannot be met any more is refused when the root is put in force.
 */
export function withoutKey(root: TrustRoot, keyId: string): TrustRoot {
  const holders = [root.conformance, ...root.publishers];
  if (!holders.some(({ keys }) => keys.some((key) => key.keyId === keyId))) {
    throw new GreenticError('input/invalid', `The trust root names no key ${keyId}.`, {
      hint: 'Look at it: gtc op trust-root show.',
    });
  }
  const without = <T extends { keys: TrustedKey[] }>(holder: T): T => ({
    ...holder,
    keys: holder.keys.filter((key) => key.keyId !== keyId),
  });
  const publishers = root.publishers.map(without).filter(({ keys }) => keys.length > 0);
  return { ...root, publishers, conformance: without(root.conformance) };
}

interface Signers {
  readonly keys: TrustedKey[];
  readonly threshold: number;
}

function joined(known: Signers, added: Signers): Signers {
  const fresh = added.keys.filter((key) => !known.keys.some((other) => other.keyId === key.keyId));
  return { keys: [...known.keys, ...fresh], threshold: Math.max(known.threshold, added.threshold) };
}
