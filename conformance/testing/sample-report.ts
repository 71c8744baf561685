import { type Digest, digestOf, type Slot, type Version } from '@greentic/core';
import { checksDigest, listChecks } from '../catalogue.ts';
import type { CheckCard } from '../check.ts';
import { type CheckOutcome, ConformanceReport, type ConformanceReport as Report } from '../report.ts';
import { profilesOf, verdictOf } from '../verdict.ts';

/** A card for a check that only a test knows. */
export function cardOf(id: string, changes: Partial<CheckCard> = {}): CheckCard {
  const words = { title: 'It holds.', clause: 'It has to hold.', hint: 'Make it hold.' };
  return { id, rev: 1, slot: 'state', level: 'core', ...words, minObservations: 2, ...changes };
}

/** The outcome of a check that passed, with changes. */
export function passOf({ id, rev, minObservations }: CheckCard, changes: Partial<CheckOutcome> = {}): CheckOutcome {
  return { id, rev, result: 'pass', observations: minObservations, minObservations, ms: 1, ...changes };
}

/** An honest report of this kit on a pack of a slot, whose checks all passed but for the changes by id. */
export function reportOf(slot: Slot, changes: Readonly<Record<string, Partial<CheckOutcome> | null>> = {}): Report {
  const list = listChecks(slot);
  const checks = list.flatMap((card) => {
    const change = changes[card.id];
    return change === null ? [] : [passOf(card, change)];
  });
  const features = slot === 'sessions' ? ['durable'] : [];
  return ConformanceReport.parse({
    schema: 'greentic.conformance-report/1',
    kit: { version: '0.1.0' as Version, checksDigest: checksDigest(slot) as Digest },
    pack: { name: `acme.${slot}.sample`, version: '1.0.0', slot, contract: 1, digest: digestOf('sample'), features },
    host: { os: 'linux', arch: 'x64', node: 'v26.0.0', cpus: 2 },
    seed: 'sample',
    startedAt: '2031-05-01T12:00:00.000Z',
    durationMs: 1000,
    profiles: profilesOf(list, checks, features),
    checks,
    result: verdictOf(list, checks, features),
  });
}
