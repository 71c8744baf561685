import { type Command, CommanderError } from 'commander';
import { Output } from './output.ts';
import { createProgram } from './program.ts';

/** Runs a command line; returns the exit code of the error table, 0 when done and 2 for wrong usage. */
export async function run(args: readonly string[]): Promise<number> {
  const json = args.includes('--json');
  const program = createProgram({ json });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    const command = nameOf(program, args);
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usage(error, command, json);
    return new Output(command, json).error(error);
  }
}

/** Commander has told people already; a machine gets its line. */
function usage(error: CommanderError, command: string, json: boolean): number {
  if (json) {
    const message = error.message.replace(/^error: /, '');
    process.stderr.write(
      `${JSON.stringify({ command, error: { code: 'input/invalid', message, hint: 'Look at --help.' } })}\n`,
    );
  }
  return 2;
}

/** Which command it was, as its result names it too: its words without its arguments; `gtc` when it was none. */
function nameOf(program: Command, args: readonly string[]): string {
  const words: string[] = [];
  let at: Command | undefined = program;
  for (const word of args) {
    at = at.commands.find((child) => child.name() === word);
    if (at === undefined) break;
    words.push(word);
  }
  return words.join(' ') || 'gtc';
}
