import * as z from 'zod';
import { Label } from '../model/name.ts';

const text = z.string().min(1).max(512);
const count = z.int().min(0).max(8);

/** A signer known by a Sigstore certificate rather than by a key. Every field is compared whole: none is a pattern. */
export const TrustedIdentity = z.strictObject({
  /** Who vouched for the sign-in: the OpenID Connect issuer, as certificates spell it. */
  issuer: text,
  /** As whom: the URI or e-mail address in the certificate. */
  subjectAlternativeName: text,
  /** Name of the trusted root whose authorities vouch for the certificate. */
  trustedRoot: Label,
  /** Values of further extensions, by object identifier: Fulcio's 1.3.6.1.4.1.57264.1.9 and above say how a build ran. */
  extensions: z.record(z.string().regex(/^1(\.\d{1,9}){3,15}$/), text).exactOptional(),
});
export type TrustedIdentity = z.infer<typeof TrustedIdentity>;

/** What counts an identity once, whichever root or build it comes from: two entries of one person are one signer. */
export function identityId({ issuer, subjectAlternativeName }: TrustedIdentity): string {
  return `${subjectAlternativeName} (${issuer})`;
}

/** A Sigstore trusted root, pinned, and how much of it each piece of evidence has to show. */
export const PinnedTrustedRoot = z.strictObject({
  name: Label,
  /** `application/vnd.dev.sigstore.trustedroot+json`: authorities of certificates and times, logs, and their keys. */
  root: z.json(),
  /**
   * Entries in logs of signatures, times that somebody trusted signed, and logs that promised to hold the certificate. Without
   * a time, nobody could say that a certificate of ten minutes held.
   */
  thresholds: z.strictObject({ log: count, timestamp: count.min(1), certificateLog: count }),
});
export type PinnedTrustedRoot = z.infer<typeof PinnedTrustedRoot>;
