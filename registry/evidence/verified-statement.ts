import {
  canonicalize,
  GreenticError,
  identityId,
  type PinnedTrustedRoot,
  type Statement,
  type TrustedIdentity,
  type TrustedKey,
} from '@greentic/core';
import { namesIdentity } from './certificate-identity.ts';
import { type Envelope, openEnvelope, statementIn } from './envelope.ts';
import { verifyIdentitySignature } from './identity-signature.ts';
import { verifyKeySignature } from './key-signature.ts';

/** Those whose word counts for something: known by key or by certificate. */
export interface Signers {
  readonly keys: readonly TrustedKey[];
  readonly identities?: readonly TrustedIdentity[] | undefined;
}

/** Signers, and what certificates are checked against. */
export interface Believed extends Signers {
  readonly trustedRoots?: readonly PinnedTrustedRoot[] | undefined;
}

/** A statement, and who signed it. */
export interface VerifiedStatement {
  /** For people, and to tell signers apart: a key's id, or an identity's. */
  readonly signer: string;
  /** Every entry of the believed that the signer is: a certificate may be what a strict and a lenient one ask for. */
  readonly entries: readonly string[];
  readonly statement: Statement;
}

/** What an entry is known by in `VerifiedStatement`. Every condition of an identity is part of it. */
export function entryOf(entry: TrustedKey | TrustedIdentity): string {
  return 'keyId' in entry ? entry.keyId : canonicalize(entry);
}

/**
 * Verifies evidence, and returns the statement that was signed: parsed from the very bytes the signature covers. Throws
 * `trust/envelope-invalid` when it is malformed, `trust/threshold` when nobody believed is its signer, and, when it names
 * somebody who is, `trust/signature-invalid`, `trust/certificate-invalid` or `trust/log-invalid` for what is wrong with it.
 */
export function verifyEvidence(evidence: Uint8Array | string, believed: Believed): VerifiedStatement {
  const envelope = openEnvelope(evidence);
  const { keyId } = envelope;
  const signer = keyId === undefined ? verifyAsIdentity(envelope, believed) : verifyAsKey(envelope, keyId, believed);
  return { ...signer, statement: statementIn(envelope) };
}

type Signer = Pick<VerifiedStatement, 'signer' | 'entries'>;

function verifyAsKey(envelope: Envelope, keyId: string, { keys }: Believed): Signer {
  const key = keys.find((candidate) => candidate.keyId === keyId);
  if (key === undefined) throw stranger(`Key ${keyId}`);
  verifyKeySignature(envelope, key);
  return { signer: keyId, entries: [entryOf(key)] };
}

function verifyAsIdentity(envelope: Envelope, { identities = [], trustedRoots = [] }: Believed): Signer {
  const { key } = envelope.entity;
  const named = key.$case === 'certificate' ? identities.filter((each) => namesIdentity(key.certificate, each)) : [];
  const entries: string[] = [];
  let refusal: unknown = stranger('The identity in the certificate');
  for (const identity of named) {
    const trustedRoot = trustedRoots.find(({ name }) => name === identity.trustedRoot);
    if (trustedRoot === undefined)
      throw new GreenticError('trust/root-invalid', `There is no trusted root ${identity.trustedRoot}.`);
    try {
      verifyIdentitySignature(envelope, identity, trustedRoot);
      entries.push(entryOf(identity));
    } catch (error) {
      refusal = error;
    }
  }
  const [first] = named;
  if (first === undefined || entries.length === 0) throw refusal;
  return { signer: identityId(first), entries };
}

function stranger(who: string): GreenticError {
  return new GreenticError('trust/threshold', `${who} is not among those trusted for this.`);
}
