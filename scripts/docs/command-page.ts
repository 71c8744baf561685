import type { Command, Option } from 'commander';
import { code, type Page, page, table } from './page.ts';

/** `docs/cli.md`: every command with its arguments and options. */
export function commandPage(program: Command): Page {
  const global = table(['option', 'meaning'], optionRows(program.options));
  const sections = leavesOf(program, program.name()).flatMap(([name, command]) => [
    `## ${name}`,
    command.description(),
    `\`\`\`sh\n${[name, command.usage()].join(' ').trim()}\n\`\`\``,
    table(
      ['argument', 'meaning'],
      command.registeredArguments.map((argument) => [code(argument.name()), argument.description]),
    ),
    table(['option', 'meaning'], optionRows(command.options)),
  ]);
  return page('docs/cli.md', ['# Commands', program.description(), global, ...sections]);
}

function leavesOf(command: Command, name: string): [name: string, command: Command][] {
  const visible = command.commands.filter((child) => child.name() !== 'help');
  if (visible.length === 0) return [[name, command]];
  return visible.flatMap((child) => leavesOf(child, `${name} ${child.name()}`));
}

function optionRows(options: readonly Option[]): string[][] {
  const visible = options.filter((option) => !option.hidden);
  return visible.map((option) => {
    const fallback = option.defaultValue === undefined ? '' : ` Default: ${code(String(option.defaultValue))}.`;
    const choices = option.argChoices === undefined ? '' : ` One of ${option.argChoices.map(code).join(', ')}.`;
    return [code(option.flags), `${option.description}${choices}${fallback}`];
  });
}
