import type { Command } from 'commander';
import { addCommand, collect } from './command.ts';
import { addEvidenceCommands, registryAt, writing } from './pack-evidence.ts';

/** `gtc pack`: what a partner does. */
export function addPackCommands(program: Command): void {
  const pack = program.command('pack').description('Makes and publishes packs and bundles.');
  const load = () => import('../actions/pack.ts');
  addCommand(
    pack,
    'init <name>',
    'Starts a pack or a bundle from a template that passes its kit.',
    async () => (await load()).init,
  )
    .requiredOption('--slot <slot>', 'the slot it fills, or `bundle`')
    .option('--dir <dir>', 'folder to make (default: the name’s last label)');
  addCommand(
    pack,
    'keygen <file>',
    'Makes a key pair: the secret key in <file>, the public one in <file>.pub.',
    async () => (await load()).keygen,
  );
  addCommand(
    pack,
    'build <dir>',
    'Builds a pack or a bundle, and prints its identity.',
    async () => (await load()).build,
  )
    .option('--sbom <file>', 'also write the list of packages in it, as CycloneDX')
    .option('--provenance <file>', 'also write where it comes from, as an unsigned SLSA statement');
  registryAt(
    addCommand(
      pack,
      'publish <what>',
      'Builds a folder, or takes what was proposed in a file; signs and publishes it. Versions are immutable.',
      async () => (await load()).publish,
    ),
  )
    .requiredOption('--key <file>', 'the publisher’s key; repeat for more', collect)
    .option('--propose <file>', 'sign it into a file, for holders of other keys to sign and publish; needs no registry')
    .option('--evidence <file>', 'further evidence, such as a signed conformance report; repeat for more', collect)
    .option('--channel <channel>', 'a channel that is to name it; repeat for more', collect);
  addCommand(
    pack,
    'sign <file>',
    'Shows what a proposed version is, and signs it as its publisher, in its file.',
    async () => (await load()).sign,
  )
    .requiredOption('--key <file>', 'the publisher’s key')
    .option('--source <dir>', 'build this folder first; other bytes than the proposed ones are refused');
  addEvidenceCommands(pack);
  addOffering(pack);
}

function addOffering(pack: Command): void {
  const load = () => import('../actions/offering.ts');
  const signed = (command: Command) =>
    writing(command).requiredOption('--key <file>', 'the publisher’s key; repeat for more', collect);
  signed(
    addCommand(
      pack,
      'release <pack>',
      'Points a channel at <name>@<version>, also at an older one.',
      async () => (await load()).release,
    ),
  ).requiredOption('--channel <channel>', 'stable, candidate, beta, edge, or <track>/<risk>');
  signed(
    addCommand(
      pack,
      'close <pack>',
      'Closes a channel of <name>: who follows it gets the next lower risk.',
      async () => (await load()).close,
    ),
  ).requiredOption('--channel <channel>', 'the channel');
  signed(
    addCommand(
      pack,
      'yank <pack>',
      'Takes <name>@<version> back: nobody gets it any more who does not have it.',
      async () => (await load()).takeBack,
    ),
  )
    .option('--reason <text>', 'why')
    .option('--undo', 'offer it again');
  signed(addCommand(pack, 'deprecate <pack>', 'Advises against a name.', async () => (await load()).advise))
    .option('--reason <text>', 'why')
    .option('--successor <name>', 'what to use instead')
    .option('--undo', 'take that back');
}
