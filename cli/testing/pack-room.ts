import { Room } from './here.ts';
import { PublishedRegistry } from './published-registry.ts';

/** The pack whose versions tests publish. */
export const TELEMETRY = 'greentic.telemetry.stdout';

/** A published registry, and a room with an environment, `local`, that installed its five packs from it. */
export class PackRoom implements AsyncDisposable {
  readonly registry: PublishedRegistry;
  readonly room: Room;

  private constructor(registry: PublishedRegistry, room: Room) {
    this.registry = registry;
    this.room = room;
  }

  static async create(): Promise<PackRoom> {
    const made = new PackRoom(await PublishedRegistry.create(), await Room.create());
    await made.done('op', 'env', 'create', 'local', '--trust', made.registry.trustFile, '--port', '0');
    return made;
  }

  /** A command that has to succeed; gives its result. */
  async done<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    const { exit, stderr, result } = await this.room.json(...args);
    if (exit !== 0) throw new Error(`gtc ${args.join(' ')} ended with ${exit}: ${stderr}`);
    return result as T;
  }

  /** `gtc op env-packs <verb> local …` */
  packs(verb: string, ...args: string[]): ReturnType<Room['json']> {
    return this.room.json('op', 'env-packs', verb, 'local', ...args);
  }

  /** Publishes another version of the telemetry pack, with some of its description changed. */
  async publish(version: string, changes: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const built = await this.registry.variant('telemetry/stdout', { version, ...changes });
    await this.registry.publish(built, [this.registry.publication(built), this.registry.report(built)]);
  }

  /** The version that fills the telemetry slot, and what it was granted. */
  async bound(): Promise<{ readonly version: string | undefined; readonly grants: readonly object[] }> {
    interface Row {
      slot: string;
      pack: { version: string } | null;
      grants: object[];
    }
    const rows = await this.done<Row[]>('op', 'env-packs', 'list', 'local');
    const row = rows.find(({ slot }) => slot === 'telemetry');
    return { version: row?.pack?.version, grants: row?.grants ?? [] };
  }

  /** With which keys a publisher changes what is offered. */
  offering(who: 'publisher' | 'stranger' = 'publisher'): string[] {
    const { folder } = this.registry;
    const registryKey = this.registry.keyFile('registry');
    return ['--registry', folder, '--key', this.registry.keyFile(who), '--registry-key', registryKey];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.room[Symbol.asyncDispose]();
    await this.registry[Symbol.asyncDispose]();
  }
}
