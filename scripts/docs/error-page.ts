import { ERRORS, type ErrorInfo } from '@greentic/core';
import { code, type Page, page, table } from './page.ts';

const intro = `Every error has a code that never changes its meaning. With \`--json\` it is printed to stderr as
\`{"command","error":{"code","message","hint"}}\`; over HTTP it has the status below. The exit status says which kind it is:

| exit | meaning |
| --- | --- |
| 0 | done |
| 1 | unforeseen |
| 2 | usage |
| 3 | refused: trust, policy or permission |
| 4 | not found |
| 5 | conflict, or stale |
| 6 | drift, with \`--check\` |
| 7 | unavailable |
| 8 | conformance failed |`;

/** `docs/errors.md`: every code with its exit status, HTTP status, meaning and way out. */
export function errorPage(errors: Readonly<Record<string, ErrorInfo>> = ERRORS): Page {
  const areas = Map.groupBy(Object.entries(errors), ([name]) => name.split('/')[0] ?? '');
  const sections = [...areas].flatMap(([area, entries]) => [
    `## ${area}`,
    table(
      ['code', 'exit', 'HTTP', 'meaning', 'way out'],
      entries.map(([name, info]) => [code(name), String(info.exit), String(info.http), info.summary, info.hint]),
    ),
  ]);
  return page('docs/errors.md', ['# Errors', intro, ...sections]);
}
