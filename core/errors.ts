/** What one error code means to the two machines that read it: the shell (exit) and an HTTP client. */
export interface ErrorInfo {
  /** Process exit status: 2 usage, 3 refused, 4 not found, 5 conflict, 6 drift, 7 unavailable, 8 conformance failed, 1 unforeseen. */
  readonly exit: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;
  /** Status of the same error over HTTP. */
  readonly http: number;
  /** One sentence: what happened. */
  readonly summary: string;
  /** The way out, when the place that throws gives no better one. */
  readonly hint: string;
}

const usage = (summary: string, hint: string): ErrorInfo => ({ exit: 2, http: 400, summary, hint });
const refused = (summary: string, hint: string): ErrorInfo => ({ exit: 3, http: 403, summary, hint });
const missing = (summary: string, hint: string): ErrorInfo => ({ exit: 4, http: 404, summary, hint });
const conflict = (summary: string, hint: string): ErrorInfo => ({ exit: 5, http: 409, summary, hint });
const unavailable = (summary: string, hint: string): ErrorInfo => ({ exit: 7, http: 503, summary, hint });
const unforeseen = (summary: string, hint: string): ErrorInfo => ({ exit: 1, http: 500, summary, hint });

/** Every error this product can give, by its code. Codes never change meaning; messages may. */
export const ERRORS = {
  'input/invalid': usage('The input does not have the required shape.', 'Correct the field the message names.'),
  'input/too-large': { ...usage('The input is larger than the limit.', 'Send less at once.'), http: 413 },
  'input/conflicting-options': usage('These options exclude each other.', 'Give one of them.'),

  'pack/not-found': missing(
    'No pack of that name is in the index.',
    'Check the name: <namespace>.<slot>.<name>, as its publisher spells it.',
  ),
  'pack/version-not-found': missing(
    'No version of the pack satisfies the range.',
    'Ask for a version the index lists.',
  ),
  'pack/manifest-invalid': refused(
    'The manifest of the pack or bundle is not valid.',
    'Correct the field the message names.',
  ),
  'pack/contract-unsupported': refused(
    'The pack speaks a version of the slot contract that this host does not.',
    'Install a version of the pack made for this host, or upgrade the host.',
  ),
  'pack/slot-mismatch': refused('The pack fills another slot.', 'Name a pack made for this slot.'),
  'pack/build-failed': usage('The pack could not be built.', 'Correct the error the message shows.'),
  'pack/version-exists': conflict('This version is already published.', 'Versions are immutable: publish a new one.'),
  'pack/not-open': unavailable('The pack is closed.', 'Open it again, or wait for the generation that replaces it.'),
  'pack/open-failed': unavailable('The pack refused to open.', 'Read its message; correct the configuration it names.'),
  'pack/crashed': unavailable('The pack died during the call.', 'Call again: the host starts it anew.'),
  'pack/protocol': unavailable('The pack broke the wire protocol.', 'Report this to its publisher.'),
  'pack/failed': unforeseen('The pack failed.', 'Read its log; report this to its publisher.'),
  'pack/result-invalid': unforeseen('The pack gave a result its contract forbids.', 'Report this to its publisher.'),
  'pack/feature-undeclared': refused('The pack does not declare this feature.', 'Use a pack that declares it.'),

  'limit/memory': unavailable('The pack used more memory than its limit.', 'Report this to its publisher.'),
  'limit/cpu': unavailable('The pack used more processor time than its limit.', 'Report this to its publisher.'),
  'limit/deadline': unavailable('The call did not finish before its deadline.', 'Call again, or give it longer.'),
  'limit/message': unavailable('A message over the wall is larger than the limit.', 'Send or ask for less at once.'),
  'limit/concurrency': unavailable('Too many calls are under way.', 'Call again when some have ended.'),
  'call/cancelled': unavailable('The caller cancelled the call.', 'Call again if the result is still wanted.'),

  'permission/denied': refused('The pack holds no grant for this.', 'Grant it: gtc op env-packs add.'),
  'permission/exceeds-request': refused('The grant is wider than what the pack asks.', 'Narrow the grant.'),
  'permission/consent-required': refused(
    'The pack asks for permissions that nobody has granted.',
    'Look at the list and repeat the command with --grant all, or with the grants one by one.',
  ),
  'egress/address-denied': refused(
    'The destination is not an address packs may reach.',
    'Use a public address, or grant it by name.',
  ),
  'egress/redirect-denied': refused(
    'The server redirects to a place outside the grant.',
    'Grant the destination as well.',
  ),
  'egress/failed': unavailable('The request got no answer.', 'Check that the destination is up.'),
  'secret/not-found': missing('There is no such secret.', 'Put it: gtc op secrets put.'),
  'secret/version-conflict': conflict('The secret has another version by now.', 'Read it again and repeat.'),
  'secret/integrity': refused('The stored secret was changed by somebody else.', 'Put the secret again.'),
  'secret/too-large': usage('The secret is larger than 64 KiB.', 'Store a reference to it instead.'),
  'state/conflict': conflict('The entry has another revision by now.', 'Read it again and repeat.'),
  'sessions/full': unavailable('No more sessions can be pinned.', 'Wait for pins to expire.'),
  'kv/conflict': conflict('A key has another version by now.', 'Read it again and repeat.'),
  'kv/quota': unavailable('The pack has used up its storage quota.', 'Delete entries, or raise the quota.'),
  'deploy/revision-unknown': missing('The deployer does not know this revision.', 'Stage it first.'),
  'deploy/revision-conflict': conflict('A revision of this id exists with other content.', 'Stage a new revision.'),
  'deploy/not-ready': unavailable(
    'The revision did not become ready.',
    'Read the worker’s log; correct the bundle; stage again.',
  ),
  'deploy/split-invalid': usage(
    'The traffic split is not valid.',
    'Give ready revisions, and weights that add up to 10000.',
  ),

  'trust/root-missing': refused('The environment has no trust root.', 'Give it one: gtc op trust-root add --trust.'),
  'trust/root-invalid': refused(
    'The trust root is malformed.',
    'Restore it from a backup, or make the environment anew.',
  ),
  'trust/root-changed': refused(
    'The trust root is not the one the environment recorded.',
    'Restore it: someone changed the file by hand.',
  ),
  'trust/root-expired': refused('The trust root has expired.', 'Renew it: gtc op trust-root add --renew.'),
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
  'registry/busy': conflict('Somebody else is writing in the registry or its cache.', 'Repeat the command.'),
  'registry/namespace-denied': refused(
    'This key may not publish in the namespace.',
    'Ask the registry’s owner to delegate it.',
  ),
  'blob/digest-mismatch': refused(
    'The bytes are not the ones the digest names.',
    'Delete the copy and fetch it again.',
  ),
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

  'env/not-found': missing('There is no such environment.', 'Create it: gtc op env create.'),
  'env/exists': conflict('An environment of that name exists.', 'Choose another name.'),
  'env/invalid': refused('The environment’s document is malformed.', 'Restore it from a backup.'),
  'env/busy': conflict('Somebody else is changing the environment.', 'Repeat the command.'),
  'env/unwritable': unavailable(
    'The environment’s folder cannot be used.',
    'Free disk space, or correct the folder’s permissions.',
  ),
  'env/stale': conflict('The environment changed since it was read.', 'Look at it again and repeat the command.'),
  'env/slot-empty': missing('No pack fills this slot.', 'Bind one: gtc op env-packs add.'),
  'env/slot-taken': conflict('A pack fills this slot already.', 'Repeat with --replace, or remove it first.'),
  'env/idempotency-conflict': conflict('This idempotency key was used for another request.', 'Use a new key.'),
  'bundle/not-found': missing('There is no such bundle.', 'Publish it first: gtc pack publish.'),
  'bundle/in-use': conflict(
    'The deployment still has traffic or running revisions.',
    'Clear its traffic and archive its revisions first.',
  ),
  'deployment/not-found': missing('There is no such deployment.', 'List them: gtc op bundles list.'),
  'deployment/exists': conflict('This customer has this bundle deployed already.', 'Stage a new revision of it.'),
  'deployment/route-conflict': conflict(
    'Another deployment answers on this route.',
    'Choose another host or path prefix.',
  ),
  'revision/not-found': missing('There is no such revision.', 'List them: gtc op revisions list.'),
  'revision/transition': conflict(
    'The revision cannot go to that state from where it is.',
    'Look at its state: gtc op revisions list.',
  ),
  'revision/in-use': conflict('The revision still receives traffic.', 'Move the dial away from it first.'),
  'traffic/sum': usage(
    'The weights do not add up to exactly 10000 basis points.',
    'Give weights that add up to 100 %.',
  ),
  'traffic/entry': usage(
    'An entry of the split is not valid.',
    'Name each revision once, with a weight from 0 to 10000.',
  ),
  'traffic/not-ready': conflict(
    'Only ready revisions may be given traffic.',
    'Warm the revision first: gtc op revisions warm.',
  ),
  'traffic/no-history': conflict('There is no earlier split to go back to.', 'Set one: gtc op traffic set.'),
  'audit/broken': refused('The audit chain does not verify.', 'Compare with a backup: somebody changed the record.'),
  'audit/unwritable': unavailable(
    'The audit record cannot be written, so nothing was changed.',
    'Free disk space, or correct the folder’s permissions.',
  ),

  'runtime/unreachable': unavailable('Nothing serves this environment.', 'Start it: gtc serve <env>.'),
  'runtime/already-running': conflict('Something serves this environment already.', 'Stop it first.'),
  'runtime/not-acknowledged': unavailable(
    'The change is stored, but the router did not take it up in time.',
    'Look at the log of gtc serve; repeat the command.',
  ),
  'runtime/config-invalid': refused(
    'The runtime configuration is not valid.',
    'Look at the environment: gtc op env show.',
  ),
  'runtime/socket-folder': refused(
    'The folder for sockets cannot be used.',
    'Remove it if it is yours, then start again; if it is not, ask whose it is.',
  ),
  'worker/failed': unavailable('The worker failed.', 'Read its log.'),
  'worker/not-found': missing('There is no such worker.', 'List them: gtc op revisions list.'),
  'witness/mismatch': unavailable(
    'The worker that answered is not the revision expected.',
    'Stage the revision again.',
  ),
  'route/none': missing('No deployment answers on this host and path.', 'Look at the routes: gtc op bundles list.'),
  'route/no-revision': unavailable('No ready revision can take the request.', 'Set the traffic: gtc op traffic set.'),
  'route/upstream': {
    ...unavailable('The worker did not answer.', 'Repeat the request; read the worker’s log.'),
    http: 502,
  },
  'route/timeout': {
    ...unavailable('The worker did not answer in time.', 'Repeat the request; read the worker’s log.'),
    http: 504,
  },
  'route/overloaded': unavailable('The worker has too many requests under way.', 'Repeat the request a little later.'),

  'conformance/failed': {
    exit: 8,
    http: 422,
    summary: 'The pack does not conform.',
    hint: 'Read the failed checks; each names its clause.',
  },
  'conformance/incomplete': {
    exit: 8,
    http: 422,
    summary: 'Some checks gave no verdict.',
    hint: 'Run them again; read why each was inconclusive.',
  },
  'conformance/report-invalid': refused(
    'The conformance report is malformed or contradicts itself.',
    'Run the kit again: gtc conformance run.',
  ),
  'conformance/check-unknown': usage('There is no such check.', 'List them: gtc conformance list.'),
  'internal/unforeseen': unforeseen(
    'Something went wrong that nobody foresaw.',
    'Report this with the output of the command.',
  ),
} as const satisfies Record<string, ErrorInfo>;

/** A stable name of one thing that can go wrong. */
export type ErrorCode = keyof typeof ERRORS;

/** An error as data: what crosses walls, goes to the audit and is printed with --json. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The one error class. Tell errors apart by `code`, never by class or message. */
export class GreenticError extends Error {
  override readonly name = 'GreenticError';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: ErrorCode,
    message?: string,
    options: { hint?: string; cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    super(message ?? ERRORS[code].summary, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? ERRORS[code].hint;
    this.details = options.details;
  }

  /** The error without stack and cause: safe to print, store and send. */
  toData(): ErrorData {
    const data = { code: this.code, message: this.message, hint: this.hint };
    return this.details === undefined ? data : { ...data, details: this.details };
  }
}

/** Whether a string is a code of the table. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERRORS, value);
}

/** Whether a thrown value is ours and, when codes are given, has one of them. */
export function isGreenticError(value: unknown, ...codes: ErrorCode[]): value is GreenticError {
  return value instanceof GreenticError && (codes.length === 0 || codes.includes(value.code));
}

/** Any thrown value as one of ours; a foreign one becomes `internal/unforeseen` and keeps its cause. */
export function toGreenticError(value: unknown): GreenticError {
  if (value instanceof GreenticError) return value;
  const message = value instanceof Error ? value.message : String(value);
  return new GreenticError('internal/unforeseen', message, { cause: value });
}
