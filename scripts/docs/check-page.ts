import { CHECKS, type CheckCard } from '@greentic/conformance';
import { code, type Page, page, table } from './page.ts';

const intro = `The kit runs a pack in the real sandbox, with a host of its own around it: durable maps on the disk, workers, an HTTP
sink, and a witness that looks at what the pack did rather than at what it says. \`gtc conformance run <folder>\` runs every check of the
pack’s slot; \`gtc conformance explain <id>\` says more about one.

A check passes, fails, errs, or is inconclusive when it saw too little to conclude from. One that was left out is skipped; one about a
feature the pack does not declare is unsupported, and only that is no shortcoming. A report is conformant when nothing else is left, and only
then is it one that [admission](trust.md) accepts. Ids stay; a check that begins to ask for something else gets a new revision, and the kit calls a
report with the old one incomplete.`;

const titles: Readonly<Record<CheckCard['slot'], string>> = {
  all: 'Every pack',
  secrets: 'Secrets',
  state: 'State',
  sessions: 'Sessions',
  telemetry: 'Telemetry',
  deployer: 'Deployer',
};

/** `docs/conformance.md`: every check of the kit with what it demands and where the contract asks for it. */
export function checkPage(checks: readonly CheckCard[] = CHECKS): Page {
  const slots = Map.groupBy(checks, ({ slot }) => slot);
  const sections = [...slots].flatMap(([slot, cards]) => [`## ${titles[slot]}`, checkTable(cards)]);
  return page('docs/conformance.md', ['# Conformance', intro, ...sections]);
}

function checkTable(cards: readonly CheckCard[]): string {
  const rows = cards.map((card) => [
    code(card.id),
    String(card.rev),
    card.feature === undefined ? card.level : `${card.level}: ${code(card.feature)}`,
    card.title,
    card.clause,
  ]);
  return table(['check', 'revision', 'level', 'what is true of a pack that passes', 'clause of the contract'], rows);
}
