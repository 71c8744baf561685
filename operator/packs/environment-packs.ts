import {
  type BrokerPorts,
  canonicalize,
  type Digest,
  type EnvironmentName,
  GreenticError,
  openPack,
  type PackGeneration,
  type Slot,
  type SlotMethods,
  slotClient,
} from '@greentic/core';
import { openLocked, PackCache, type VerifiedArtifact } from '@greentic/registry';
import type { Snapshot } from '../decision.ts';
import { trustRootOf } from './installation.ts';
import { lockOf } from './lock.ts';

/** What opening packs works with. */
export interface PackPorts {
  cacheOf(name: EnvironmentName): string;
  /** The host's side of the permissions, for the pack of a slot. */
  brokerPorts(slot: Slot): BrokerPorts;
  readonly now: () => Date;
}

interface OpenSlot {
  /** What was opened: another text means the slot has changed. */
  readonly key: string;
  readonly generation: PackGeneration;
}

/**
 * Opens a locked artifact of an environment from its cache, everything verified again, without a request. Throws
 * `lock/invalid` when nothing of that digest is locked, and as `openLocked` does.
 */
export async function openArtifact(
  snapshot: Snapshot,
  digest: Digest,
  ports: Pick<PackPorts, 'cacheOf' | 'now'>,
): Promise<VerifiedArtifact> {
  const entry = lockOf(snapshot).entries.find((candidate) => candidate.digest === digest);
  if (entry === undefined) throw new GreenticError('lock/invalid', `The lock does not name ${digest}.`);
  const cache = new PackCache(ports.cacheOf(snapshot.environment.name));
  const { artifact } = await openLocked({ entry, trustRoot: trustRootOf(snapshot), cache, now: ports.now() });
  return artifact;
}

/** The packs that fill an environment's slots, each opened when it is first needed and replaced when its binding changes. */
export class EnvironmentPacks {
  readonly #ports: PackPorts;
  readonly #open = new Map<Slot, OpenSlot>();
  #snapshot: Snapshot;

  constructor(snapshot: Snapshot, ports: PackPorts) {
    this.#snapshot = snapshot;
    this.#ports = ports;
  }

  /** The methods of a slot's pack. Throws `env/slot-empty`, and what opening throws. */
  async client<S extends Slot>(slot: S): Promise<SlotMethods[S]> {
    return slotClient(await this.generation(slot), slot);
  }

  /** The pack of a slot, verified and opened with what the operator granted. */
  async generation(slot: Slot): Promise<PackGeneration> {
    const binding = this.#snapshot.environment.bindings.find((candidate) => candidate.slot === slot);
    if (binding === undefined) throw new GreenticError('env/slot-empty', `No pack fills the slot ${slot}.`);
    const key = canonicalize(binding);
    const open = this.#open.get(slot);
    if (open?.key === key) return open.generation;
    const artifact = await openArtifact(this.#snapshot, binding.pack.digest, this.#ports);
    const generation = openPack({
      artifact,
      environment: this.#snapshot.environment.name,
      grants: binding.grants,
      answers: binding.answers,
      ports: this.#ports.brokerPorts(slot),
    });
    // Somebody may have opened the same binding meanwhile: theirs counts, ours never started.
    const raced = this.#open.get(slot);
    if (raced?.key === key) return raced.generation;
    this.#open.set(slot, { key, generation });
    // Calls under way in the former generation end there; it closes behind them.
    void open?.generation.close();
    return generation;
  }

  /** Verifies every bound pack and opens it, so that a start fails before anything is served. Nothing runs yet. */
  async verifyAll(): Promise<void> {
    await Promise.all(this.#snapshot.environment.bindings.map((binding) => this.generation(binding.slot)));
  }

  /** Takes up a newer snapshot: slots that changed are opened anew at their next call, removed ones close. */
  async update(snapshot: Snapshot): Promise<void> {
    this.#snapshot = snapshot;
    for (const [slot, { generation }] of this.#open) {
      if (snapshot.environment.bindings.some((binding) => binding.slot === slot)) continue;
      this.#open.delete(slot);
      await generation.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ generation }) => generation.close()));
    this.#open.clear();
  }
}
