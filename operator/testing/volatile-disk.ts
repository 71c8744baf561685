import type { Disk, Slice } from '../store/disk.ts';

/** Thrown by every operation of a disk whose process has ended. */
export class Crash extends Error {}

interface Inode {
  /** What a reader sees now. */
  seen: Buffer;
  /** What is left after a loss of power. */
  durable: Buffer;
}

type NameChange = { readonly name: string; readonly inode: Inode | undefined };

/** When to stop: at the n-th step (from 0), for good as a crash does, or once as a full disk does. */
export interface Fault {
  readonly at: number;
  readonly kind: 'crash' | 'error';
}

/**
 * A disk in memory that can end at every step inside an operation, with the damage a real one may do: writes torn at any place,
 * names that never became durable, files extended by bytes that never arrived.
 */
export class VolatileDisk implements Disk {
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  /** Changes not yet synced; each happens whole or not at all. */
  #pending: NameChange[][] = [];
  #fault: Fault | undefined;
  #ended = false;
  /** Steps taken so far. */
  steps = 0;

  /** Arms a fault, counted from here. */
  arm(fault: Fault | undefined): void {
    this.#fault = fault;
    this.steps = 0;
  }

  /** The disk after the process ended: everything written is still there. */
  afterKill(): VolatileDisk {
    return VolatileDisk.#of(new Map([...this.#names].map(([name, { seen }]) => [name, seen])));
  }

  /**
   * The disk after the power went: synced contents; of the changes of names that were not synced, those the dice keep; of
   * contents that were not synced, a prefix, or a prefix and NUL bytes.
   */
  afterPowerLoss(random: () => number): VolatileDisk {
    const names = new Map(this.#durableNames);
    for (const { name, inode } of this.#pending.filter(() => random() < 0.5).flat()) {
      if (inode === undefined) names.delete(name);
      else names.set(name, inode);
    }
    return VolatileDisk.#of(new Map([...names].map(([name, inode]) => [name, survivor(inode, random)])));
  }

  static #of(contents: Map<string, Buffer>): VolatileDisk {
    const disk = new VolatileDisk();
    for (const [name, bytes] of contents) disk.#names.set(name, { seen: bytes, durable: bytes });
    disk.#durableNames = new Map(disk.#names);
    return disk;
  }

  /** Contents of all files, for comparing. */
  contents(): Record<string, string> {
    return Object.fromEntries([...this.#names].map(([name, { seen }]) => [name, seen.toString('latin1')]));
  }

  async read(file: string, { start = 0, maxBytes }: { start?: number; maxBytes: number }): Promise<Slice | undefined> {
    this.#assertRunning();
    const inode = this.#names.get(file);
    if (inode === undefined) return undefined;
    const size = inode.seen.byteLength;
    const from = start < 0 ? Math.max(0, size + start) : Math.min(start, size);
    return { bytes: Buffer.from(inode.seen.subarray(from, from + maxBytes)), start: from, size };
  }

  async write(file: string, bytes: Uint8Array): Promise<void> {
    this.#step();
    const inode = this.#open(file);
    inode.seen = Buffer.alloc(0);
    this.#extend(inode, bytes);
  }

  async append(file: string, bytes: Uint8Array): Promise<void> {
    this.#step();
    this.#extend(this.#open(file), bytes);
  }

  async truncate(file: string, size: number): Promise<void> {
    this.#step();
    const inode = this.#open(file);
    inode.seen = inode.seen.subarray(0, size);
    this.#step();
    inode.durable = inode.seen;
    this.#step();
  }

  async rename(from: string, to: string): Promise<void> {
    this.#step();
    const inode = this.#names.get(from);
    if (inode === undefined) throw new Error(`ENOENT: ${from}`);
    // A journalling file system never keeps half a rename, but it may keep none.
    this.#names.delete(from);
    this.#names.set(to, inode);
    this.#pending.push([
      { name: to, inode },
      { name: from, inode: undefined },
    ]);
    this.#step();
  }

  async remove(file: string): Promise<void> {
    this.#step();
    if (this.#names.delete(file)) this.#pending.push([{ name: file, inode: undefined }]);
  }

  async list(): Promise<{ name: string; folder: boolean }[]> {
    this.#assertRunning();
    return [];
  }

  async makeFolder(): Promise<void> {
    this.#step();
  }

  async syncFolder(): Promise<void> {
    this.#step();
    this.#durableNames = new Map(this.#names);
    this.#pending = [];
    this.#step();
  }

  #open(file: string): Inode {
    const known = this.#names.get(file);
    if (known !== undefined) return known;
    const inode = { seen: Buffer.alloc(0), durable: Buffer.alloc(0) };
    this.#names.set(file, inode);
    this.#pending.push([{ name: file, inode }]);
    return inode;
  }

  #extend(inode: Inode, bytes: Uint8Array): void {
    const before = inode.seen;
    for (const part of [0, 0.5, 1]) {
      inode.seen = Buffer.concat([before, bytes.subarray(0, Math.floor(bytes.byteLength * part))]);
      this.#step();
    }
    // All but the line feed: the hardest place to tell torn from whole.
    inode.seen = Buffer.concat([before, bytes.subarray(0, -1)]);
    this.#step();
    inode.seen = Buffer.concat([before, bytes]);
    this.#step();
    inode.durable = inode.seen;
    this.#step();
  }

  #step(): void {
    this.#assertRunning();
    if (this.steps++ !== this.#fault?.at) return;
    if (this.#fault.kind === 'crash') this.#ended = true;
    throw this.#ended ? new Crash('crash') : new Error('EIO');
  }

  #assertRunning(): void {
    if (this.#ended) throw new Crash('the process has ended');
  }
}

function survivor({ seen, durable }: Inode, random: () => number): Buffer {
  if (seen === durable || random() < 0.3) return durable;
  const kept = Math.floor(random() * (seen.byteLength + 1));
  const torn =
    random() < 0.5
      ? seen.subarray(0, kept)
      : Buffer.concat([seen.subarray(0, kept), Buffer.alloc(seen.byteLength - kept)]);
  // What was synced stays: only what came after it is in doubt.
  const synced = seen.subarray(0, durable.byteLength).equals(durable) ? durable.byteLength : 0;
  return kept < synced ? durable : torn;
}
