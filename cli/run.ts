import { CommanderError } from 'commander';
import { Output } from './output.ts';
import { createProgram } from './program.ts';

/** Runs a command line; returns the exit code of the error table, 0 when done and 2 for wrong usage. */
export async function run(args: readonly string[]): Promise<number> {
  const json = args.includes('--json');
  const program = createProgram();
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usage(error, json);
    return new Output(nameOf(args), json).error(error);
  }
}

/** Commander has told people already; a machine gets its line. */
function usage(error: CommanderError, json: boolean): number {
  if (json) {
    const message = error.message.replace(/^error: /, '');
    process.stderr.write(
      `${JSON.stringify({ command: 'gtc', error: { code: 'input/invalid', message, hint: 'Look at --help.' } })}\n`,
    );
  }
  return 2;
}

/** The words of a command line up to its first argument or option: which command it was. */
function nameOf(args: readonly string[]): string {
  const words = args.slice(0, 3).filter((word) => /^[a-z][a-z-]*$/.test(word));
  return words.join(' ');
}
