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
}
