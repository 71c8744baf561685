import { styleText } from 'node:util';
import type { BenchRow } from './row.ts';

/** A row for people: one line, and a second one for its note. */
export function describeRow(row: BenchRow): string {
  const { name, value, unit, p95, least, goal, peer, peerValue, ratio, note } = row;
  const spread = p95 === undefined ? '' : `p95 ${p95}${least === undefined ? '' : `, least ${least}`}`;
  const beside = peer === undefined ? '' : `${peer} ${peerValue}${ratio === undefined ? '' : `, ratio ${ratio}`}`;
  const wanted = goal === undefined ? '' : `goal ${goal}`;
  const facts = [spread, beside, wanted].filter((fact) => fact !== '').join(' · ');
  const line =
    `${name.padEnd(64)} ${styleText('bold', String(value).padStart(8))} ${unit.padEnd(5)} ${facts}`.trimEnd();
  return note === undefined ? line : `${line}\n    ${styleText('dim', note)}`;
}
