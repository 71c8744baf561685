import { quorum, type Rule } from './finding.ts';
import { approversOf, SIGNERS } from './signers.ts';

/** As many distinct approvers as the policy asks approved these bytes, and as many as the trust root has them sign. */
export const approversApproved: Rule = (facts, testimony) => {
  const asked = facts.trustRoot.policy?.requiredEvidence?.approval;
  if (asked === undefined) return { looked: 'The policy asks for no approval.' };
  const { keys, identities = [], threshold } = approversOf(facts.trustRoot);
  const code = 'trust/approval-missing';
  if (keys.length + identities.length === 0) {
    const looked = `The policy asks for ${asked} approvals, and the trust root names nobody who may approve.`;
    return { looked, code, wayOut: 'Name approvers: gtc op trust-root add --approver.' };
  }
  return quorum(SIGNERS.approval(facts, testimony), Math.max(asked, threshold), 'approved', code);
};
