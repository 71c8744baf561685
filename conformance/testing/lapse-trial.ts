import type { SlotMethods, SlotName } from '@greentic/sdk';
import { describe, expect, test } from 'vitest';
import { listChecks } from '../catalogue.ts';
import type { Check } from '../check.ts';
import { Kit } from '../kit.ts';
import { referenceDeployer } from '../mutants/deployer/reference.ts';
import { referenceSecrets } from '../mutants/secrets/reference.ts';
import { referenceSessions } from '../mutants/sessions/reference.ts';
import { referenceState } from '../mutants/state/reference.ts';
import { referenceTelemetry } from '../mutants/telemetry/reference.ts';
import { attempt, type Seen } from '../run.ts';
import { SeededRandom } from '../seeded-random.ts';
import { artifactOf, type ManifestChanges } from './mutant-pack.ts';
import { type HostLapses, type Play, type Scene, Stage } from './stage.ts';

/** What a pack that otherwise keeps its contract does differently. */
export type Lapse<S extends SlotName> = (reference: SlotMethods[S], scene: Scene) => Partial<SlotMethods[S]>;

/** For one check, by what the pack does: its lapse, and what the kit has to say of it, in whole or in part. */
export type Lapses<S extends SlotName> = Readonly<Record<string, readonly [Lapse<S>, string | RegExp]>>;

const REFERENCES: { readonly [S in SlotName]: Play<S> } = {
  secrets: ({ context }) => referenceSecrets(context.kv('data'), context.seal('data')),
  state: ({ context }) => referenceState(context.kv('data')),
  sessions: ({ context }) => referenceSessions(context.kv('data')),
  telemetry: ({ context }) => referenceTelemetry(context.log),
  deployer: ({ context }) => referenceDeployer(context.workers),
};

const PATIENCE = { idleMs: 60_000, totalMs: 60_000 };

/** What a check concludes about a pack that runs right here: one that keeps its contract, but for the lapse. */
export async function conclude<S extends SlotName>(
  slot: S,
  id: string,
  lapse: Lapse<S> = () => ({}),
  changes: ManifestChanges = {},
  host: HostLapses = {},
): Promise<Seen> {
  const check = checkOf(slot, id);
  const kit = await Kit.create(slot, new SeededRandom('lapses', id), {
    artifact: artifactOf(slot, '', changes),
    answers: {},
  });
  const play: Play<S> = (scene) => {
    const reference = REFERENCES[slot](scene);
    return { ...reference, ...lapse(reference, scene) };
  };
  const stage = new Stage(kit, play, host);
  try {
    return await attempt(check, kit, PATIENCE);
  } finally {
    stage.close();
  }
}

/** Tries the checks of a slot on the pack that keeps its contract, and on one for each lapse. */
export function tryLapses<S extends SlotName>(slot: S, table: Readonly<Record<string, Lapses<S>>>): void {
  test('every check of the slot is tried', () => {
    const own = listChecks(slot).filter((check) => check.slot === slot);
    expect(Object.keys(table).toSorted()).toEqual(own.map(({ id }) => id).toSorted());
  });

  describe.each(Object.entries(table))('%s', (id, lapses) => {
    test.concurrent('passes a pack that keeps the contract, and has seen enough', async () => {
      const { minObservations } = checkOf(slot, id);
      const seen = await conclude(slot, id);
      expect(seen).toEqual({ result: 'pass', observations: expect.any(Number) });
      expect(seen.observations).toBeGreaterThanOrEqual(minObservations);
    });

    test.concurrent.each(Object.entries(lapses))('fails a pack that %s', async (_name, [lapse, finding]) => {
      const { result, message } = await conclude(slot, id, lapse);
      expect({ result, message }).toEqual({
        result: 'fail',
        message: typeof finding === 'string' ? expect.stringContaining(finding) : expect.stringMatching(finding),
      });
    });
  });
}

function checkOf(slot: SlotName, id: string): Check {
  const check = listChecks(slot).find((candidate) => candidate.id === id);
  if (check === undefined) throw new Error(`There is no check ${id} of the slot ${slot}.`);
  return check;
}
