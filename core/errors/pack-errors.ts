import { conflict, type ErrorInfo, missing, refused, unavailable, unforeseen, usage } from './error-info.ts';

/** What goes wrong with input, with packs and with what they ask the broker for. */
export const PACK_ERRORS = {
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
  'pack/channel-closed': missing('The channel names no version.', 'Follow another channel, or name a version.'),
  'pack/channel-open': conflict(
    'A channel points at this version.',
    'Point the channel elsewhere first: gtc pack release, or close it: gtc pack close.',
  ),
  'pack/yanked': refused(
    'The publisher took this version back.',
    'Install another version; who has this one keeps it, and should move on.',
  ),
  'pack/revoked': refused(
    'The registry withdrew this version.',
    'Move to another version: gtc op env-packs update. For a while: gtc op env-packs override.',
  ),
  'pack/not-revoked': missing('Nothing is revoked that could be overridden.', 'List what is: gtc op env-packs check.'),
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
} as const satisfies Record<string, ErrorInfo>;
