import { Command } from 'commander';
import { addConformanceCommands } from './commands/conformance.ts';
import { addOperatorCommands } from './commands/op.ts';
import { addPackCommands } from './commands/pack.ts';
import { addRegistryCommands } from './commands/registry.ts';
import { addServeCommand } from './commands/serve.ts';
import { VERSION } from './version.ts';

/** The whole command line. Only its words: what a command does is loaded when it runs. `json`: nothing is told to people. */
export function createProgram({ json = false }: { json?: boolean } = {}): Command {
  const program = new Command('gtc')
    .description('Installs signed env-packs by name, and rolls bundles out with them.')
    .version(VERSION)
    .showHelpAfterError('(look at --help)')
    .enablePositionalOptions();
  addOperatorCommands(program);
  addPackCommands(program);
  addConformanceCommands(program);
  addRegistryCommands(program);
  addServeCommand(program);
  for (const command of everyCommand(program)) silence(command, json);
  return program;
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** Usage errors are thrown rather than ending the process; with --json, nothing but JSON is printed. */
function silence(command: Command, json: boolean): void {
  command.exitOverride();
  command.configureOutput({
    writeErr: (text) => {
      if (!json) process.stderr.write(text);
    },
  });
}
