import type { Command } from 'commander';
import { addCommand, collect } from './command.ts';
import { addTrustRootCommands, people, signing } from './trust-root.ts';

const LOCATION = 'read that registry at another place, such as a mirror; verified all the same; repeat for more';

/** `gtc op`: what an operator does. */
export function addOperatorCommands(program: Command): void {
  const op = program.command('op').description('Operates environments.');
  addEnvironments(op);
  addTrustRootCommands(op);
  addPacks(op);
  addBundles(op);
  addRevisions(op);
  addTraffic(op);
  addSecrets(op);
  addAudit(op);
}

function addEnvironments(op: Command): void {
  const env = op.command('env').description('Environments: the places workers run.');
  const load = () => import('../actions/env.ts');
  const create = addCommand(
    env,
    'create <name>',
    'Creates an environment. `local` gets the five default packs.',
    async () => (await load()).create,
  );
  signing(people(create))
    .option('--port <port>', 'port of gtc serve (default: 8080; 0 takes a free one)')
    .option('--no-packs', 'bind no default packs');
  addCommand(env, 'list', 'Lists the environments.', async () => (await load()).list);
  addCommand(
    env,
    'show <env>',
    'Shows an environment, and what its running half serves.',
    async () => (await load()).show,
  );
}

function addPacks(op: Command): void {
  const packs = op.command('env-packs').description('The packs that fill an environment’s slots.');
  const load = () => import('../actions/env-packs.ts');
  addCommand(
    packs,
    'add <env> <pack>',
    'Installs a pack by name, <name>[@<range>], and binds it to its slot.',
    async () => (await load()).add,
  )
    .option('--grant <permission>', 'a permission to grant, such as kv:secrets, or `all`; repeat for more', collect)
    .option('--answer <id=value>', 'an answer to a question of the pack; repeat for more', collect)
    .option('--answers <file>', 'answers as a JSON file')
    .option('--schema', 'print the JSON Schema of the answers file, and do nothing')
    .option('--replace', 'take the place of the pack that fills the slot')
    .option('--registry <name>', 'the registry to ask (default: all of the trust root, in order)')
    .option('--location <registry=place>', LOCATION, collect)
    .option('--idempotency-key <key>', 'name of this request: repeated, it changes nothing');
  addCommand(packs, 'list <env>', 'Lists the slots and what fills them.', async () => (await load()).list);
  addCommand(packs, 'remove <env> <slot>', 'Empties a slot.', async () => (await load()).remove);
  addPackChanges(packs);
  addCommand(packs, 'why <env> <slot>', 'Prints why the pack of a slot was admitted.', async () => (await load()).why);
  addCommand(
    packs,
    'why-not <env> <artifact>',
    'Prints what would be decided about <name>[@<range>], rule by rule; installs nothing.',
    async () => (await load()).whyNot,
  )
    .option('--registry <name>', 'the registry to ask (default: all of the trust root, in order)')
    .option('--location <registry=place>', LOCATION, collect);
}

function addPackChanges(packs: Command): void {
  const load = () => import('../actions/env-packs-change.ts');
  addCommand(
    packs,
    'update <env> <slot>',
    'Moves a slot to another version of its pack, having shown what that changes.',
    async () => (await load()).update,
  )
    .option('--to <range>', 'a version, a range, or a channel such as stable', '*')
    .option('--check', 'change nothing; exit 6 when there is something to move to')
    .option('--grant <permission>', 'a permission to grant besides those carried over; repeat for more', collect)
    .option('--answer <id=value>', 'an answer to a question of the pack; repeat for more', collect)
    .option('--answers <file>', 'answers as a JSON file')
    .option('--registry <name>', 'the registry to ask (default: all of the trust root, in order)')
    .option('--location <registry=place>', LOCATION, collect);
  addCommand(
    packs,
    'rollback <env> <slot>',
    'Puts back the pack that filled a slot before; needs no registry.',
    async () => (await load()).rollback,
  );
  addCommand(
    packs,
    'check <env>',
    'Asks the registries what they revoked, and stops it here.',
    async () => (await load()).check,
  ).option('--lift', 'take off the record what its registry says no more');
  addCommand(
    packs,
    'override <env> <what>',
    'Lets something revoked, a slot’s pack or <name>@<version>, run for some hours more; on record.',
    async () => (await load()).override,
  )
    .option('--hours <n>', 'for how long, at most 720', '24')
    .option('--reason <text>', 'why')
    .option('--undo', 'end it now');
}

function addBundles(op: Command): void {
  const bundles = op.command('bundles').description('Deployments: one customer’s copy of a bundle each.');
  const load = () => import('../actions/bundles.ts');
  const routed = (command: Command) =>
    command
      .option('--host <host>', 'a host name it answers on; repeat for more (default: any)', collect)
      .option('--path-prefix <prefix>', 'the paths it answers on (default: /)');
  routed(
    addCommand(
      bundles,
      'add <env> <bundle> <customer>',
      'Makes a deployment, without a revision yet.',
      async () => (await load()).add,
    ),
  );
  addCommand(bundles, 'list <env>', 'Lists the deployments.', async () => (await load()).list);
  addCommand(
    bundles,
    'remove <env> <deployment>',
    'Removes a deployment that has no traffic and no revision left.',
    async () => (await load()).remove,
  );
  const rollout = () => import('../actions/revisions.ts');
  const deploy = addCommand(
    op,
    'deploy <env> <bundle>',
    'Deploys <name>[@<range>] in one go; a deployment that has traffic keeps it.',
    async () => (await rollout()).deploy,
  );
  routed(deploy.requiredOption('--customer <customer>', 'whose copy it is')).option(
    '--location <registry=place>',
    LOCATION,
    collect,
  );
}

function addRevisions(op: Command): void {
  const revisions = op.command('revisions').description('Revisions: frozen deployed versions.');
  const load = () => import('../actions/revisions.ts');
  addCommand(
    revisions,
    'stage <env> <deployment> <bundle>',
    'Freezes <name>[@<range>] as the next revision.',
    async () => (await load()).stage,
  ).option('--location <registry=place>', LOCATION, collect);
  addCommand(
    revisions,
    'warm <env> <revision>',
    'Starts a revision; done when a witness saw it.',
    async () => (await load()).warm,
  );
  addCommand(
    revisions,
    'drain <env> <revision>',
    'Lets running requests end, then stops it.',
    async () => (await load()).drain,
  );
  addCommand(revisions, 'archive <env> <revision>', 'Ends a revision for good.', async () => (await load()).archive);
  addCommand(revisions, 'list <env>', 'Lists the revisions.', async () => (await load()).list);
}

function addTraffic(op: Command): void {
  const traffic = op.command('traffic').description('The dial: who gets which share of the traffic.');
  const load = () => import('../actions/traffic.ts');
  const guarded = (command: Command) =>
    command
      .option(
        '--if-generation <n>',
        'only if the environment is still at this generation (default: as this command found it)',
      )
      .option('--idempotency-key <key>', 'name of this request: repeated, it changes nothing');
  guarded(
    addCommand(
      traffic,
      'set <env> <deployment> <share...>',
      'Moves the dial: 1=90% 2=10%, or 1=9000bps. Returns when it is served.',
      async () => (await load()).set,
    ),
  );
  guarded(
    addCommand(
      traffic,
      'rollback <env> <deployment>',
      'Goes back to the split before.',
      async () => (await load()).rollback,
    ),
  );
  guarded(
    addCommand(
      traffic,
      'clear <env> <deployment>',
      'Takes the dial away: the deployment answers nobody.',
      async () => (await load()).clear,
    ),
  );
  addCommand(
    traffic,
    'show <env> [deployment]',
    'Shows the dials, and what was really served.',
    async () => (await load()).show,
  );
}

function addSecrets(op: Command): void {
  const secrets = op.command('secrets').description('Secrets, in the pack that fills the secrets slot.');
  const load = () => import('../actions/secrets.ts');
  const owned = (command: Command) =>
    command.option('--customer <customer>', 'whose secret it is (default: the environment’s own)');
  owned(
    addCommand(
      secrets,
      'put <env> <name>',
      'Stores a secret, read from standard input or a file.',
      async () => (await load()).put,
    ),
  ).option('--from <file>', 'read the value from a file');
  owned(
    addCommand(
      secrets,
      'get <env> <name>',
      'Shows that a secret is there; its value only with --reveal.',
      async () => (await load()).get,
    ),
  ).option('--reveal', 'print the value');
  owned(addCommand(secrets, 'list <env>', 'Lists names, never values.', async () => (await load()).list));
}

function addAudit(op: Command): void {
  const audit = op.command('audit').description('The record of every change and refusal.');
  const load = () => import('../actions/audit.ts');
  addCommand(audit, 'list <env>', 'Lists events, oldest first.', async () => (await load()).list)
    .option('--after <sequence>', 'only events after this one', '0')
    .option('--limit <n>', 'at most so many', '100');
  addCommand(audit, 'verify <env>', 'Checks the whole chain against the files.', async () => (await load()).verify);
}
