import {
  type BrokerPorts,
  canonicalize,
  type Digest,
  type EnvironmentName,
  ERRORS,
  type ErrorCode,
  GreenticError,
  isGreenticError,
  openPack,
  type PackGeneration,
  type Slot,
  type SlotBinding,
  type SlotMethods,
  slotClient,
} from '@greentic/core';
import type { VerifiedArtifact } from '@greentic/registry';
import type { Snapshot } from '../decision.ts';
import { mayEnd } from './holding.ts';
import { lockOf } from './lock.ts';
import { openEntry } from './locked-artifact.ts';
import { PackInUse } from './pack-in-use.ts';

/** What opening packs works with. */
export interface PackPorts {
  cacheOf(name: EnvironmentName): string;
  /** The host's side of the permissions, for the pack of a slot. */
  brokerPorts(slot: Slot): BrokerPorts;
  readonly now: () => Date;
  /** Hears when the pack of a slot is not opened because its copy, its evidence or its trust does not hold; once a binding. */
  onRefused?(slot: Slot, code: ErrorCode): Promise<void>;
}

interface OpenSlot {
  /** What was opened: another text means the slot has changed. */
  readonly key: string;
  readonly pack: PackInUse;
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
  return (await openEntry(snapshot, entry, ports)).artifact;
}

/** All that a verdict about a locked pack depends on besides the pack and the time. */
function beliefsOf({ environment: { trustRoot, revocations = [], overrides = [] } }: Snapshot): string {
  return canonicalize({ trustRoot: trustRoot?.digest ?? null, revocations, overrides });
}

/**
 * The packs that fill an environment's slots, each opened when it is first needed. One whose binding changes is replaced beside
 * its calls: the new generation takes the next ones, the former closes when its own have ended.
 */
export class EnvironmentPacks {
  readonly #ports: PackPorts;
  readonly #open = new Map<Slot, OpenSlot>();
  /** Openings under way, by what they open: whoever asks meanwhile waits for the same one. */
  readonly #opening = new Map<string, Promise<void>>();
  readonly #retiring = new Set<PackInUse>();
  /** What was refused and told already: a slot that is asked for with every request is not recorded with every request. */
  readonly #refused = new Map<Slot, string>();
  #snapshot: Snapshot;
  #closed = false;

  constructor(snapshot: Snapshot, ports: PackPorts) {
    this.#snapshot = snapshot;
    this.#ports = ports;
  }

  /** The methods of a slot's pack. Throws `env/slot-empty`, and what opening throws. */
  async client<S extends Slot>(slot: S): Promise<SlotMethods[S]> {
    return slotClient(await this.generation(slot), slot);
  }

  /** The pack of a slot, verified and opened with what the operator granted. Throws as `client` does, `pack/not-open` once closed. */
  async generation(slot: Slot): Promise<PackGeneration> {
    if (this.#closed) throw new GreenticError('pack/not-open', `The packs of ${this.#environment} are closed.`);
    const binding = this.#bindingOf(slot);
    if (binding === undefined) throw new GreenticError('env/slot-empty', `No pack fills the slot ${slot}.`);
    const key = canonicalize(binding);
    const open = this.#open.get(slot);
    if (open?.key === key) return open.pack;
    await this.#openOnce(binding, key);
    // The slot may have changed while its pack was verified: what counts is what fills it now.
    return await this.generation(slot);
  }

  /** Verifies every bound pack and opens it, so that a start fails before anything is served. Nothing runs yet. */
  async verifyAll(): Promise<void> {
    await Promise.all(this.#snapshot.environment.bindings.map((binding) => this.generation(binding.slot)));
  }

  /**
   * Takes up a newer snapshot: slots that changed are opened anew at their next call, removed ones close behind their calls. A
   * pack that another trust root does not admit any more, or that was withdrawn, takes no further call. Returns whether what was
   * admitted before may be refused now.
   */
  async update(snapshot: Snapshot): Promise<boolean> {
    const believed = beliefsOf(this.#snapshot);
    this.#snapshot = snapshot;
    const doubtful = beliefsOf(snapshot) !== believed || mayEnd(snapshot, this.#ports.now());
    for (const [slot, { key, pack }] of this.#open) {
      const binding = this.#bindingOf(slot);
      if (binding !== undefined && !(doubtful && (await this.#isRefused(binding, key)))) continue;
      this.#open.delete(slot);
      this.#retire(pack);
    }
    return doubtful;
  }

  /** Closes every pack at once, also those that still had calls to end. */
  async close(): Promise<void> {
    this.#closed = true;
    const packs = [...this.#retiring, ...[...this.#open.values()].map(({ pack }) => pack)];
    this.#open.clear();
    await Promise.all(packs.map((pack) => pack.close()));
  }

  get #environment(): EnvironmentName {
    return this.#snapshot.environment.name;
  }

  #bindingOf(slot: Slot): SlotBinding | undefined {
    return this.#snapshot.environment.bindings.find((candidate) => candidate.slot === slot);
  }

  async #openOnce(binding: SlotBinding, key: string): Promise<void> {
    const opening = this.#opening.get(key) ?? this.#replace(binding, key).finally(() => this.#opening.delete(key));
    this.#opening.set(key, opening);
    await opening;
  }

  /** Opens what a binding names, and retires what filled the slot before; when that fails, the former has not stopped. */
  async #replace(binding: SlotBinding, key: string): Promise<void> {
    const { slot, pack, grants, answers } = binding;
    const artifact = await this.#verify(slot, pack.digest, key);
    const current = this.#bindingOf(slot);
    if (this.#closed || current === undefined || canonicalize(current) !== key) return;
    const ports = this.#ports.brokerPorts(slot);
    const generation = openPack({ artifact, environment: this.#environment, grants, answers, ports });
    const former = this.#open.get(slot);
    this.#open.set(slot, { key, pack: new PackInUse(generation, () => this.generation(slot)) });
    if (former !== undefined) this.#retire(former.pack);
  }

  async #isRefused({ slot, pack }: SlotBinding, key: string): Promise<boolean> {
    try {
      await this.#verify(slot, pack.digest, key);
      return false;
    } catch {
      return true;
    }
  }

  #retire(pack: PackInUse): void {
    this.#retiring.add(pack);
    void pack.retire().finally(() => this.#retiring.delete(pack));
  }

  /** The verified artifact of a slot; a refusal is told before it is thrown. */
  async #verify(slot: Slot, digest: Digest, key: string): Promise<VerifiedArtifact> {
    try {
      return await openArtifact(this.#snapshot, digest, this.#ports);
    } catch (error) {
      if (isGreenticError(error) && ERRORS[error.code].exit === 3 && this.#refused.get(slot) !== key) {
        this.#refused.set(slot, key);
        await this.#ports.onRefused?.(slot, error.code);
      }
      throw error;
    }
  }
}
