/** A generated page of the documentation. */
export interface Page {
  /** Path relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

const notice = '<!-- Written by `npm run docs` from the source: change it there. -->';

/** A page with the notice that it is generated, ending in one newline. */
export function page(path: string, blocks: readonly string[]): Page {
  return { path, text: `${[notice, ...blocks.filter((block) => block !== '')].join('\n\n')}\n` };
}

/** A Markdown table; empty when it has no rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

/** Text as code that holds its backticks. */
export function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}
