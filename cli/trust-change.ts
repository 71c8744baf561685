import {
  canonicalize,
  type EnvironmentName,
  GreenticError,
  identityId,
  Label,
  type PinnedTrustedRoot,
  type Policy,
  type TrustedIdentity,
  type TrustedKey,
  type TrustRoot,
} from '@greentic/core';
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
  throw unknownSigner(keyId, role === undefined ? '' : ` for ${role}`);
}

/**
 * A trust root that believes an identity for something. Throws `input/invalid` for a role that identities do not have, and for one
 * that is believed there already under other conditions: those are not loosened in passing.
 */
export function withIdentity(root: TrustRoot, role: Role, identity: TrustedIdentity): TrustRoot {
  const added = { keys: [], identities: [identity], threshold: 1 };
  if (role === 'conformance') return { ...root, conformance: joined(root.conformance, added) };
  if (role === 'approver') {
    const known = root.approvers === undefined || root.approvers === 'none' ? undefined : root.approvers;
    return { ...root, approvers: known === undefined ? added : joined(known, added) };
  }
  const [, namespace] = /^publisher:([a-z0-9-]+)$/.exec(role) ?? [];
  if (namespace !== undefined) return withPublisher(root, { namespace: Label.parse(namespace), ...added });
  throw new GreenticError('input/invalid', `No identity can be believed for ${role}.`, {
    hint: 'An identity is believed for publisher:<namespace>, conformance or approver.',
  });
}

/** A trust root that checks certificates against a trusted root, in place of one of the same name. */
export function withTrustedRoot(root: TrustRoot, pinned: PinnedTrustedRoot): TrustRoot {
  const others = (root.trustedRoots ?? []).filter(({ name }) => name !== pinned.name);
  return { ...root, trustedRoots: [...others, pinned] };
}

/**
 * A trust root that does not believe a signer any more, for anything: a key by its id, or an identity as `identityId` spells it. A
 * namespace without signers is gone, and so is a trusted root that no identity needs. Throws `input/invalid` for a signer it
 * never believed; a threshold that cannot be met any more is refused when the root is put in force.
 */
export function withoutSigner(root: TrustRoot, id: string): TrustRoot {
  let found = false;
  const next = everywhere(root, (signers) => {
    const keys = signers.keys.filter((key) => key.keyId !== id);
    const identities = (signers.identities ?? []).filter((identity) => identityId(identity) !== id);
    const left = keys.length + identities.length;
    found ||= left < signers.keys.length + (signers.identities?.length ?? 0);
    return { ...signers, keys, ...(signers.identities === undefined ? {} : { identities }) };
  });
  if (!found) throw unknownSigner(id);
  const { owners, approvers, trustedRoots, ...rest } = next;
  const publishers = next.publishers.filter(isSomebody);
  const kept = approvers !== undefined && approvers !== 'none' && isSomebody(approvers) ? approvers : 'none';
  const roles = [...publishers, next.conformance, ...(kept === 'none' ? [] : [kept])];
  const needed = new Set(roles.flatMap(({ identities = [] }) => identities.map(({ trustedRoot }) => trustedRoot)));
  const roots = (trustedRoots ?? []).filter(({ name }) => needed.has(name));
  return {
    ...rest,
    publishers,
    ...(owners !== undefined && isSomebody(owners) ? { owners } : {}),
    ...(approvers === undefined ? {} : { approvers: kept }),
    ...(roots.length === 0 ? {} : { trustedRoots: roots }),
  };
}

type Change = <T extends { keys: TrustedKey[]; identities?: TrustedIdentity[]; threshold: number }>(signers: T) => T;

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

function unknownSigner(id: string, where = ''): GreenticError {
  return new GreenticError('input/invalid', `The trust root names no ${id}${where}.`, {
    hint: 'Look at it: gtc op trust-root show.',
  });
}

function isSomebody({ keys, identities = [] }: Pick<Signers, 'keys' | 'identities'>): boolean {
  return keys.length + identities.length > 0;
}

function joined<T extends Signers>(known: T, added: Signers): T {
  const fresh = added.keys.filter((key) => !known.keys.some((other) => other.keyId === key.keyId));
  const identities = joinedIdentities(known.identities ?? [], added.identities ?? []);
  return {
    ...known,
    keys: [...known.keys, ...fresh],
    ...(identities.length === 0 ? {} : { identities }),
    threshold: Math.max(known.threshold, added.threshold),
  };
}

function joinedIdentities(known: readonly TrustedIdentity[], added: readonly TrustedIdentity[]): TrustedIdentity[] {
  const fresh = added.filter((identity) => {
    const same = known.find((other) => identityId(other) === identityId(identity));
    if (same === undefined || canonicalize(same) === canonicalize(identity)) return same === undefined;
    throw new GreenticError('input/invalid', `${identityId(identity)} is believed already, under other conditions.`, {
      hint: 'Stop believing it first: gtc op trust-root remove.',
    });
  });
  return [...known, ...fresh];
}
