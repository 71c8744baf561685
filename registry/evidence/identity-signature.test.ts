import { type Digest, type ErrorCode, type Statement, statementAbout, type TrustedIdentity } from '@greentic/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { type KeylessBundle, SigstoreSample } from '../testing/sigstore-sample.ts';
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
beforeAll(async () => {
  sigstore = await SigstoreSample.create();
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

  test('is a stranger’s to whoever believes keys only', async () => {
    const bundle = JSON.stringify(await sigstore.sign(statement));
    expect(() => verifyEvidence(bundle, { keys: [] })).toThrow(code('trust/threshold'));
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
