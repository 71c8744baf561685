import type { Command } from 'commander';
import { addCommand, collect } from './command.ts';

/** `gtc registry`: what the owner of a registry does. */
export function addRegistryCommands(program: Command): void {
  const registry = program
    .command('registry')
    .description('Registries: folders that hold packs and their signed index.');
  const load = () => import('../actions/registry.ts');
  addCommand(registry, 'init <folder>', 'Makes an empty registry.', async () => (await load()).init).requiredOption(
    '--key <file>',
    'key of the index',
  );
  addCommand(
    registry,
    'delegate <folder>',
    'Lets a publisher publish in a namespace.',
    async () => (await load()).delegate,
  )
    .requiredOption('--namespace <namespace>', 'first label of the names')
    .requiredOption('--publisher <key>', 'the publisher’s public key, or its .pub file')
    .requiredOption('--key <file>', 'key of the index');
  addCommand(
    registry,
    'refresh <folder>',
    'Signs the index anew before it expires, with nothing else changed.',
    async () => (await load()).refresh,
  ).requiredOption('--key <file>', 'key of the index');
  addCommand(
    registry,
    'trust <folder>',
    'Writes the trust file operators import: the root, publishers and conformance keys.',
    async () => (await load()).trust,
  )
    .requiredOption('--publisher <namespace=key>', 'a publisher to name; repeat for more', collect)
    .requiredOption('--conformance <key>', 'a conformance key to name')
    .option('--name <name>', 'what the registry is called', 'main')
    .requiredOption('--out <file>', 'file to write');
  addServing(registry);
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
    .option('--public-read', 'let anybody read; writing always needs an account');
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
