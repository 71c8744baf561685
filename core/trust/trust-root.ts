import * as z from 'zod';
import { type Digest, digestOf } from '../digest.ts';
import { GreenticError } from '../errors.ts';
import { canonicalize, decode, parseJson } from '../json.ts';
import { EnvironmentName, Instant, Label } from '../model/name.ts';
import { identityId, PinnedTrustedRoot, TrustedIdentity } from './identity.ts';
import { TrustedKey } from './key.ts';
import { Policy } from './policy.ts';

const MAX_BYTES = 2 ** 20;

const keys = z
  .array(TrustedKey)
  .max(64)
  .refine((all) => new Set(all.map((key) => key.keyId)).size === all.length, 'must name each key once');

const identities = z
  .array(TrustedIdentity)
  .max(64)
  .refine((all) => new Set(all.map(identityId)).size === all.length, 'must name each identity once')
  .exactOptional();

const signers = { keys, identities, threshold: z.int().min(1) };
const enoughSigners = (all: { keys: readonly unknown[]; identities?: readonly unknown[]; threshold: number }) =>
  all.threshold <= all.keys.length + (all.identities?.length ?? 0);
const unreachable = { path: ['threshold'], message: 'is higher than the number of signers' };

/** Whom an environment believes, and for what. Nobody else is believed; there is no default. */
export const TrustRoot = z.strictObject({
  schema: z.literal('greentic.trust-root/1'),
  environment: EnvironmentName,
  /** Grows by one with each change and never goes back. */
  version: z.int().min(1),
  /** `local` for one's own machine; `protected` for everything people depend on. */
  class: z.enum(['local', 'protected']),
  expires: Instant,
  registries: z
    .array(
      z.strictObject({
        name: Label,
        location: z.string().min(1).max(1024),
        /** The pinned TUF root. */ root: z.json(),
      }),
    )
    .max(16)
    .refine((all) => new Set(all.map((registry) => registry.name)).size === all.length, 'must name each registry once'),
  /** Who may publish under which namespace: at least `threshold` distinct keys or identities have to sign. */
  publishers: z
    .array(z.strictObject({ namespace: Label, ...signers }).refine(enoughSigners, unreachable))
    .max(256)
    .refine(
      (all) => new Set(all.map((publisher) => publisher.namespace)).size === all.length,
      'must name each namespace once',
    ),
  /** Whose conformance reports admit a pack. */
  conformance: z.strictObject(signers).refine(enoughSigners, unreachable),
  /** What certificates of identities are checked against. */
  trustedRoots: z
    .array(PinnedTrustedRoot)
    .max(8)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'must name each trusted root once')
    .exactOptional(),
  /** Who may approve a version for this environment; nobody when left out, and nobody on purpose when `none`. */
  approvers: z.union([z.strictObject(signers).refine(enoughSigners, unreachable), z.literal('none')]).exactOptional(),
  /** Whose keys have to sign each change of this document; without, whoever may change the environment may change it. */
  owners: z.strictObject({ keys, threshold: signers.threshold }).refine(enoughSigners, unreachable).exactOptional(),
  policy: Policy.exactOptional(),
  /** When this version was made. */
  issued: Instant.exactOptional(),
});
export type TrustRoot = z.infer<typeof TrustRoot>;

/** The canonical bytes of a trust root; their digest is its identity. */
export function encodeTrustRoot(root: TrustRoot): { text: string; digest: Digest } {
  const checked = decode(TrustRoot, root, 'trust/root-invalid', 'The trust root');
  assertRooted(checked);
  const text = `${canonicalize(checked, 'trust/root-invalid')}\n`;
  return { text, digest: digestOf(text) };
}

/** Throws `trust/root-invalid` for an identity of a trusted root that is not there: nothing it signs could be verified. */
function assertRooted({ publishers, conformance, approvers = 'none', trustedRoots = [] }: TrustRoot): void {
  const roles = [...publishers, conformance, ...(approvers === 'none' ? [] : [approvers])];
  for (const { trustedRoot } of roles.flatMap(({ identities: all }) => all ?? [])) {
    if (trustedRoots.some(({ name }) => name === trustedRoot)) continue;
    throw new GreenticError('trust/root-invalid', `The trust root holds no trusted root ${trustedRoot}.`);
  }
}

/** Decodes a trust root from its bytes. Throws `trust/root-invalid`, also for bytes that are not canonical. */
export function decodeTrustRoot(bytes: Uint8Array): TrustRoot {
  const value = parseJson(bytes, { maxBytes: MAX_BYTES, code: 'trust/root-invalid' });
  const root = decode(TrustRoot, value, 'trust/root-invalid', 'The trust root');
  if (encodeTrustRoot(root).digest !== digestOf(bytes)) {
    throw new GreenticError('trust/root-invalid', 'The trust root is not in canonical form.');
  }
  return root;
}

/** Throws `trust/root-expired` when the root's time is over. */
export function assertFresh(root: TrustRoot, now: Date): void {
  if (Date.parse(root.expires) > now.getTime()) return;
  throw new GreenticError('trust/root-expired', `The trust root of ${root.environment} expired on ${root.expires}.`);
}

/** Who may publish in a namespace. Throws `trust/namespace-unknown`. */
export function publisherOf(root: TrustRoot, namespace: string): TrustRoot['publishers'][number] {
  const publisher = root.publishers.find((candidate) => candidate.namespace === namespace);
  if (publisher === undefined) {
    throw new GreenticError(
      'trust/namespace-unknown',
      `No publisher of the namespace ${namespace} is trusted in ${root.environment}.`,
    );
  }
  return publisher;
}
