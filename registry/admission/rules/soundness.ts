import { hexOf } from '@greentic/core';
import type { Attestation } from '../../evidence/attestation.ts';
import type { AdmissionCase } from '../case.ts';
import type { Rule } from './finding.ts';

/** Every signature of somebody trusted holds. */
export const evidenceIsSound: Rule = (_, { statements, strangers, broken }) => {
  const looked = `${statements.length} signatures of those trusted here hold; ${strangers} are of others.`;
  return broken === undefined
    ? { looked }
    : { looked: `${looked} One is broken: ${broken.message}`, code: broken.code };
};

/** Every trusted statement is about exactly these bytes and this name. */
export const subjectMatches: Rule = ({ artifact }, { statements }) => {
  const stray = statements.find(({ statement }) => !isAbout(statement, artifact));
  if (stray === undefined) return { looked: `All ${statements.length} statements are about ${artifact.digest}.` };
  return { looked: `${stray.signer} signed a statement about something else.`, code: 'trust/statement-mismatch' };
};

/** Whether a statement is about exactly this name and these bytes. */
export function isAbout(statement: Attestation, { name, digest }: AdmissionCase['artifact']): boolean {
  return statement.subject.every((subject) => subject.name === name && subject.digest.sha256 === hexOf(digest));
}
