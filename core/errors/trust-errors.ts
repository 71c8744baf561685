import { conflict, drift, type ErrorInfo, refused, unavailable, usage } from './error-info.ts';

/** What goes wrong between a name and verified bytes. */
export const TRUST_ERRORS = {
  'trust/root-missing': refused('The environment has no trust root.', 'Give it one: gtc op trust-root init.'),
  'trust/root-invalid': refused(
    'The trust root is malformed.',
    'Correct what you gave; an environment’s own is restored from a backup.',
  ),
  'trust/root-changed': refused(
    'The trust root is not the one the environment recorded.',
    'Restore it: someone changed the file by hand.',
  ),
  'trust/root-expired': refused(
    'The trust root has expired.',
    'Renew it (gtc op trust-root add --renew), or check this machine’s clock.',
  ),
  'trust/root-rollback': refused(
    'This trust root does not follow the one in force.',
    'Look at the one in force (gtc op trust-root show), and make the change anew from it.',
  ),
  'trust/root-unsigned': refused(
    'The owners of the trust root have not signed this change.',
    'Write it down with --propose, have owners sign it (gtc op trust-root sign), then gtc op trust-root import.',
  ),
  'trust/clock-skew': refused('Something is dated in the future.', 'Check this machine’s clock.'),
  'trust/key-invalid': refused(
    'This is not an Ed25519 public key that may be trusted.',
    'Generate a new key: gtc pack keygen.',
  ),
  'trust/namespace-unknown': refused(
    'No publisher of this namespace is trusted here.',
    'Add the publisher’s key: gtc op trust-root add.',
  ),
  'trust/envelope-invalid': refused(
    'The signed envelope is malformed.',
    'Fetch the evidence again, or publish it again.',
  ),
  'trust/signature-invalid': refused(
    'The signature does not verify.',
    'Fetch the evidence again; if it stays, tell the publisher.',
  ),
  'trust/certificate-invalid': refused('The signer’s certificate does not hold.', 'Have the evidence signed again.'),
  'trust/log-invalid': refused(
    'No trusted log or clock vouches for when this was signed.',
    'Have the evidence signed again, with a log entry or a signed time in its bundle.',
  ),
  'trust/statement-mismatch': refused(
    'The signed statement is about something else.',
    'Publish the pack again with matching evidence.',
  ),
  'trust/threshold': refused(
    'Not enough trusted signers signed this.',
    'Collect the missing signatures, or trust more keys.',
  ),
  'trust/conformance-missing': refused(
    'No signed conformance report covers these bytes.',
    'Run the kit, and publish with its report: gtc conformance run, gtc pack publish.',
  ),
  'trust/conformance-failed': refused(
    'The conformance report does not say conformant.',
    'Correct the pack until the kit passes.',
  ),
  'trust/approval-missing': refused(
    'Not enough approvers have approved this version.',
    'Have it approved (gtc pack approve) by those who may: gtc op trust-root show.',
  ),

  'policy/refused': refused(
    'The environment’s policy does not admit this.',
    'Choose a version it admits, or look at it: gtc op trust-root policy.',
  ),
  'policy/cool-down': refused(
    'The version is younger than the environment’s policy asks.',
    'Wait until then, or choose an older version.',
  ),
  'policy/downgrade': refused(
    'The version has weaker evidence than the environment had before for this name.',
    'Have the missing evidence added, or change the policy: gtc op trust-root policy.',
  ),

  'index/unknown-registry': usage('The trust root names no such registry.', 'Add it: gtc op trust-root add --trust.'),
  'index/invalid': refused(
    'The registry’s index does not verify.',
    'Fetch the registry anew; if it stays, tell its owner.',
  ),
  'index/expired': refused(
    'The registry’s index has expired.',
    'Have its owner sign it anew (gtc registry refresh), or check this machine’s clock.',
  ),
  'index/rollback': refused(
    'The registry’s index is older than one seen before.',
    'Fetch the registry anew; somebody may be replaying old metadata.',
  ),

  'registry/exists': conflict('There is a registry in this folder.', 'Publish into it, or choose an empty folder.'),
  'registry/unreachable': unavailable('The registry cannot be read.', 'Check its location, or install from a mirror.'),
  'registry/incomplete': unavailable('The registry lacks a blob that its index names.', 'Mirror the pack again.'),
  'registry/root-outdated': conflict(
    'The registry has another root than the one this was proposed for.',
    'Propose it anew: gtc registry root-propose.',
  ),
  'registry/expiring': drift(
    'Metadata of the registry runs out soon.',
    'Sign it anew: gtc registry refresh, or gtc registry root-propose for the root.',
  ),
  'registry/busy': conflict('Somebody else is writing in the registry or its cache.', 'Repeat the command.'),
  'registry/archive-invalid': refused(
    'The archive is not one a registry may be read from.',
    'Make it anew from the registry’s folder: tar --create --file <archive> --directory <folder> .',
  ),
  'registry/namespace-denied': refused(
    'This key may not publish in the namespace.',
    'Ask the registry’s owner to delegate it.',
  ),
  'registry/access-denied': refused(
    'The registry refuses this account.',
    'Ask its owner for an account: gtc registry account add.',
  ),
  'registry/tls': refused('The registry’s certificate is not trusted here.', 'Name its authority in SSL_CERT_FILE.'),
  'registry/redirect': refused('The registry leads astray.', 'Have its operator correct the address it names.'),
  'registry/rate-limited': unavailable('The registry takes no more requests for now.', 'Repeat the command later.'),
  'registry/protocol': refused('This is no answer of an OCI registry.', 'Check the location, or tell its operator.'),
  'registry/accounts-invalid': refused(
    'The registry’s file of accounts cannot be believed.',
    'Restore it, or make the accounts anew: gtc registry account add.',
  ),
  'registry/tls-required': refused(
    'Without TLS a registry listens on this machine only.',
    'Give a certificate: gtc registry serve --tls-cert --tls-key.',
  ),

  'blob/digest-mismatch': refused('The bytes are not the ones the digest names.', 'Delete the copy; fetch it again.'),
  'blob/size-mismatch': refused(
    'The blob does not have the size its descriptor names.',
    'Delete the copy and fetch it again.',
  ),

  'artifact/invalid': refused(
    'The artifact is not put together as a pack.',
    'Build and publish it again with gtc pack.',
  ),

  'lock/invalid': refused('The lock file is malformed or not canonical.', 'Restore it, or bind the packs again.'),
  'lock/uncached': unavailable(
    'A locked artifact is not in the cache.',
    'Bind it again while its registry can be reached.',
  ),
  'lock/mismatch': refused(
    'The lock file is not the one the environment recorded.',
    'Restore it, or bind the packs again.',
  ),
} as const satisfies Record<string, ErrorInfo>;
