import {
  decodeTrustRoot,
  type EnvironmentName,
  generateKeyPair,
  type KeyPair,
  signStatement,
  type TrustedKey,
  type TrustRoot,
} from '@greentic/core';
import type { AttackCase } from '../testing/attack.ts';
import { daysLater, sampleTrustRoot, T0, trusted } from '../testing/sample-registry.ts';
import {
  decodeSignedTrustRoot,
  digestOfRoot,
  encodeSignedTrustRoot,
  type SignedTrustRoot,
  signTrustRoot,
  statementOfRoot,
} from '../trust-root/signed-trust-root.ts';
import { assertSuccession } from '../trust-root/succession.ts';

/** Owners of the trust root, and a stranger. */
const [ada, bob, cyd, eve] = [31, 32, 33, 34].map((n) => generateKeyPair(new Uint8Array(32).fill(n))) as [
  KeyPair,
  KeyPair,
  KeyPair,
  KeyPair,
];

const ENVIRONMENT = 'local' as EnvironmentName;
const owners = (threshold: number, ...keys: KeyPair[]) => ({ keys: keys.map(trusted), threshold });

/** The trust root in force: ada, bob and cyd own it, and two of them have to sign. */
export const IN_FORCE = sampleTrustRoot(
  '/registry',
  { signed: 1 },
  {
    version: 4,
    owners: owners(2, ada, bob, cyd),
    approvers: 'none',
    issued: T0.toISOString(),
    policy: { coolDown: 24, noDowngrade: true },
  },
);

/** The next version, with some of it changed. */
export function next(changes: Partial<TrustRoot> = {}, former: TrustRoot = IN_FORCE): TrustRoot {
  return { ...former, version: former.version + 1, ...changes };
}

/** The next version with the signatures of some. */
export function signedBy(keys: readonly KeyPair[], root: TrustRoot = next(), former: TrustRoot | undefined = IN_FORCE) {
  const blank: SignedTrustRoot = {
    schema: 'greentic.signed-trust-root/1',
    ...(former === undefined ? {} : { former }),
    root,
    signatures: [],
  };
  return keys.reduce((signed, { secretKey }) => signTrustRoot(signed, secretKey), blank);
}

/** Puts what is in a file in force, as the environment would. */
export function enforce(bytes: string | Uint8Array, former: TrustRoot | undefined = IN_FORCE, now = T0): string[] {
  const { root, former: base, signatures } = decodeSignedTrustRoot(Buffer.from(bytes));
  return assertSuccession({ environment: ENVIRONMENT, former, root, previous: digestOfRoot(base), signatures, now });
}

/** What two owners signed, with the text of the file changed afterwards. */
const edited = (edit: (text: string) => string) => () =>
  enforce(edit(encodeSignedTrustRoot(signedBy([ada, bob], next({ policy: { coolDown: 48, noDowngrade: true } })))));

/** What two owners signed, with the root changed afterwards. */
const swapped = (changes: Partial<TrustRoot>) => () => {
  const signed = signedBy([ada, bob]);
  return enforce(encodeSignedTrustRoot({ ...signed, root: { ...signed.root, ...changes } }));
};

const put =
  (keys: readonly KeyPair[], changes: Partial<TrustRoot> = {}) =>
  () =>
    enforce(encodeSignedTrustRoot(signedBy(keys, next(changes))));

/** A trust root as bytes nobody would write. */
const malformed = (changes: object) => () =>
  decodeTrustRoot(Buffer.from(`${JSON.stringify({ ...IN_FORCE, ...changes })}\n`));

const conformance = (keys: readonly Partial<TrustedKey>[], threshold = 1) =>
  malformed({ conformance: { keys, threshold } });
const raw = (hex: string) => Buffer.from(hex, 'hex').toString('base64');

/** An attack on the trust root of an environment. */
export interface TrustRootAttack extends AttackCase {
  attack(): unknown;
}

/** Somebody wants to be believed, or a check to be gone, without the owners. */
export const TRUST_ROOT_ATTACKS: readonly TrustRootAttack[] = [
  { name: 'the version in force again', code: 'trust/root-rollback', attack: put([ada, bob], { version: 4 }) },
  { name: 'an older version', code: 'trust/root-rollback', attack: put([ada, bob], { version: 3 }) },
  { name: 'a version left out', code: 'trust/root-rollback', attack: put([ada, bob], { version: 6 }) },
  {
    name: 'a signed document of an earlier time, replayed',
    code: 'trust/root-rollback',
    attack: () => {
      const before = { ...IN_FORCE, version: 3 };
      return enforce(encodeSignedTrustRoot(signedBy([ada, bob], next({}, before), before)));
    },
  },
  {
    name: 'a signed document of the same version from another history',
    code: 'trust/root-rollback',
    attack: () => {
      const elsewhere = { ...IN_FORCE, policy: {} };
      return enforce(encodeSignedTrustRoot(signedBy([ada, bob], next(), elsewhere)));
    },
  },
  {
    name: 'a signed document from another history, its history cut off',
    code: 'trust/signature-invalid',
    attack: () => {
      const signed = signedBy([ada, bob], next(), { ...IN_FORCE, policy: {} });
      return enforce(encodeSignedTrustRoot({ ...signed, former: IN_FORCE }));
    },
  },
  {
    name: 'a signed document for another environment',
    code: 'trust/root-invalid',
    attack: put([ada, bob], { environment: 'prod' as EnvironmentName }),
  },
  {
    name: 'a signed document for another environment, renamed',
    code: 'trust/signature-invalid',
    attack: () => {
      const signed = signedBy([ada, bob], next({ environment: 'prod' as EnvironmentName }));
      return enforce(encodeSignedTrustRoot({ ...signed, root: next() }));
    },
  },
  { name: 'an expired one', code: 'trust/root-expired', attack: put([ada, bob], { expires: T0.toISOString() }) },
  {
    name: 'one from the future',
    code: 'trust/clock-skew',
    attack: put([ada, bob], { issued: daysLater(1).toISOString() }),
  },
  {
    name: 'one dated before the one in force',
    code: 'trust/clock-skew',
    attack: put([ada, bob], { issued: daysLater(-1).toISOString() }),
  },
  {
    name: 'one whose date was taken away',
    code: 'trust/clock-skew',
    attack: () => {
      const { issued: _, ...undated } = next();
      return enforce(encodeSignedTrustRoot(signedBy([ada, bob], undated)));
    },
  },
  { name: 'no signature where there are owners', code: 'trust/root-unsigned', attack: put([]) },
  { name: 'the signature of one owner of two', code: 'trust/threshold', attack: put([ada]) },
  {
    name: 'the signatures of those it names as owners only',
    code: 'trust/threshold',
    attack: put([eve], { owners: owners(1, eve) }),
  },
  {
    name: 'the signature of an owner in force and of a new one',
    code: 'trust/threshold',
    attack: put([ada, eve], { owners: owners(1, eve) }),
  },
  {
    name: 'new owners who did not sign',
    code: 'trust/threshold',
    attack: put([ada, bob], { owners: owners(1, eve) }),
  },
  {
    name: 'fewer new owners than they themselves ask for',
    code: 'trust/threshold',
    attack: put([ada, bob], { owners: owners(3, ada, bob, cyd) }),
  },
  {
    name: 'a lower threshold, signed by no more than that',
    code: 'trust/threshold',
    attack: put([ada], { owners: owners(1, ada, bob, cyd) }),
  },
  {
    name: 'the owners taken away without their signatures',
    code: 'trust/root-unsigned',
    attack: () => {
      const { owners: _, ...free } = next({ class: 'local' });
      return enforce(encodeSignedTrustRoot(signedBy([], free)));
    },
  },
  {
    name: 'the signature of an owner who was removed before',
    code: 'trust/threshold',
    attack: () => {
      const former = next({ owners: owners(2, ada, bob) });
      const root = next({}, former);
      const statement = statementOfRoot(root, digestOfRoot(former));
      const bundle = JSON.parse(signStatement(statement, cyd.secretKey)) as {
        dsseEnvelope: { signatures: [{ sig: string }] };
      };
      const [{ sig }] = bundle.dsseEnvelope.signatures;
      const { signatures, ...rest } = signedBy([ada], root, former);
      return enforce(
        encodeSignedTrustRoot({ ...rest, signatures: [...signatures, { keyId: cyd.keyId, sig }] }),
        former,
      );
    },
  },
  {
    name: 'one owner’s signature twice',
    code: 'trust/root-invalid',
    attack: () => {
      const signed = signedBy([ada]);
      return enforce(`${JSON.stringify({ ...signed, signatures: [...signed.signatures, ...signed.signatures] })}\n`);
    },
  },
  {
    name: 'one owner’s signature under the name of another as well',
    code: 'trust/signature-invalid',
    attack: () => {
      const { signatures, ...rest } = signedBy([ada]);
      const again = signatures.map((signature) => ({ ...signature, keyId: bob.keyId }));
      return enforce(encodeSignedTrustRoot({ ...rest, signatures: [...signatures, ...again] }));
    },
  },
  {
    name: 'a stranger’s signature beside enough of owners',
    code: 'trust/threshold',
    attack: () => {
      const { signatures, ...rest } = signedBy([ada, bob]);
      const stranger = { keyId: eve.keyId, sig: Buffer.alloc(64, 7).toString('base64') };
      return enforce(encodeSignedTrustRoot({ ...rest, signatures: [...signatures, stranger] }));
    },
  },
  {
    name: 'a protected environment’s first trust root without owners',
    code: 'trust/root-invalid',
    attack: () => {
      const root = sampleTrustRoot('/registry', {}, { approvers: 'none' });
      return assertSuccession({ environment: ENVIRONMENT, former: undefined, root, now: T0 });
    },
  },
  {
    name: 'a protected environment that does not say who approves',
    code: 'trust/root-invalid',
    attack: () => {
      const { approvers: _, ...silent } = next();
      return enforce(encodeSignedTrustRoot(signedBy([ada, bob], silent)));
    },
  },
  {
    name: 'a first trust root that its own owners did not sign',
    code: 'trust/root-unsigned',
    attack: () => {
      const root = { ...IN_FORCE, version: 1 };
      return assertSuccession({ environment: ENVIRONMENT, former: undefined, root, now: T0 });
    },
  },
  { name: 'a weaker policy after signing', code: 'trust/signature-invalid', attack: swapped({ policy: {} }) },
  {
    name: 'another policy in the text of the file',
    code: 'trust/signature-invalid',
    attack: edited((text) => text.replace('"coolDown":48', '"coolDown":41')),
  },
  {
    name: 'the pinned root of a registry replaced after signing',
    code: 'trust/signature-invalid',
    attack: swapped({ registries: [{ ...IN_FORCE.registries[0], root: { signed: 2 } }] as TrustRoot['registries'] }),
  },
  {
    name: 'a publisher’s key replaced after signing',
    code: 'trust/signature-invalid',
    attack: swapped({ publishers: [{ namespace: 'acme', ...owners(1, eve) }] as TrustRoot['publishers'] }),
  },
  {
    name: 'a longer life after signing',
    code: 'trust/signature-invalid',
    attack: swapped({ expires: daysLater(9999).toISOString() }),
  },
  { name: 'another class after signing', code: 'trust/signature-invalid', attack: swapped({ class: 'local' }) },
  { name: 'bytes that are not canonical', code: 'trust/root-invalid', attack: edited((text) => ` ${text}`) },
  { name: 'a field nobody knows', code: 'trust/root-invalid', attack: malformed({ insecure: true }) },
  {
    name: 'a field of the policy nobody knows',
    code: 'trust/root-invalid',
    attack: malformed({ policy: { skip: true } }),
  },
  {
    name: 'a kind of evidence nobody knows',
    code: 'trust/root-invalid',
    attack: malformed({ policy: { requiredEvidence: { vibes: 1 } } }),
  },
  {
    name: 'evidence of no signers',
    code: 'trust/root-invalid',
    attack: malformed({ policy: { requiredEvidence: { sbom: 0 } } }),
  },
  {
    name: 'owners nobody has to be',
    code: 'trust/root-invalid',
    attack: malformed({ owners: { keys: [], threshold: 0 } }),
  },
  { name: 'a threshold of no owner', code: 'trust/root-invalid', attack: malformed({ owners: owners(0, ada) }) },
  { name: 'a threshold above the owners', code: 'trust/root-invalid', attack: malformed({ owners: owners(2, ada) }) },
  {
    name: 'a threshold above the approvers',
    code: 'trust/root-invalid',
    attack: malformed({ approvers: owners(2, ada) }),
  },
  { name: 'one owner listed twice', code: 'trust/root-invalid', attack: malformed({ owners: owners(2, ada, ada) }) },
  {
    name: 'a key under another’s id',
    code: 'trust/root-invalid',
    attack: conformance([{ keyId: ada.keyId, publicKey: eve.publicKey }]),
  },
  {
    name: 'a key of small order',
    code: 'trust/root-invalid',
    attack: conformance([{ keyId: ada.keyId, publicKey: raw('01'.padEnd(64, '0')) }]),
  },
  {
    name: 'a key in another spelling',
    code: 'trust/root-invalid',
    attack: conformance([{ keyId: ada.keyId, publicKey: raw(`ee${'f'.repeat(60)}7f`) }]),
  },
];

/** Owners whose signatures are enough. */
export const ENOUGH = [ada, bob] as const;

/** A former owner, and one to come. */
export const CHANGE_OF_OWNERS = { leaving: cyd, coming: eve } as const;
