import type { Json, LogLine } from '@greentic/core';

/** Where the lines of the pack under test arrive. */
export class LogSink {
  readonly #lines: LogLine[] = [];

  /** Takes a line; the host calls it. */
  take(line: LogLine): void {
    this.#lines.push(line);
  }

  /** What the pack wrote under its `log` permission, as documents. */
  get delivered(): Json[] {
    return this.#lines.filter((line) => !line.diagnostic).map(({ message, fields }) => ({ message, fields }));
  }

  /** What the pack wrote with `console`, and what the host said of it, as one text. */
  get diagnostics(): string {
    return textOf(this.#lines.filter((line) => line.diagnostic));
  }

  /** Everything that was written, as one text. */
  get text(): string {
    return textOf(this.#lines);
  }
}

function textOf(lines: readonly LogLine[]): string {
  return lines.map(({ message, fields }) => JSON.stringify({ message, fields })).join('\n');
}
