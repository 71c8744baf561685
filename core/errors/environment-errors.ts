import { conflict, drift, type ErrorInfo, missing, refused, unavailable, usage } from './error-info.ts';

/** What goes wrong with an environment and what is rolled out in it. */
export const ENVIRONMENT_ERRORS = {
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
  'env/outdated': drift('The slot could move to another version.', 'Move it: gtc op env-packs update.'),
  'env/no-former': missing('Nothing filled the slot before.', 'Bind the pack wanted: gtc op env-packs add --replace.'),
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
} as const satisfies Record<string, ErrorInfo>;
