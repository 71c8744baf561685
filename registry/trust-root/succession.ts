import { assertFresh, type Digest, type EnvironmentName, GreenticError, type TrustRoot } from '@greentic/core';
import { CLOCK_SKEW_MS } from '../admission/rules/age.ts';
import { verifyEvidence } from '../evidence/verified-statement.ts';
import { bundleOf, digestOfRoot, type RootSignature, statementOfRoot } from './signed-trust-root.ts';

/** A trust root that is to take the place of another. */
export interface Succession {
  readonly environment: EnvironmentName;
  /** The trust root in force; undefined for an environment's first. */
  readonly former: TrustRoot | undefined;
  readonly root: TrustRoot;
  /** The one it was made to follow, where that is known. */
  readonly previous?: Digest | undefined;
  readonly signatures?: readonly RootSignature[];
  readonly now: Date;
}

/**
 * Throws unless a trust root may take the place of the one in force: for the same environment, the next version, not expired, not
 * dated before its predecessor or after this machine's clock, and signed by as many owners as the former asks for and as many as
 * the new one asks for (TUF's rule for its root, specification 5.3.4). Gives the keys that signed it. Codes: `trust/root-invalid`,
 * `trust/root-rollback`, `trust/root-expired`, `trust/clock-skew`, `trust/root-unsigned`, `trust/threshold` and
 * `trust/signature-invalid`.
 */
export function assertSuccession(succession: Succession): string[] {
  const { environment, former, root, now } = succession;
  if (root.environment !== environment) {
    throw new GreenticError(
      'trust/root-invalid',
      `This trust root is for ${root.environment}, not for ${environment}.`,
      {
        hint: `Make one for ${environment}: gtc op trust-root init.`,
      },
    );
  }
  assertNext(succession);
  assertFresh(root, now);
  assertDated(former, root, now);
  assertClass(root);
  return assertOwned(succession);
}

function assertNext({ former, root, previous }: Succession): void {
  const version = (former?.version ?? 0) + 1;
  const inForce = digestOfRoot(former);
  const follows = root.version === version && (previous === undefined || previous === inForce);
  if (follows) return;
  const problem =
    root.version === version
      ? `It was made to follow another trust root than the one in force, ${inForce ?? 'which is none'}.`
      : `The next trust root is version ${version}; this one is version ${root.version}.`;
  throw new GreenticError('trust/root-rollback', problem, { details: { expected: version, actual: root.version } });
}

function assertDated(former: TrustRoot | undefined, root: TrustRoot, now: Date): void {
  const issued = root.issued === undefined ? undefined : Date.parse(root.issued);
  if (issued !== undefined && issued > now.getTime() + CLOCK_SKEW_MS) {
    throw new GreenticError('trust/clock-skew', `It was made on ${root.issued}; here it is ${now.toISOString()}.`);
  }
  if (former?.issued === undefined) return;
  if (issued !== undefined && issued >= Date.parse(former.issued)) return;
  throw new GreenticError(
    'trust/clock-skew',
    `It is dated ${root.issued ?? 'nowhere'}, and the one before it ${former.issued}.`,
  );
}

/** What people depend on has owners, and says who approves. */
function assertClass({ class: kind, environment, owners, approvers }: TrustRoot): void {
  if (kind !== 'protected') return;
  if (owners === undefined) {
    throw new GreenticError('trust/root-invalid', `${environment} is protected, and its trust root has no owners.`, {
      hint: 'Name who owns it (--owner <key>, --owners <n> for how many have to sign), or choose --class local.',
    });
  }
  if (approvers === undefined) {
    throw new GreenticError(
      'trust/root-invalid',
      `${environment} is protected, and its trust root does not say who approves.`,
      { hint: 'Name approvers (--approver <key>), or say that nobody has to: --no-approvers.' },
    );
  }
}

/** Both those who owned it and those who are to own it have to sign, each as many as their threshold. */
function assertOwned({ former, root, signatures = [] }: Succession): string[] {
  const roles = [former?.owners, root.owners].filter((owners) => owners !== undefined);
  if (roles.length > 0 && signatures.length === 0) {
    throw new GreenticError(
      'trust/root-unsigned',
      `No owner signed the change of the trust root of ${root.environment}.`,
    );
  }
  const statement = statementOfRoot(root, digestOfRoot(former));
  const keys = roles.flatMap((owners) => owners.keys);
  const signed = signatures.map((signature) => verifyEvidence(bundleOf(signature, statement), { keys }).signer);
  for (const [i, owners] of roles.entries()) {
    const signers = owners.keys.filter(({ keyId }) => signed.includes(keyId));
    if (signers.length >= owners.threshold) continue;
    const whose = i === 0 && former?.owners !== undefined ? 'the owners in force' : 'the owners it names';
    throw new GreenticError(
      'trust/threshold',
      `${signers.length} of ${owners.threshold} needed: signed by ${whose} with ${signers.map(({ keyId }) => keyId).join(', ') || 'none'}.`,
      { hint: 'Have more owners sign: gtc op trust-root sign.' },
    );
  }
  return [...new Set(signed)].toSorted();
}
