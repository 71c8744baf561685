import { ERRORS, type GreenticError, toGreenticError } from '@greentic/core';
import pc from 'picocolors';

/** A table for people: a head, and rows of equal length. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Where a command's words go: results to stdout, everything else to stderr. */
export class Output {
  readonly json: boolean;
  readonly #command: string;

  constructor(command: string, json: boolean) {
    this.#command = command;
    this.json = json;
  }

  /** The result: one line of JSON, or what `render` makes of it for people. */
  result<T>(result: T, render: (result: T) => string | Table): void {
    if (this.json) {
      process.stdout.write(`${JSON.stringify({ command: this.#command, result })}\n`);
      return;
    }
    const shown = render(result);
    process.stdout.write(`${typeof shown === 'string' ? harmless(shown) : layOut(shown)}\n`);
  }

  /** A step of long work, for people. */
  progress(step: string): void {
    if (!this.json) process.stderr.write(`${pc.dim('·')} ${harmless(step)}\n`);
  }

  /** The error, with the way out; returns the exit code. */
  error(thrown: unknown): number {
    const error: GreenticError = toGreenticError(thrown);
    const { code, message, hint } = error;
    if (this.json)
      process.stderr.write(`${JSON.stringify({ command: this.#command, error: { code, message, hint } })}\n`);
    else
      process.stderr.write(
        `${pc.red('error')} ${pc.bold(code)}: ${harmless(message)}\n${pc.dim('→')} ${harmless(hint)}\n`,
      );
    return ERRORS[code].exit;
  }
}

/** Text for a terminal: what a pack or a registry wrote must not move the cursor of who reads it. Line feeds stay. */
function harmless(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]|\p{Cf}/gu, '\ufffd');
}

function layOut({ head, rows: given }: Table): string {
  const rows = given.map((row) => row.map((cell) => harmless(cell).replaceAll('\n', ' ')));
  if (rows.length === 0) return pc.dim('(none)');
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [pc.bold(line(head)), ...rows.map(line)].join('\n');
}
