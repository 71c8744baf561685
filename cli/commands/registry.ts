import type { Command } from 'commander';
import { addCommand, collect } from './command.ts';

/** `gtc registry`: what the owner of a registry does. */
export function addRegistryCommands(program: Command): void {
  const registry = program
    .command('registry')
    .description('Registries: folders that hold packs and their signed index.');
  addRootCommands(registry);
  addCommand(
    registry,
    'mirror <from> <to>',
    'Copies a registry, verified, with all it takes to verify it without a network.',
    async () => (await import('../actions/mirror.ts')).mirror,
  )
    .requiredOption('--trust <file>', 'trust file that holds the registry’s pinned root')
    .option('--name <name>', 'name of the registry in the trust file', 'main')
    .option('--pack <name[@range]>', 'copy only this; repeat for more. The index is copied whole', collect);
  const load = () => import('../actions/registry.ts');
  signing(
    addCommand(
      registry,
      'delegate <folder>',
      'Lets publishers publish in a namespace; again with other keys, only those.',
      async () => (await load()).delegate,
    )
      .requiredOption('--namespace <namespace>', 'first label of the names')
      .requiredOption('--publisher <key>', 'a publisher’s public key, or its .pub file; repeat for more', collect)
      .option('--threshold <n>', 'how many of them have to sign', '1'),
  );
  signing(
    addCommand(
      registry,
      'refresh <folder>',
      'Signs the index anew before it expires, with nothing else changed; says what runs out that these keys do not sign.',
      async () => (await load()).refresh,
    ),
  ).option('--publisher-key <file>', 'a publisher’s key, for the role of its namespace; repeat for more', collect);
  addCommand(
    registry,
    'status <folder>',
    'Shows every role and namespace: version, keys, how many have to sign, and until when it holds.',
    async () => (await load()).status,
  )
    .option('--check', 'exit 6 when something runs out soon')
    .option('--within <days>', 'what soon means', '14');
  addCommand(
    registry,
    'trust <folder>',
    'Writes the trust file operators import: the root, publishers and conformance keys.',
    async () => (await load()).trust,
  )
    .requiredOption('--publisher <namespace=key>', 'a publisher to name; repeat for more', collect)
    .requiredOption('--conformance <key>', 'a conformance key to name')
    .option('--name <name>', 'what the registry is called', 'main')
    .option(
      '--location <location>',
      'where readers find it, if not in this folder: oci://host/repository, https://host, or a path',
    )
    .requiredOption('--out <file>', 'file to write');
  addRevocations(registry);
  addCommand(
    registry,
    'push <folder> <location>',
    'Brings a registry into a repository of an OCI registry, oci://host/repository: what is missing there, the index last.',
    async () => (await import('../actions/registry-push.ts')).push,
  );
  addServing(registry);
}

/** What withdraws versions, with keys of its own. */
function addRevocations(registry: Command): void {
  const load = () => import('../actions/registry-revocations.ts');
  const byRevoker = (command: Command) =>
    signing(command).requiredOption('--revoker <file>', 'a key that may revoke; repeat for more', collect);
  byRevoker(
    addCommand(
      registry,
      'revoker <folder>',
      'Lets the holders of some keys revoke versions, and signs a first list.',
      async () => (await load()).delegate,
    ),
  ).option('--threshold <n>', 'how many of them have to sign', '1');
  byRevoker(
    addCommand(
      registry,
      'revoke <folder> <pack>',
      'Withdraws <name>@<version>: it is refused everywhere, also where it runs.',
      async () => (await load()).revoke,
    ),
  )
    .option('--severity <severity>', 'low, medium, high or critical', 'high')
    .option('--reason <text>', 'why')
    .option('--successor <pack>', 'what to use instead: <name>[@<version>]')
    .option('--undo', 'take it back');
}

function addServing(registry: Command): void {
  const load = () => import('../actions/registry-serve.ts');
  addCommand(
    registry,
    'serve <folder>',
    'Serves a registry over HTTP, as the OCI distribution specification says. One line of JSON for each event.',
    async () => (await load()).serve,
  )
    .option('--listen <address:port>', 'where to listen; without TLS this machine only', '127.0.0.1:5000')
    .option('--tls-cert <file>', 'certificate chain, PEM')
    .option('--tls-key <file>', 'its key, PEM')
    .option('--online-key <file>', 'key of snapshot and timestamp: keeps them fresh and takes publications')
    .option('--public-read', 'let anybody read; writing always needs an account');
  addCommand(
    registry,
    'catalogue <folder>',
    'Writes what a registry offers as static pages that need no server.',
    async () => (await load()).catalogue,
  ).requiredOption('--out <dir>', 'folder to write into');
  const account = registry.command('account').description('Accounts of a registry that is served.');
  addCommand(
    account,
    'add <folder> <name>',
    'Adds an account and prints its token, once. It may read, and write where it is told.',
    async () => (await load()).addAccount,
  )
    .option('--namespace <namespace>', 'lets it write in a namespace; repeat for more', collect)
    .option('--admin', 'lets it write everywhere, but not publish in the index')
    .option('--read', 'lets it read only');
  addCommand(account, 'list <folder>', 'Lists the accounts.', async () => (await load()).listAccounts);
  addCommand(
    account,
    'remove <folder> <name>',
    'Removes an account: its token is refused at once.',
    async () => (await load()).removeAccount,
  );
}

/** What is done with the keys that everything else hangs on. */
function addRootCommands(registry: Command): void {
  const load = () => import('../actions/registry-root.ts');
  addCommand(registry, 'init <folder>', 'Makes an empty registry.', async () => (await load()).init)
    .option('--key <file>', 'one key for every role: enough for one’s own machine')
    .option('--root-key <key>', 'a root key, or its public half; repeat for more', collect)
    .option('--root-threshold <n>', 'how many root keys have to sign', '1')
    .option('--targets-key <key>', 'a key that delegates namespaces, or its public half; repeat for more', collect)
    .option('--targets-threshold <n>', 'how many of those have to sign', '1')
    .option('--online-key <key>', 'a key of snapshot and timestamp, or its public half; repeat for more', collect)
    .option('--expires <role=days>', 'how long a role’s metadata holds; repeat for more', collect)
    .option('--propose <file>', 'write the first root for its holders to sign, and make nothing yet');
  keyChange(
    addCommand(
      registry,
      'root-propose <folder>',
      'Writes the next root for the holders of root keys to sign.',
      async () => (await load()).propose,
    ),
  ).requiredOption('--out <file>', 'file to write');
  addCommand(
    registry,
    'root-sign <file>',
    'Shows what a proposed root changes, and signs it.',
    async () => (await load()).signRoot,
  ).requiredOption('--key <file>', 'a root key');
  signing(
    addCommand(
      registry,
      'root-publish <folder> <file>',
      'Puts a registry under a root that enough holders have signed.',
      async () => (await load()).publishProposal,
    ),
  );
  signing(
    keyChange(
      addCommand(
        registry,
        'rotate <folder>',
        'Changes the keys of a role in one go, where enough root keys are at hand.',
        async () => (await load()).rotate,
      ),
    ).option('--root-key <file>', 'a root key; repeat for more', collect),
  );
}

function keyChange(command: Command): Command {
  return command
    .option('--role <role>', 'root, targets, snapshot, timestamp, or online for the last two', 'root')
    .option('--add <key>', 'a key to add, or its public half; repeat for more', collect)
    .option('--remove <key>', 'a key to take out: its public half, or its id; repeat for more', collect)
    .option('--threshold <n>', 'how many keys of the role have to sign')
    .option('--expires <role=days>', 'how long a role’s metadata holds; repeat for more', collect);
}

function signing(command: Command): Command {
  return command
    .option('--key <file>', 'the one key of a registry that has one')
    .option('--targets-key <file>', 'a key that delegates namespaces; repeat for more', collect)
    .option('--online-key <file>', 'a key of snapshot and timestamp; repeat for more', collect);
}
