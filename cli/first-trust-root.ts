import { decode, type EnvironmentName, GreenticError, Policy, parseJson, type TrustRoot } from '@greentic/core';
import { readInput } from './input-file.ts';
import { readPublicKey } from './key-file.ts';
import type { Session } from './session.ts';
import { firstTrustRoot, withApprover, withOwner, withPolicy, withThreshold } from './trust-change.ts';
import { readTrustFile } from './trust-file.ts';

/** How long a trust root is good, in milliseconds: a year. */
export const TRUST_MS = 365 * 24 * 3600 * 1000;

const POLICY_MAX_BYTES = 256 * 1024;

/** Who owns a trust root and who approves under it. */
export interface FirstOptions {
  readonly trust?: string;
  readonly class?: string;
  readonly owner?: readonly string[];
  /** How many owners have to sign. */
  readonly owners?: string;
  readonly approver?: readonly string[];
  /** How many approvers have to approve; false when nobody has to, on purpose. */
  readonly approvers?: string | false;
  readonly policy?: string;
}

/** The first trust root of an environment, from a trust file and who the operator names. Throws `trust/root-invalid`, `input/invalid`. */
export async function firstRoot(session: Session, name: EnvironmentName, options: FirstOptions): Promise<TrustRoot> {
  if (options.trust === undefined) {
    throw new GreenticError('input/invalid', 'A first trust root is made from a trust file.', {
      hint: 'Give --trust, the file that a registry’s owner publishes: gtc registry trust.',
    });
  }
  const file = await readTrustFile(options.trust);
  const facts = { class: classOf(name, options.class), expires: yearFrom(session) };
  return await withPeople(firstTrustRoot(name, file, facts), options);
}

/** A trust root with the owners, approvers and policy an operator named. */
export async function withPeople(root: TrustRoot, options: FirstOptions): Promise<TrustRoot> {
  let next = root;
  for (const key of options.owner ?? []) next = withOwner(next, await readPublicKey(key));
  for (const key of options.approver ?? []) next = withApprover(next, await readPublicKey(key));
  if (options.approvers === false) next = { ...next, approvers: 'none' };
  if (typeof options.approvers === 'string') next = withThreshold(next, 'approver', countOf(options.approvers));
  if (options.owners !== undefined) next = withThreshold(next, 'owner', countOf(options.owners));
  if (options.policy !== undefined) next = withPolicy(next, await readPolicy(options.policy));
  return next;
}

/** A policy document. Throws `input/invalid`, with the path of each field that is wrong. */
export async function readPolicy(file: string): Promise<Policy> {
  const bytes = await readInput(file, { what: 'The policy', maxBytes: POLICY_MAX_BYTES });
  return decode(Policy, parseJson(bytes, { maxBytes: POLICY_MAX_BYTES }), 'input/invalid', file);
}

/** A year from now. */
export function yearFrom(session: Session): string {
  return new Date(session.now().getTime() + TRUST_MS).toISOString();
}

/** The class an operator chose; one's own machine is `local`, everything else `protected` unless told. Throws `input/invalid`. */
export function classOf(name: string, wanted?: string): TrustRoot['class'] {
  const chosen = wanted ?? (name === 'local' ? 'local' : 'protected');
  if (chosen === 'local' || chosen === 'protected') return chosen;
  throw new GreenticError('input/invalid', `An environment’s class is local or protected, not ${chosen}.`);
}

/** A number of signers. Throws `input/invalid`. */
export function countOf(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new GreenticError('input/invalid', `${text} is no number of signers.`, { hint: 'Write 1 to 99.' });
}
