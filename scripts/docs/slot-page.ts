import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CONTRACTS, SLOTS, type SlotContract } from '@greentic/core';
import { isNode, parseModule, type SyntaxNode } from '../structure/syntax.ts';
import { code, type Page, page } from './page.ts';
import { schemaTable } from './schema-table.ts';

const names =
  'A field whose name ends in `?` may be left out. [Names](../pack-manifest.md#names) tells what a label, a version or an id is.';

/** `docs/slots/<slot>.md`: what the slot means, its methods, their limits and errors, and its types. */
export function slotPages(root: string): Page[] {
  return SLOTS.map((slot) => {
    const source = readFileSync(path.join(root, 'core', 'slots', `${slot}.ts`), 'utf8');
    return slotPage(CONTRACTS[slot], source);
  });
}

/** One slot's page, from its contract and the source of its interface, which is the first thing the source declares. */
export function slotPage(contract: SlotContract, source: string): Page {
  const contents = parseModule(source, `${contract.slot}.ts`).body.find(
    (node) => node.type === 'ExportNamedDeclaration',
  );
  const declaration = contents?.['declaration'];
  const body = isNode(declaration) && isNode(declaration['body']) ? (declaration['body']['body'] as SyntaxNode[]) : [];
  const docs = new Map(body.map((member) => [(member['key'] as { name: string }).name, docOf(member)]));
  const methods = Object.entries(contract.methods).flatMap(([name, method]) => {
    const errors = method.errors.map((error) => `[${code(error)}](../errors.md)`).join(', ');
    const feature = method.feature === undefined ? '' : `Only with the feature ${code(method.feature)}.`;
    return [
      `### ${name}`,
      docs.get(name) ?? '',
      feature,
      labelled('Input', schemaTable(method.input)),
      labelled('Output', schemaTable(method.output)),
      errors === '' ? '' : `Errors: ${errors}.`,
    ];
  });
  const types = `## Types\n\n\`\`\`ts\n${source.trimEnd()}\n\`\`\``;
  return page(`docs/slots/${contract.slot}.md`, [
    `# The ${contract.slot} slot`,
    docOf(contents),
    '## Methods',
    names,
    ...methods,
    types,
  ]);
}

function labelled(label: string, table: string): string {
  return table === '' ? `${label}: nothing.` : `${label}:\n\n${table}`;
}

/** The doc comment before a node, as text. */
function docOf(node: SyntaxNode | undefined): string {
  const comment = node?.leadingComments?.findLast(
    ({ type, value }) => type === 'CommentBlock' && value.startsWith('*'),
  );
  const lines = (comment?.value.slice(1) ?? '').split('\n').map((line) => line.replace(/^\s*\*? ?/, '').trimEnd());
  return lines.join('\n').trim();
}
