import type { TrustedIdentity } from '@greentic/core';
import type { SignedEntity } from '@sigstore/verify';

/** The certificate of a bundle, as @sigstore/verify has it. */
export type Certificate = Extract<SignedEntity['key'], { $case: 'certificate' }>['certificate'];

const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
/** Fulcio's extensions: https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md */
const FULCIO = '1.3.6.1.4.1.57264.1.';
const ISSUER = `${FULCIO}8`;
const LEGACY_ISSUER = `${FULCIO}1`;

const TAG = { utf8String: 0x0c, sequence: 0x30, email: 0x81, uri: 0x86 } as const;

/**
 * Whether a certificate names exactly this identity. Compares bytes, each extension whole: @sigstore/verify takes names for
 * patterns, and reads them as ASCII by dropping the eighth bit. A certificate with a second name, or an extension twice, names
 * nobody. Says nothing of whether the certificate is to be believed.
 */
export function namesIdentity(certificate: Certificate, identity: TrustedIdentity): boolean {
  const extensions = extensionsOf(certificate);
  const has = (oid: string, value: Buffer) => {
    const values = extensions.filter((extension) => extension.oid === oid).map((extension) => extension.value);
    return values.length === 1 && values[0]?.equals(value) === true;
  };
  const name = identity.subjectAlternativeName;
  const subject = der(TAG.sequence, der(name.includes('://') ? TAG.uri : TAG.email, Buffer.from(name)));
  const issued = extensions.some(({ oid }) => oid === ISSUER)
    ? has(ISSUER, der(TAG.utf8String, Buffer.from(identity.issuer)))
    : has(LEGACY_ISSUER, Buffer.from(identity.issuer));
  const further = Object.entries(identity.extensions ?? {});
  return (
    issued &&
    has(SUBJECT_ALTERNATIVE_NAME, subject) &&
    further.every(([oid, text]) => has(oid, extensionValue(oid, text)))
  );
}

/** Fulcio's first six extensions hold bare text, those after them an UTF8String. */
function extensionValue(oid: string, text: string): Buffer {
  const isBare = oid.startsWith(FULCIO) && /^[1-6]$/.test(oid.slice(FULCIO.length));
  return isBare ? Buffer.from(text) : der(TAG.utf8String, Buffer.from(text));
}

function extensionsOf(certificate: Certificate): { oid: string; value: Buffer }[] {
  return certificate.extensions.map(({ subs }) => ({
    oid: subs[0]?.toOID() ?? '',
    value: subs.at(-1)?.value ?? Buffer.alloc(0),
  }));
}

/** Tag, length and content (X.690 §8.1), for contents of up to 65,535 bytes. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
