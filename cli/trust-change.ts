import { type EnvironmentName, GreenticError, type Policy, type TrustedKey, type TrustRoot } from '@greentic/core';
import type { TrustFile } from './trust-file.ts';

type Publisher = TrustRoot['publishers'][number];
type Signers = Omit<Publisher, 'namespace'>;

/** Who is believed for something: `publisher:<namespace>`, `conformance`, `approver` or `owner`. */
export type Role = 'conformance' | 'approver' | 'owner' | `publisher:${string}`;

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

/** A trust root with one more approver. */
export function withApprover(root: TrustRoot, key: TrustedKey): TrustRoot {
  const known = root.approvers === 'none' ? undefined : root.approvers;
  return { ...root, approvers: joined(known ?? { keys: [], threshold: 1 }, { keys: [key], threshold: 1 }) };
}

/** A trust root with one more owner. */
export function withOwner(root: TrustRoot, key: TrustedKey): TrustRoot {
  return { ...root, owners: joined(root.owners ?? { keys: [], threshold: 1 }, { keys: [key], threshold: 1 }) };
}

/** A trust root with another policy. */
export function withPolicy(root: TrustRoot, policy: Policy): TrustRoot {
  return { ...root, policy };
}

/** A trust root in which so many signers of a role are needed. Throws `input/invalid` for a role nobody has. */
export function withThreshold(root: TrustRoot, role: Role, threshold: number): TrustRoot {
  return inRole(root, role, (signers) => ({ ...signers, threshold }));
}

/**
 * A trust root that believes one key in place of another, in one role or wherever it is believed. Throws `input/invalid` for a
 * key that is not believed there.
 */
export function withRotatedKey(root: TrustRoot, keyId: string, key: TrustedKey, role?: Role): TrustRoot {
  const rotated = <T extends { keys: TrustedKey[] }>(signers: T): T => {
    if (!signers.keys.some((old) => old.keyId === keyId)) return signers;
    const others = signers.keys.filter((old) => old.keyId !== keyId && old.keyId !== key.keyId);
    return { ...signers, keys: [...others, key] };
  };
  const next = role === undefined ? everywhere(root, rotated) : inRole(root, role, rotated);
  if (JSON.stringify(next) !== JSON.stringify(root)) return next;
  throw unknownKey(keyId, role === undefined ? '' : ` for ${role}`);
}

/**
 * A trust root that does not believe a key any more, for anything. A namespace without signers is gone. Throws `input/invalid`
 * for a key it never believed; a threshold that cannot be met any more is refused when the root is put in force.
 */
export function withoutKey(root: TrustRoot, keyId: string): TrustRoot {
  let found = false;
  const next = everywhere(root, (signers) => {
    found ||= signers.keys.some((key) => key.keyId === keyId);
    return { ...signers, keys: signers.keys.filter((key) => key.keyId !== keyId) };
  });
  if (!found) throw unknownKey(keyId);
  const { owners, approvers, ...rest } = next;
  return {
    ...rest,
    publishers: next.publishers.filter(isSomebody),
    ...(owners !== undefined && isSomebody(owners) ? { owners } : {}),
    ...(approvers === undefined
      ? {}
      : { approvers: approvers !== 'none' && isSomebody(approvers) ? approvers : 'none' }),
  };
}

type Change = <T extends { keys: TrustedKey[]; threshold: number }>(signers: T) => T;

/** The same change in every role. */
function everywhere(root: TrustRoot, change: Change): TrustRoot {
  const { approvers, owners } = root;
  return {
    ...root,
    publishers: root.publishers.map(change),
    conformance: change(root.conformance),
    ...(approvers === undefined || approvers === 'none' ? {} : { approvers: change(approvers) }),
    ...(owners === undefined ? {} : { owners: change(owners) }),
  };
}

function inRole(root: TrustRoot, role: Role, change: Change): TrustRoot {
  const { approvers, owners, publishers } = root;
  if (role === 'conformance') return { ...root, conformance: change(root.conformance) };
  if (role === 'approver' && approvers !== undefined && approvers !== 'none') {
    return { ...root, approvers: change(approvers) };
  }
  if (role === 'owner' && owners !== undefined) return { ...root, owners: change(owners) };
  if (publishers.some(({ namespace }) => role === `publisher:${namespace}`)) {
    const changed = publishers.map((each) => (role === `publisher:${each.namespace}` ? change(each) : each));
    return { ...root, publishers: changed };
  }
  throw new GreenticError('input/invalid', `Nobody is believed for ${role}.`, {
    hint: 'A role is publisher:<namespace>, conformance, approver or owner: gtc op trust-root show.',
  });
}

function unknownKey(keyId: string, where = ''): GreenticError {
  return new GreenticError('input/invalid', `The trust root names no key ${keyId}${where}.`, {
    hint: 'Look at it: gtc op trust-root show.',
  });
}

function isSomebody({ keys, identities = [] }: Pick<Signers, 'keys' | 'identities'>): boolean {
  return keys.length + identities.length > 0;
}

function joined<T extends Signers>(known: T, added: Signers): T {
  const fresh = added.keys.filter((key) => !known.keys.some((other) => other.keyId === key.keyId));
  return { ...known, keys: [...known.keys, ...fresh], threshold: Math.max(known.threshold, added.threshold) };
}
