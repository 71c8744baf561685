import { isGreenticError } from '@greentic/core';
import type { Check } from '../../check.ts';

const ROUNDS = 5;
const WRITERS = 8;

export const oneWriterWinsAVersion: Check<'secrets'> = {
  id: 'SEC-09',
  rev: 1,
  slot: 'secrets',
  level: 'core',
  title: 'Of writers in two processes that expect the same version exactly one wins, and versions only grow.',
  clause:
    'With ifVersion, only when the newest version is that one (0: when there is none), else secret/version-conflict.',
  hint: 'Compare the version inside the commit that writes.',
  minObservations: ROUNDS * 3,
  async run(kit) {
    const name = { tenant: 'acme', name: 'rotated' };
    const lives = [kit.open(), kit.open()];
    let version = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const writers = Array.from({ length: WRITERS }, (_, i) => {
        const value = Buffer.from(`round ${round}, writer ${i}`).toString('base64');
        return { value, pack: lives[i % lives.length]?.pack ?? kit.pack };
      });
      const outcomes = await Promise.allSettled(
        writers.map(({ pack, value }) => pack.put({ ...name, value, ifVersion: version })),
      );
      for (const outcome of outcomes) {
        const conflict = outcome.status === 'rejected' && isGreenticError(outcome.reason, 'secret/version-conflict');
        if (outcome.status === 'rejected' && !conflict) throw outcome.reason;
      }
      const wins = outcomes.flatMap((outcome, i) =>
        outcome.status === 'fulfilled' ? [{ version: outcome.value.version, value: writers[i]?.value }] : [],
      );
      kit.equal(wins.length, 1, `The number of winners of round ${round}`);
      const newest = wins[0]?.version ?? 0;
      kit.expect(newest > version, `The version after ${version} is ${newest}.`);
      kit.equal(await kit.pack.get(name), { value: wins[0]?.value, version: newest }, 'The newest version');
      version = newest;
    }
  },
};
