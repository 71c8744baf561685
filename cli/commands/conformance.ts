import type { Command } from 'commander';
import { addCommand } from './command.ts';

/** `gtc conformance`: the kit. */
export function addConformanceCommands(program: Command): void {
  const conformance = program.command('conformance').description('The conformance kit: does a pack keep its contract?');
  const load = () => import('../actions/conformance.ts');
  addCommand(
    conformance,
    'run <pack>',
    'Runs the kit on a folder, or on <name>@<version> of an environment’s registry.',
    async () => (await load()).run,
  )
    .option('--env <env>', 'the environment whose registry and trust apply to a name')
    .option('--only <id...>', 'only these checks; the report is then incomplete')
    .option('--key <file>', 'sign the report with this key')
    .option('--out <file>', 'write the signed report here')
    .option('--answer <id=value...>', 'an answer to a question of the pack');
  addCommand(conformance, 'list', 'Lists the checks.', async () => (await load()).list).option(
    '--slot <slot>',
    'only of this slot',
  );
  addCommand(conformance, 'explain <id>', 'Says what a check demands, and why.', async () => (await load()).explain);
}
