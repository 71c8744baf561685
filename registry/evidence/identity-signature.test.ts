import { type Digest, type ErrorCode, type Statement, statementAbout, type TrustedIdentity } from '@greentic/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { type KeylessBundle, type KeylessOptions, SigstoreSample } from '../testing/sigstore-sample.ts';
import { verifyEvidence } from './verified-statement.ts';

const digest = `sha256:${'ab'.repeat(32)}` as Digest;
const statement: Statement = statementAbout({ name: 'acme.state.redis', digest }, 'https://example.com/release/v1', {
  version: '1.2.3',
});
const identity: TrustedIdentity = {
  issuer: 'https://issuer.example',
  subjectAlternativeName: 'https://ci.example/acme/packs',
  trustedRoot: 'sample',
};
const SOURCE = '1.3.6.1.4.1.57264.1.12';
const LEGACY_SOURCE = '1.3.6.1.4.1.57264.1.5';

let sigstore: SigstoreSample;
let other: SigstoreSample;
beforeAll(async () => {
  [sigstore, other] = await Promise.all([SigstoreSample.create(), SigstoreSample.create()]);
});

const code = (value: ErrorCode) => expect.objectContaining({ code: value });

/** Verifies as somebody does who believes one identity under the sample's root. */
function verify(bundle: KeylessBundle, identities: TrustedIdentity[] = [identity], root = sigstore.trustedRoot()) {
  return verifyEvidence(JSON.stringify(bundle), { keys: [], identities, trustedRoots: [root] });
}

describe('evidence signed with a certificate', () => {
  test('is believed when certificate, log and time hold and the identity is the one trusted', async () => {
    const bundle = await sigstore.sign(statement);
    const verified = verify(bundle);
    expect(verified.statement).toEqual(statement);
    expect(verified.signer).toBe('https://ci.example/acme/packs (https://issuer.example)');
  });

  test('needs no log when the root asks for none and a clock signed the time', async () => {
    const root = sigstore.trustedRoot('sample', { log: 0 });
    expect(verify(await sigstore.sign(statement, { log: false, timestamp: true }), [identity], root).statement).toEqual(
      statement,
    );
  });

  test('counts as each entry whose every condition it meets, and as no other', async () => {
    const strict = { ...identity, extensions: { [SOURCE]: 'https://code.example/acme' } };
    const stricter = { ...identity, extensions: { ...strict.extensions, [LEGACY_SOURCE]: 'acme/packs' } };
    const bundle = await sigstore.sign(statement, {
      extensions: [{ oid: SOURCE, value: 'https://code.example/acme' }],
    });
    expect(verify(bundle, [identity, strict, stricter]).entries).toHaveLength(2);
    const both = await sigstore.sign(statement, {
      extensions: [
        { oid: SOURCE, value: 'https://code.example/acme' },
        { oid: LEGACY_SOURCE, value: 'acme/packs', legacy: true },
      ],
    });
    expect(verify(both, [stricter]).entries).toHaveLength(1);
  });

  const named: [what: string, options: KeylessOptions, trusted?: Partial<TrustedIdentity>][] = [
    ['another issuer', { issuer: 'https://issuer.example.evil' }],
    ['an issuer with something before it', { issuer: 'https://evil/https://issuer.example' }],
    ['an issuer in other letters', { issuer: 'https://ISSUER.example' }],
    ['another name', { subjectAlternativeName: 'https://ci.example/evil/packs' }],
    ['a name that begins as the trusted one', { subjectAlternativeName: 'https://ci.example/acme/packs-evil' }],
    ['a name that ends as the trusted one', { subjectAlternativeName: 'https://evil/https://ci.example/acme/packs' }],
    ['a name that the trusted one matches as a pattern', { subjectAlternativeName: 'https://ciXexample/acme/packs' }],
    ['any name, when the trusted one would be a pattern', {}, { subjectAlternativeName: 'https://ci.example/.*' }],
    ['any name, when the trusted one is part of it', {}, { subjectAlternativeName: '://' }],
    [
      'an e-mail address written as a URI',
      { subjectAlternativeName: 'me@x.example' },
      { subjectAlternativeName: 'me@x.example' },
    ],
    [
      'another extension',
      { extensions: [{ oid: SOURCE, value: 'https://code.example/evil' }] },
      { extensions: { [SOURCE]: 'https://code.example/acme' } },
    ],
    ['no extension where one is asked', {}, { extensions: { [SOURCE]: 'https://code.example/acme' } }],
    [
      'an extension of another encoding',
      { extensions: [{ oid: SOURCE, value: 'acme', legacy: true }] },
      { extensions: { [SOURCE]: 'acme' } },
    ],
  ];
  test.each(named)('of %s is nobody’s', async (_, options, trusted = {}) => {
    const bundle = await sigstore.sign(statement, options);
    expect(() => verify(bundle, [{ ...identity, ...trusted }])).toThrow(code('trust/threshold'));
  });

  const forged: [what: string, code: ErrorCode, forge: () => Promise<KeylessBundle>][] = [
    ['the certificate of another authority', 'trust/certificate-invalid', () => other.sign(statement)],
    [
      'a certificate that had expired when it was logged',
      'trust/certificate-invalid',
      () => sigstore.sign(statement, { minutesLater: 11 }),
    ],
    ['neither log entry nor time', 'trust/log-invalid', () => sigstore.sign(statement, { log: false })],
    ['a time and no log entry', 'trust/log-invalid', () => sigstore.sign(statement, { log: false, timestamp: true })],
    [
      'the time of another signature',
      'trust/log-invalid',
      async () => {
        const timed = await sigstore.sign(statement, { timestamp: true });
        return altered(await sigstore.sign(statement), (bundle) => {
          bundle.verificationMaterial.timestampVerificationData = timed.verificationMaterial.timestampVerificationData;
        });
      },
    ],
    [
      'the log entry of another signature',
      'trust/log-invalid',
      async () => {
        const logged = await sigstore.sign(statement);
        return altered(await sigstore.sign(statement), (bundle) => {
          bundle.verificationMaterial.tlogEntries = logged.verificationMaterial.tlogEntries;
        });
      },
    ],
    [
      'a log entry whose time was changed',
      'trust/log-invalid',
      async () =>
        altered(await sigstore.sign(statement), (bundle) => {
          for (const entry of bundle.verificationMaterial.tlogEntries)
            entry.integratedTime = String(Number(entry.integratedTime) + 1);
        }),
    ],
    [
      'a log entry with another tree in its checkpoint',
      'trust/log-invalid',
      async () =>
        altered(await sigstore.sign(statement), (bundle) => {
          for (const { inclusionProof } of bundle.verificationMaterial.tlogEntries) {
            const { checkpoint } = inclusionProof;
            checkpoint.envelope = checkpoint.envelope.replace(/\n1\n/, '\n2\n');
          }
        }),
    ],
    [
      'one log entry twice, for a root that asks for two',
      'trust/log-invalid',
      async () =>
        altered(await sigstore.sign(statement), (bundle) => {
          const { tlogEntries } = bundle.verificationMaterial;
          bundle.verificationMaterial.tlogEntries = [...tlogEntries, ...tlogEntries];
        }),
    ],
    [
      'a log entry that lost its promise, and with it the only time',
      'trust/log-invalid',
      async () =>
        altered(await sigstore.sign(statement), (bundle) => {
          for (const entry of bundle.verificationMaterial.tlogEntries) delete entry.inclusionPromise;
        }),
    ],
    [
      'another payload',
      'trust/log-invalid',
      async () =>
        altered(await sigstore.sign(statement), (bundle) => {
          const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString().replace('1.2.3', '1.2.4');
          bundle.dsseEnvelope.payload = Buffer.from(payload).toString('base64');
        }),
    ],
  ];
  test.each(forged)('with %s is refused with %s', async (what, refusal, forge) => {
    const bundle = await forge();
    const root = sigstore.trustedRoot('sample', what.includes('two') ? { log: 2 } : {});
    expect(() => verify(bundle, [identity], root)).toThrow(code(refusal));
  });

  test('whose log nobody looks at is still refused for a wrong signature', async () => {
    const root = sigstore.trustedRoot('sample', { log: 0 });
    const bundle = altered(await sigstore.sign(statement, { log: false, timestamp: true }), (changed) => {
      const payload = Buffer.from(changed.dsseEnvelope.payload, 'base64').toString().replace('1.2.3', '1.2.4');
      changed.dsseEnvelope.payload = Buffer.from(payload).toString('base64');
    });
    expect(() => verify(bundle, [identity], root)).toThrow(code('trust/signature-invalid'));
  });

  test('of an authority that promised no log its certificate is refused where the root asks for the promise', async () => {
    const root = sigstore.trustedRoot('sample', { certificateLog: 2 });
    const bundle = await sigstore.sign(statement);
    expect(() => verify(bundle, [identity], root)).toThrow(code('trust/certificate-invalid'));
  });

  test('is a stranger’s to whoever believes keys only', async () => {
    const bundle = JSON.stringify(await sigstore.sign(statement));
    expect(() => verifyEvidence(bundle, { keys: [] })).toThrow(code('trust/threshold'));
  });

  test('that is no certificate is refused with trust/envelope-invalid', async () => {
    const bundle = altered(await sigstore.sign(statement), (changed) => {
      changed.verificationMaterial.certificate.rawBytes = Buffer.from('no certificate').toString('base64');
    });
    expect(() => verify(bundle)).toThrow(code('trust/envelope-invalid'));
  });

  test.each([
    ['no object', 'root'],
    ['of another type', { ...{}, mediaType: 'application/json' }],
    ['without authorities', { mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' }],
  ])('cannot be checked against a trusted root that is %s', async (_, root) => {
    const bundle = await sigstore.sign(statement);
    expect(() => verify(bundle, [identity], { ...sigstore.trustedRoot(), root })).toThrow(code('trust/root-invalid'));
  });
});

function altered(bundle: KeylessBundle, change: (bundle: KeylessBundle) => void): KeylessBundle {
  const copy = structuredClone(bundle);
  change(copy);
  return copy;
}
