import { canonicalize, digestOf, type TrustedIdentity, type TrustRoot } from '@greentic/core';

/** Longest value that is shown whole, in characters. */
const SHOWN = 200;

type Row = readonly [believedFor: string, who: string, threshold: string];

/** Who is believed for what, a row for each signer. */
export function signersOf(root: TrustRoot): Row[] {
  const { publishers, conformance, approvers, owners } = root;
  const roles = [
    ...publishers.map((each) => [`publishing ${each.namespace}.*`, each] as const),
    ['conformance', conformance] as const,
    ...(approvers === undefined || approvers === 'none' ? [] : [['approving', approvers] as const]),
    ...(owners === undefined ? [] : [['owning this trust root', owners] as const]),
  ];
  return roles.flatMap(([role, { keys, threshold, ...rest }]) => {
    const identities = 'identities' in rest ? (rest.identities ?? []) : [];
    const who = [...keys.map(({ keyId }) => keyId), ...identities.map(identityText)];
    return who.map((each): Row => [role, each, `${threshold} of ${who.length}`]);
  });
}

/** Everything an identity is held to: with less of it, others would be believed. */
function identityText({ subjectAlternativeName, issuer, trustedRoot, extensions = {} }: TrustedIdentity): string {
  const conditions = Object.entries(extensions)
    .toSorted()
    .map(([id, value]) => `, ${id} = ${value}`);
  return `${subjectAlternativeName} (${issuer}) by ${trustedRoot}${conditions.join('')}`;
}

/**
 * What changes from one trust root to the next, a sentence each; all of it for a first one. Nothing that differs goes unsaid, as
 * this is what owners read before they sign.
 */
export function differences(former: TrustRoot | undefined, root: TrustRoot): string[] {
  const sentences = [
    ...signerChanges(former, root),
    ...registryChanges(former, root),
    ...fieldChanges('policy ', former?.policy ?? {}, root.policy ?? {}),
    ...fieldChanges('', factsOf(former), factsOf(root)),
  ];
  // A name with a line feed in it would tell a change that is none.
  return sentences.map((sentence) => sentence.replaceAll(/\p{Cc}/gu, '\ufffd'));
}

function signerChanges(former: TrustRoot | undefined, root: TrustRoot): string[] {
  const before = former === undefined ? [] : signersOf(former);
  const after = signersOf(root);
  const names = (rows: readonly Row[]) => rows.map(([role, who]) => `${role}: ${who}`);
  const thresholds = (rows: readonly Row[]) => new Map(rows.map(([role, , of]) => [role, of.split(' ')[0]]));
  const [least, most] = [thresholds(before), thresholds(after)];
  return [
    ...names(after)
      .filter((name) => !names(before).includes(name))
      .map((name) => `+ ${name}`),
    ...names(before)
      .filter((name) => !names(after).includes(name))
      .map((name) => `- ${name}`),
    ...[...most]
      .filter(([role, needed]) => (least.get(role) ?? '1') !== needed)
      .map(([role, needed]) => `~ ${role}: ${needed} have to sign, before ${least.get(role) ?? 'nobody'}`),
  ];
}

function registryChanges(former: TrustRoot | undefined, root: TrustRoot): string[] {
  const before = new Map((former?.registries ?? []).map((registry) => [registry.name, registry]));
  const after = new Map(root.registries.map((registry) => [registry.name, registry]));
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [old, next] = [before.get(name), after.get(name)];
    if (next === undefined) return [`- registry ${name}`];
    if (old === undefined) return [`+ registry ${name} at ${next.location}`];
    return [
      ...(old.location === next.location ? [] : [`~ registry ${name}: at ${next.location}, before ${old.location}`]),
      ...(canonicalize(old.root) === canonicalize(next.root) ? [] : [`~ registry ${name}: another pinned root`]),
    ];
  });
}

function factsOf(root: TrustRoot | undefined): Record<string, unknown> {
  if (root === undefined) return {};
  const { class: kind, expires, approvers, trustedRoots } = root;
  return {
    class: kind,
    expires,
    ...(approvers === 'none' ? { approvers } : {}),
    ...Object.fromEntries((trustedRoots ?? []).map(({ name, ...rest }) => [`trusted root ${name}`, rest])),
  };
}

function fieldChanges(prefix: string, before: object, after: object): string[] {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...fields].toSorted().flatMap((field) => {
    const [old, next] = [before, after].map((all) => shown((all as Record<string, unknown>)[field]));
    return old === next ? [] : [`~ ${prefix}${field}: ${next}, before ${old}`];
  });
}

/** A value as text; one that is too long ends in its digest, so that no two look the same. */
function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : canonicalize(value);
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}… (${digestOf(text)})`;
}
