import type { Command } from 'commander';
import { addCommand, collect } from './command.ts';

/** What a version is, and what is said of it by its publisher and by others. */
export function addEvidenceCommands(pack: Command): void {
  addCommand(
    pack,
    'inspect <what>',
    'Shows what a pack is before anybody installs it: <name>[@<range>], a folder to build, a file of evidence or of a proposal.',
    async () => (await import('../actions/inspect.ts')).inspect,
  )
    .option('--env <env>', 'check signatures under this environment’s trust root, and look in its registries')
    .option('--registry <place>', 'the registry to look in: its folder, or https://host[:port]; read from its own root')
    .option('--account <name>', 'account at a registry that is served')
    .option('--token-file <file>', 'file with its token (default: GTC_REGISTRY_TOKEN in the environment)');
  const load = () => import('../actions/evidence.ts');
  writing(
    addCommand(
      pack,
      'approve <pack>',
      'Signs that you looked at <name>@<version> and want it to be used. The key that published it is refused.',
      async () => (await load()).approve,
    ),
  )
    .requiredOption('--key <file>', 'the approver’s key')
    .requiredOption('--reason <text>', 'why')
    .option('--digest <digest>', 'the digest you looked at; another is refused. Needed where the registry is served')
    .option('--out <file>', 'write the approval here, for the publisher to attach')
    .option('--publisher-key <file>', 'attach it now, with the publisher’s key; repeat for more', collect);
  writing(
    addCommand(
      pack,
      'attach <pack> <evidence...>',
      'Attaches evidence that others signed to <name>@<version>: a report, an approval, a provenance.',
      async () => (await load()).attach,
    ),
  ).requiredOption('--key <file>', 'the publisher’s key; repeat for more', collect);
  writing(
    addCommand(
      pack,
      're-sign <pack>',
      'Signs <name>@<version> with a publisher’s next key, as his former one signed it.',
      async () => (await load()).reSign,
    ),
  )
    .requiredOption('--key <file>', 'the publisher’s next key; repeat for more', collect)
    .requiredOption('--former <key>', 'the public key that signed it before, or its .pub file')
    .option('--digest <digest>', 'the digest it has to have. Needed where the registry is served');
}

const PLACE = 'the registry: its folder, or https://host[:port] of one that is served';

/** Options for a registry that is written in. */
export function writing(command: Command): Command {
  return access(command.requiredOption('--registry <place>', PLACE));
}

/** Options for a registry that may be written in. */
export function registryAt(command: Command): Command {
  return access(command.option('--registry <place>', PLACE));
}

function access(command: Command): Command {
  return command
    .option('--registry-key <file>', 'a folder’s key for its snapshot and timestamp')
    .option('--account <name>', 'account at a registry that is served')
    .option('--token-file <file>', 'file with its token (default: GTC_REGISTRY_TOKEN in the environment)');
}
