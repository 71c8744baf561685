import type { TrustedIdentity, TrustRoot } from '@greentic/core';
import { publishStatement } from '../evidence/publish-predicate.ts';
import type { AttackCase } from '../testing/attack.ts';
import type { Offering } from '../testing/evidence-forge.ts';
import type { Wild } from '../testing/index-forge.ts';
import { KEYS, kitEvidence, samplePack } from '../testing/sample-registry.ts';
import type { KeylessOptions, SigstoreSample } from '../testing/sigstore-sample.ts';

/** An authority that the environment believes, and another that it does not. */
export interface Authorities {
  readonly sound: SigstoreSample;
  readonly other: SigstoreSample;
}

/** A publication signed with a certificate that does not say what it seems to. */
export interface BundleAttack extends AttackCase {
  forge(authorities: Authorities): Promise<Offering>;
}

const pack = samplePack();
const { name, version, digest } = pack;
const statement = publishStatement({ name, version, digest, kind: 'state', contract: 1 });
const ISSUER = 'https://issuer.example';
const NAME = 'https://ci.example/acme/packs';
const SOURCE = '1.3.6.1.4.1.57264.1.12';
const ci: TrustedIdentity = { issuer: ISSUER, subjectAlternativeName: NAME, trustedRoot: 'sample' };

type Thresholds = Partial<NonNullable<TrustRoot['trustedRoots']>[number]['thresholds']>;

/** What is offered to an environment that believes one identity under the sample's root. */
export function offered(
  bundle: unknown,
  { sound }: Authorities,
  identity: Partial<TrustedIdentity> = {},
  thresholds: Thresholds = {},
): Offering {
  return {
    evidence: [JSON.stringify(bundle), kitEvidence(pack)],
    trust: {
      publishers: [{ namespace: 'acme', keys: [], identities: [{ ...ci, ...identity }], threshold: 1 }],
      trustedRoots: [sound.trustedRoot('sample', thresholds)],
    },
  };
}

/** A sound bundle, as whoever is believed signs it. */
export function signed({ sound }: Authorities, options: KeylessOptions = {}): Promise<Wild> {
  return sound.sign(statement, options);
}

/** Somebody whose certificate is sound, and who is not the one believed. */
const named = (what: string, options: KeylessOptions, identity: Partial<TrustedIdentity> = {}): BundleAttack => ({
  name: `a certificate of ${what}`,
  code: 'trust/threshold',
  forge: async (authorities) => offered(await signed(authorities, options), authorities, identity),
});
const issued = (what: string, issuer: string) => named(what, { issuer });
const spelled = (what: string, subjectAlternativeName: string) => named(what, { subjectAlternativeName });
const extended = { extensions: { [SOURCE]: 'https://code.example/acme' } };

const NAMES: readonly BundleAttack[] = [
  issued('another issuer', `${ISSUER}.evil`),
  issued('an issuer with something before it', `https://evil/${ISSUER}`),
  issued('an issuer in other letters', 'https://ISSUER.example'),
  issued('an issuer with a slash behind it', `${ISSUER}/`),
  issued('an issuer with a zero behind it', `${ISSUER}\0.evil`),
  issued('no issuer', ''),
  spelled('another name', 'https://ci.example/evil/packs'),
  spelled('a name that begins as the believed one', `${NAME}-evil`),
  spelled('a name that ends as the believed one', `https://evil/${NAME}`),
  spelled('a name that the believed one matches as a pattern', 'https://ciXexample/acme/packs'),
  spelled('a name in capitals', NAME.toUpperCase()),
  spelled('a name whose host is in capitals', NAME.replace('ci.example', 'CI.example')),
  spelled('a name with a slash behind it', `${NAME}/`),
  spelled('a name with a zero behind it', `${NAME}\0.evil`),
  spelled('a name with a line break before it', `evil\n${NAME}`),
  spelled('a name in percents', NAME.replace('acme', '%61cme')),
  spelled('a name with another host before it', NAME.replace('ci.example', 'ci.example@evil.example')),
  spelled('a name that climbs to it', NAME.replace('/acme', '/evil/../acme')),
  spelled('a name without encryption', NAME.replace('https', 'http')),
  spelled('two names in one', `${NAME},https://evil.example`),
  named('any name, where the believed one would be a pattern', {}, { subjectAlternativeName: 'https://ci.example/.*' }),
  named('any name, where the believed one is part of it', {}, { subjectAlternativeName: '://' }),
  named(
    'an e-mail address written as a URI',
    { subjectAlternativeName: 'me@x.example' },
    { subjectAlternativeName: 'me@x.example' },
  ),
  named(
    'another source than the one asked for',
    { extensions: [{ oid: SOURCE, value: 'https://code.example/evil' }] },
    extended,
  ),
  named('no source where one is asked for', {}, extended),
  named(
    'a source in another encoding',
    { extensions: [{ oid: SOURCE, value: 'https://code.example/acme', legacy: true }] },
    extended,
  ),
  named(
    'two sources, one of which is asked for',
    {
      extensions: ['https://code.example/acme', 'https://code.example/evil'].map((value) => ({ oid: SOURCE, value })),
    },
    extended,
  ),
];

/** A sound bundle with some of it changed by somebody who has no key, or has another bundle too. */
const changed = (
  what: string,
  code: AttackCase['code'],
  edit: (bundle: Wild, another: Wild) => unknown,
  options: KeylessOptions = {},
  thresholds: Thresholds = {},
): BundleAttack => ({
  name: what,
  code,
  forge: async (authorities) => {
    const [bundle, another] = await Promise.all([signed(authorities, options), signed(authorities, options)]);
    edit(bundle, another);
    return offered(bundle, authorities, {}, thresholds);
  },
});

const UNCERTAIN = 'trust/certificate-invalid';
const UNSEEN = 'trust/log-invalid';
const MALFORMED = 'trust/envelope-invalid';
const CLOCK = { log: 0 };
const TIMED = { log: false, timestamp: true };

/** Changes the certificate’s bytes. */
const inCertificate = (what: string, code: AttackCase['code'], edit: (der: Buffer) => Buffer): BundleAttack =>
  changed(what, code, ({ verificationMaterial: { certificate } }) => {
    certificate.rawBytes = edit(Buffer.from(certificate.rawBytes, 'base64')).toString('base64');
  });

/** Puts something else of the same length in a certificate’s bytes. */
function replaced(der: Buffer, from: string, to: string): Buffer {
  const at = der.indexOf(from);
  if (at < 0 || from.length !== to.length) throw new Error(`The certificate does not name ${from}.`);
  return Buffer.concat([der.subarray(0, at), Buffer.from(to), der.subarray(at + from.length)]);
}

function flipped(der: Buffer, fromEnd: number): Buffer {
  const bytes = Buffer.from(der);
  const at = bytes.byteLength - fromEnd;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}

const CERTIFICATES: readonly BundleAttack[] = [
  {
    name: 'the certificate of another authority',
    code: UNCERTAIN,
    forge: async (authorities) => offered(await authorities.other.sign(statement), authorities),
  },
  {
    name: 'a stranger’s certificate with the believed name put in',
    code: UNCERTAIN,
    forge: async (authorities) => {
      const bundle = await signed(authorities, { subjectAlternativeName: NAME.replace('acme', 'evil') });
      const { certificate } = bundle.verificationMaterial;
      const der = replaced(Buffer.from(certificate.rawBytes, 'base64'), 'ci.example/evil', 'ci.example/acme');
      certificate.rawBytes = der.toString('base64');
      return offered(bundle, authorities);
    },
  },
  {
    name: 'the authority’s own certificate',
    code: 'trust/threshold',
    forge: async (authorities) => {
      const bundle = await signed(authorities);
      const { root } = authorities.sound.trustedRoot();
      bundle.verificationMaterial.certificate = (root as Wild).certificateAuthorities[0].certChain.certificates[0];
      return offered(bundle, authorities);
    },
  },
  inCertificate('a certificate with the last bit of its signature changed', UNCERTAIN, (der) => flipped(der, 1)),
  inCertificate('a certificate with its issuer’s name changed', 'trust/threshold', (der) =>
    replaced(der, ISSUER, ISSUER.replace('issuer', 'IsSuer')),
  ),
  inCertificate('a certificate that is cut off', MALFORMED, (der) => der.subarray(0, -1)),
  inCertificate('a certificate that is empty', MALFORMED, () => Buffer.alloc(0)),
  inCertificate('a certificate that is none', MALFORMED, () => Buffer.from('no certificate')),
  inCertificate('a certificate in text', MALFORMED, (der) =>
    Buffer.from(`-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`),
  ),
  changed('a chain of certificates in place of one', MALFORMED, ({ verificationMaterial: material }) => {
    material.x509CertificateChain = { certificates: [material.certificate] };
    delete material.certificate;
  }),
  changed('a key beside the certificate', MALFORMED, ({ verificationMaterial: material }) => {
    material.publicKey = { hint: KEYS.acme.keyId };
  }),
  changed('a signature with a certificate that names a key as well', MALFORMED, ({ dsseEnvelope }) => {
    dsseEnvelope.signatures[0].keyid = KEYS.acme.keyId;
  }),
  changed(
    'a certificate that no log of certificates promised often enough',
    UNCERTAIN,
    () => {},
    {},
    { certificateLog: 2 },
  ),
  changed('a certificate that had expired when it was used', UNCERTAIN, () => {}, { minutesLater: 11 }),
  changed('a certificate that was used before it was issued', UNCERTAIN, () => {}, { minutesLater: -5 }),
  changed(
    'a certificate of another signature',
    'trust/signature-invalid',
    ({ verificationMaterial: material }, another) => (material.certificate = another.verificationMaterial.certificate),
  ),
  changed(
    'a certificate of another signature, where nobody asks for a log',
    'trust/signature-invalid',
    ({ verificationMaterial: material }, another) => (material.certificate = another.verificationMaterial.certificate),
    TIMED,
    CLOCK,
  ),
];

/** Changes the one log entry. */
const inEntry = (
  what: string,
  edit: (entry: Wild, another: Wild) => unknown,
  code: AttackCase['code'] = UNSEEN,
): BundleAttack =>
  changed(`a log entry ${what}`, code, ({ verificationMaterial }, another) =>
    edit(verificationMaterial.tlogEntries[0], another.verificationMaterial.tlogEntries[0]),
  );

const LOGS: readonly BundleAttack[] = [
  changed('neither log entry nor time', UNSEEN, () => {}, { log: false }),
  changed('a time and no log entry', UNSEEN, () => {}, TIMED),
  changed('a log entry and no time, where a clock is asked for as well', UNSEEN, () => {}, {}, { timestamp: 2 }),
  changed(
    'the log entry of another signature',
    UNSEEN,
    ({ verificationMaterial: material }, another) => (material.tlogEntries = another.verificationMaterial.tlogEntries),
  ),
  changed(
    'one log entry twice, where two are asked for',
    UNSEEN,
    ({ verificationMaterial: { tlogEntries } }) => tlogEntries.push(tlogEntries[0]),
    {},
    { log: 2 },
  ),
  changed('a sound log entry with that of another signature behind it', UNSEEN, ({ verificationMaterial }, another) =>
    verificationMaterial.tlogEntries.push(another.verificationMaterial.tlogEntries[0]),
  ),
  inEntry('with a later time', (entry) => (entry.integratedTime = String(Number(entry.integratedTime) + 1))),
  inEntry(
    'with a time before its certificate',
    (entry) => (entry.integratedTime = String(Number(entry.integratedTime) - 1)),
    UNCERTAIN,
  ),
  inEntry('at no time', (entry) => (entry.integratedTime = '0')),
  inEntry('with another place in the log', (entry) => (entry.logIndex = String(Number(entry.logIndex) + 1))),
  inEntry('of another log', (entry) => (entry.logId.keyId = Buffer.alloc(32, 7).toString('base64'))),
  inEntry('of another kind', (entry) => (entry.kindVersion.kind = 'hashedrekord')),
  inEntry(
    'with the content of another',
    (entry, { canonicalizedBody }) => (entry.canonicalizedBody = canonicalizedBody),
  ),
  inEntry('with the promise of another', (entry, { inclusionPromise }) => (entry.inclusionPromise = inclusionPromise)),
  inEntry('that lost its promise, and with it the only time', (entry) => delete entry.inclusionPromise),
  inEntry('that lost its proof', (entry) => delete entry.inclusionProof, MALFORMED),
  inEntry('with another tree in its checkpoint', ({ inclusionProof: { checkpoint } }) => {
    checkpoint.envelope = checkpoint.envelope.replace(/\n1\n/, '\n2\n');
  }),
  inEntry('with a checkpoint that nobody signed', ({ inclusionProof: { checkpoint } }) => {
    checkpoint.envelope = checkpoint.envelope.split('\n\n')[0];
  }),
  inEntry('with the checkpoint of another', ({ inclusionProof }, another) => {
    inclusionProof.checkpoint = another.inclusionProof.checkpoint;
  }),
  inEntry('with a proof longer than its tree', ({ inclusionProof }) => {
    inclusionProof.hashes = [Buffer.alloc(32, 7).toString('base64')];
  }),
];

const TIMES: readonly BundleAttack[] = [
  changed(
    'the time of another signature',
    UNSEEN,
    ({ verificationMaterial: material }, another) => {
      material.timestampVerificationData = another.verificationMaterial.timestampVerificationData;
    },
    TIMED,
    CLOCK,
  ),
  changed(
    'one time twice, where two are asked for',
    UNSEEN,
    ({
      verificationMaterial: {
        timestampVerificationData: { rfc3161Timestamps: times },
      },
    }) => times.push(times[0]),
    TIMED,
    { log: 0, timestamp: 2 },
  ),
  changed(
    'times without end',
    MALFORMED,
    ({ verificationMaterial: { timestampVerificationData: data } }) => {
      data.rfc3161Timestamps = Array(17).fill(data.rfc3161Timestamps[0]);
    },
    TIMED,
    CLOCK,
  ),
  {
    name: 'the time of a clock that nobody believes',
    code: UNSEEN,
    forge: async (authorities) => {
      const { sound, other } = authorities;
      const offering = offered(await other.sign(statement, TIMED), authorities, {}, CLOCK);
      const believed = sound.trustedRoot('sample', CLOCK);
      const root = {
        ...(other.trustedRoot().root as object),
        timestampAuthorities: (believed.root as Wild).timestampAuthorities,
      };
      return { ...offering, trust: { ...offering.trust, trustedRoots: [{ ...believed, root }] } };
    },
  },
  changed(
    'a payload that was changed after its time',
    'trust/signature-invalid',
    ({ dsseEnvelope }) => {
      const text = Buffer.from(dsseEnvelope.payload, 'base64').toString().replace('1.0.0', '1.0.1');
      dsseEnvelope.payload = Buffer.from(text).toString('base64');
    },
    TIMED,
    CLOCK,
  ),
  changed('a payload that was changed after it was logged', UNSEEN, ({ dsseEnvelope }) => {
    const text = Buffer.from(dsseEnvelope.payload, 'base64').toString().replace('1.0.0', '1.0.1');
    dsseEnvelope.payload = Buffer.from(text).toString('base64');
  }),
];

/** Evidence with a certificate of somebody else, of another time, or that no log or clock saw as it is. */
export const BUNDLE_ATTACKS: readonly BundleAttack[] = [...NAMES, ...CERTIFICATES, ...LOGS, ...TIMES];
