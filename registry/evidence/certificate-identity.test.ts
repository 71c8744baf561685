import type { TrustedIdentity } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { type Certificate, namesIdentity } from './certificate-identity.ts';

const NAME = '2.5.29.17';
const ISSUER = '1.3.6.1.4.1.57264.1.8';
const OLD_ISSUER = '1.3.6.1.4.1.57264.1.1';
const issuer = 'https://issuer.example';
const me: TrustedIdentity = { issuer, subjectAlternativeName: 'me@example.com', trustedRoot: 'sample' };

const tlv = (tag: number, ...content: (Buffer | string)[]) => {
  const bytes = Buffer.concat(content.map((part) => Buffer.from(part)));
  const { length } = bytes;
  return Buffer.concat([Buffer.from([tag, ...(length < 128 ? [length] : [0x82, length >> 8, length & 255])]), bytes]);
};
const email = (text: string | Buffer) => tlv(0x81, text);
const uri = (text: string) => tlv(0x86, text);
const names = (...all: Buffer[]) => ({ oid: NAME, value: tlv(0x30, ...all) });
const issuedBy = (text: string | Buffer) => ({ oid: ISSUER, value: tlv(0x0c, text) });

/** A certificate, as far as anybody looks at it here. */
function certificate(...extensions: { oid: string; value: Buffer }[]): Certificate {
  const shaped = extensions.map(({ oid, value }) => ({ subs: [{ toOID: () => oid }, { value }] }));
  return { extensions: shaped } as unknown as Certificate;
}

/** Text whose letters have the eighth bit set: those who read it as ASCII read the trusted text. */
const highBits = (text: string) => Buffer.from(Buffer.from(text).map((byte) => byte | 0x80));

describe('a certificate names an identity', () => {
  test.each([
    ['by e-mail address', certificate(names(email('me@example.com')), issuedBy(issuer)), me],
    [
      'by URI',
      certificate(names(uri('spiffe://example/me')), issuedBy(issuer)),
      { ...me, subjectAlternativeName: 'spiffe://example/me' },
    ],
    [
      'by a name longer than a short length holds',
      certificate(names(uri(`https://${'x'.repeat(300)}`)), issuedBy(issuer)),
      { ...me, subjectAlternativeName: `https://${'x'.repeat(300)}` },
    ],
    [
      'with the issuer where it used to be',
      certificate(names(email('me@example.com')), { oid: OLD_ISSUER, value: Buffer.from(issuer) }),
      me,
    ],
  ])('%s', (_, given, identity) => {
    expect(namesIdentity(given, identity)).toBe(true);
  });
});

describe('a certificate names nobody', () => {
  const name = names(email('me@example.com'));
  test.each([
    ['without a name', certificate(issuedBy(issuer))],
    ['without an issuer', certificate(name)],
    [
      'with a second name after the trusted one',
      certificate(names(email('me@example.com'), email('you@x')), issuedBy(issuer)),
    ],
    [
      'with a second name before the trusted one',
      certificate(names(uri('https://x'), email('me@example.com')), issuedBy(issuer)),
    ],
    ['with two extensions of names', certificate(name, names(email('you@x')), issuedBy(issuer))],
    ['with two issuers', certificate(name, issuedBy(issuer), issuedBy('https://other.example'))],
    [
      'with another issuer in the newer extension',
      certificate(name, issuedBy('https://x'), { oid: OLD_ISSUER, value: Buffer.from(issuer) }),
    ],
    ['with a URI where an address is trusted', certificate(names(uri('me@example.com')), issuedBy(issuer))],
    [
      'with a name that is the trusted one only as ASCII',
      certificate(names(email(highBits('me@example.com'))), issuedBy(issuer)),
    ],
    ['with an issuer that is the trusted one only as ASCII', certificate(name, issuedBy(highBits(issuer)))],
    ['with a zero behind the name', certificate(names(email('me@example.com\0.evil')), issuedBy(issuer))],
    ['with bare text for an issuer', certificate(name, { oid: ISSUER, value: Buffer.from(issuer) })],
  ])('%s', (_, given) => {
    expect(namesIdentity(given, me)).toBe(false);
  });
});
