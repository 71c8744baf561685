import { CONTRACTS, canonicalize, decode, GreenticError, parseJson } from '@greentic/core';
import { checksDigest, listChecks } from './catalogue.ts';
import type { CheckCard } from './check.ts';
import { type CheckOutcome, ConformanceReport, type KitResult, REPORT_MAX_BYTES } from './report.ts';
import { profilesOf, verdictOf } from './verdict.ts';

/** What a report proves. */
export interface Judgement {
  readonly report: ConformanceReport;
  readonly result: KitResult;
  /** For each check that is in the way of `conformant`: its id and why. */
  readonly reasons: readonly string[];
}

/**
 * Judges a report by its checks and by this kit's own list for the slot, never by what it claims: a check that is missing,
 * or of another revision, leaves it `incomplete`. Takes JSON text, its bytes, or the parsed value. Throws
 * `conformance/report-invalid` when it is malformed, contradicts itself, or claims another result than its checks give.
 */
export function judgeReport(source: unknown): Judgement {
  const report = decodeReport(source);
  const { slot, contract, features } = report.pack;
  if (contract !== CONTRACTS[slot].version) {
    const reason = `The report is about version ${contract} of the ${slot} contract; this kit checks version ${CONTRACTS[slot].version}.`;
    return { report, result: 'incomplete', reasons: [reason] };
  }
  assertConsistent(report);
  const list = listChecks(slot);
  const result = verdictOf(list, report.checks, features);
  const current = report.kit.checksDigest === checksDigest(slot);
  if (current && result !== report.result) throw invalid(`claims ${report.result}, but its checks say ${result}`);
  if (current && canonicalize(profilesOf(list, report.checks, features)) !== canonicalize(report.profiles)) {
    throw invalid('sums up its checks wrongly');
  }
  return { report, result, reasons: list.flatMap((card) => reasonOf(card, report)) };
}

function decodeReport(source: unknown): ConformanceReport {
  const code = 'conformance/report-invalid';
  const text = typeof source === 'string' || source instanceof Uint8Array;
  const value = text ? parseJson(source, { maxBytes: REPORT_MAX_BYTES, code }) : source;
  return decode(ConformanceReport, value, code, 'The report');
}

/** What no honest kit writes, whatever its list of checks was. */
function assertConsistent({ checks, result }: ConformanceReport): void {
  const ids = new Set(checks.map((check) => check.id));
  if (ids.size !== checks.length) throw invalid('names a check twice');
  const vacuous = checks.find((check) => check.result === 'pass' && check.observations < check.minObservations);
  if (vacuous !== undefined) throw invalid(`lets ${vacuous.id} pass on ${vacuous.observations} observations`);
  const failed = checks.some((check) => check.result === 'fail');
  if (failed !== (result === 'failed')) throw invalid(`claims ${result}, but ${failed ? 'a' : 'no'} check failed`);
}

function reasonOf(card: CheckCard, { checks, pack }: ConformanceReport): string[] {
  const outcome = checks.find(({ id }) => id === card.id);
  if (outcome === undefined) return [`${card.id} is missing: ${card.title}`];
  if (outcome.rev !== card.rev) return [`${card.id} ran in revision ${outcome.rev}; this kit has ${card.rev}.`];
  if (verdictOf([card], [outcome], pack.features) === 'conformant') return [];
  return [`${card.id} ${describe(outcome)}`];
}

function describe({ result, message }: CheckOutcome): string {
  return message === undefined ? `is ${result}.` : `is ${result}: ${message}`;
}

function invalid(what: string): GreenticError {
  return new GreenticError('conformance/report-invalid', `The report ${what}.`);
}
