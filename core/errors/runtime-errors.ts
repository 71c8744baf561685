import { conflict, type ErrorInfo, missing, refused, unavailable, unforeseen, usage } from './error-info.ts';

/** What goes wrong with what serves an environment, with the kit, and unforeseen. */
export const RUNTIME_ERRORS = {
  'runtime/unreachable': unavailable('Nothing serves this environment.', 'Start it: gtc serve <env>.'),
  'runtime/port-unusable': unavailable('The port cannot be listened on.', 'Choose another: --port.'),
  'runtime/already-running': conflict('Something serves this environment already.', 'Stop it first.'),
  'runtime/not-acknowledged': unavailable(
    'The change is stored, but the router did not take it up in time.',
    'Look at the log of gtc serve; repeat the command.',
  ),
  'runtime/config-invalid': refused('The runtime configuration is not valid.', 'Look at it: gtc op env show.'),
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
    hint: 'Run all of them; read why any was inconclusive.',
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
