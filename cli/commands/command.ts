import type { Command } from 'commander';
import type { Session } from '../session.ts';

/** What a command gets: its arguments in order, and its options. */
export interface Invocation<O> {
  readonly session: Session;
  readonly args: readonly string[];
  readonly options: O;
}

/** Loads what a command does. */
export type Load<O> = () => Promise<(invocation: Invocation<O>) => Promise<void>>;

/**
 * Adds a command: `env create <name>` below its parent. Every command takes `--json` and `--root`; what it does is loaded when
 * it runs, so that asking for help costs nothing.
 */
export function addCommand<O>(parent: Command, usage: string, description: string, load: Load<O>): Command {
  const command = parent
    .command(usage)
    .description(description)
    .option('--json', 'print one line of JSON')
    .option('--root <dir>', 'folder of all environments (default: ~/.greentic/environments)');
  command.action(async (...given: unknown[]) => {
    const options = command.opts<O & { json?: boolean; root?: string }>();
    const { openSession, defaultRoot } = await import('../session.ts');
    const { Output } = await import('../output.ts');
    const session = openSession(options.root ?? defaultRoot(), new Output(pathOf(command), options.json === true));
    const act = await load();
    await act({
      session,
      args: given
        .slice(0, -2)
        .flat()
        .filter((arg) => arg !== undefined) as string[],
      options,
    });
  });
  return command;
}

/** The words of a command without the program's name: `op env create`. */
function pathOf(command: Command): string {
  const words: string[] = [];
  for (let at: Command | null = command; at?.parent; at = at.parent) words.unshift(at.name());
  return words.join(' ');
}

/** Collects an option that may be given several times. */
export function collect(value: string, former: readonly string[] = []): string[] {
  return [...former, value];
}
