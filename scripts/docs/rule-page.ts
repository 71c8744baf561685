import { RULE_CARDS, type RuleCard } from '@greentic/registry';
import { code, type Page, page, table } from './page.ts';

const intro = `Each artifact that is to run in an environment is held against every rule below, in this order, also after one refused.
The document that says what each rule saw goes into the lock and the audit: \`gtc op env-packs why <env> <slot>\` prints the one that
admitted a pack, and \`gtc op env-packs why-not <env> <name@version>\` makes one without installing anything. Ids never change their
meaning. A rule that is looked at again judges a locked artifact anew each time it is opened, under the trust root of that moment; the
others are about the moment of an install, and stay as they were recorded. What the rules are for is told in [trust](trust.md), what
the codes mean in [errors](errors.md).`;

/** `docs/rules.md`: every rule of admission, with what it asks, where its facts come from and how it refuses. */
export function rulePage(cards: Readonly<Record<string, RuleCard>> = RULE_CARDS): Page {
  const rows = Object.entries(cards).map(([id, { asks, from, codes, again }]) => [
    code(id),
    asks,
    from,
    codes.map(code).join(', '),
    again ? 'yes' : 'no',
  ]);
  const head = ['rule', 'what has to be true', 'from', 'refuses with', 'looked at again'];
  return page('docs/rules.md', ['# Rules of admission', intro, table(head, rows)]);
}
