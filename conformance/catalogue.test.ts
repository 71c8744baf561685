import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SLOTS } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { CHECKS, checksDigest, explainCheck, listChecks } from './catalogue.ts';
import { featuresOf } from './checks/pack/feature.ts';
import { MUTATIONS } from './mutants/index.ts';

const PREFIXES = { all: 'PCK', secrets: 'SEC', state: 'STA', sessions: 'SES', telemetry: 'TEL', deployer: 'DEP' };

describe('the catalogue', () => {
  test('has each id once, with the prefix of its slot', () => {
    expect(new Set(CHECKS.map(({ id }) => id)).size).toBe(CHECKS.length);
    for (const { id, slot } of CHECKS) expect(id).toMatch(new RegExp(`^${PREFIXES[slot]}-[0-9]{2}$`));
  });

  test('says of every check in whole sentences what, why and where to look', () => {
    for (const { title, clause, hint, minObservations, rev } of CHECKS) {
      for (const text of [title, clause, hint]) expect(text).toMatch(/^.{20,240}\.$/s);
      expect(minObservations).toBeGreaterThan(0);
      expect(rev).toBeGreaterThan(0);
    }
  });

  test('has every case that lies in the folder', () => {
    const folder = path.join(import.meta.dirname, 'checks');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const ids = files.flatMap((file) =>
      [...readFileSync(path.join(folder, file), 'utf8').matchAll(/^ {2}id: '(.*)',$/gm)].map(([, id]) => id),
    );
    expect(ids.toSorted()).toEqual(CHECKS.map(({ id }) => id).toSorted());
  });

  test('asks no core check for a feature, and no other for one that the contract does not know', () => {
    for (const { level, feature, slot } of CHECKS) {
      expect(level === 'core').toBe(feature === undefined);
      if (feature !== undefined && slot !== 'all') expect(featuresOf(slot)).toContain(feature);
    }
  });

  test.each(SLOTS)('lists for the slot %s its own checks and those of all packs', (slot) => {
    const list = listChecks(slot);
    expect(list.every((check) => check.slot === 'all' || check.slot === slot)).toBe(true);
    expect(list.filter((check) => check.slot === 'all')).toHaveLength(3);
    expect(list.length).toBeGreaterThan(6);
  });

  test('has a mutant for every check', () => {
    const killers = new Set(
      Object.values(MUTATIONS).flatMap((table) => Object.values(table).map((row) => row.killedBy)),
    );
    // The mutant of PCK-02 is a manifest, not a module.
    const idle = CHECKS.filter(({ id }) => !killers.has(id)).map(({ id }) => id);
    expect(idle).toEqual(['PCK-02']);
  });

  test('has a digest for each slot that differs from the others', () => {
    expect(new Set(SLOTS.map(checksDigest)).size).toBe(SLOTS.length);
  });
});

describe('explaining a check', () => {
  test('gives all there is to say, and nothing to run', () => {
    expect(explainCheck('STA-02')).toMatchObject({ id: 'STA-02', slot: 'state', level: 'core' });
    expect(explainCheck('STA-02')).not.toHaveProperty('run');
  });

  test('an unknown id is conformance/check-unknown', () => {
    expect(() => explainCheck('STA-99')).toThrow(expect.objectContaining({ code: 'conformance/check-unknown' }));
  });
});
