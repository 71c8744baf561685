import { setImmediate as turn } from 'node:timers/promises';
import {
  type BrokerPorts,
  CONTRACTS,
  decode,
  type ErrorCode,
  GreenticError,
  isErrorCode,
  slotClient,
} from '@greentic/core';
import { type PackContext, PackError, type SlotMethods, type SlotName } from '@greentic/sdk';
import { MemorySeal } from '@greentic/sdk/testing';
import type { Kit } from '../kit.ts';
import type { Life, Subject } from '../subject.ts';
import { DiskKv } from './disk-kv.ts';

/** What a pack on the stage has around it. */
export interface Scene {
  readonly context: PackContext;
  /** Which life of the pack this is, counted from 1. */
  readonly life: number;
  /** Which process of that life this is, counted from 1. */
  readonly process: number;
  /** Outlives every process and every life, as nothing in a sandbox does: for lapses that only show later. */
  readonly memory: Map<string, unknown>;
  /** Writes a line as `console` does. */
  print(text: string): void;
}

/** How the pack of a slot is made: anew for each of its processes. */
export type Play<S extends SlotName> = (scene: Scene) => SlotMethods[S];

/** What the host itself may get wrong, for checks that would notice. */
export interface HostLapses {
  /** Shows every process under one id, as if none had ever died. */
  readonly onePid?: boolean;
  /** Calls whatever it is asked for, and takes what no pack has for a success. */
  readonly anyMethod?: boolean;
}

type Method = (input: unknown) => Promise<unknown>;

const FIRST_PID = 2 ** 24;

/**
 * Lets packs run in the test instead of a sandbox, with the host’s rules for calls: exact input, exact output, errors of the
 * contract only, and a new process with an empty memory for the first call after a kill.
 */
export class Stage<S extends SlotName> {
  readonly #kit: Kit<S>;
  readonly #play: Play<S>;
  readonly #host: HostLapses;
  readonly #memory = new Map<string, unknown>();
  readonly #maps = new Map<string, DiskKv>();
  readonly #seal = new MemorySeal();
  #lives = 0;
  #pids = FIRST_PID;

  /** Takes the place of the sandbox for everything the kit opens from now on. */
  constructor(kit: Kit<S>, play: Play<S>, host: HostLapses = {}) {
    this.#kit = kit;
    this.#play = play;
    this.#host = host;
    const open: Subject<S>['open'] = (environment, ports) => this.#open(environment, ports);
    Object.assign(kit.subject, { open });
  }

  close(): void {
    for (const map of this.#maps.values()) map.close();
  }

  #open(environment: string, ports: BrokerPorts): Life<S> {
    const number = ++this.#lives;
    let processes = 0;
    let current: Process | undefined;
    const start = () => {
      const process: Process = {
        pid: this.#host.onePid ? FIRST_PID : this.#pids++,
        alive: true,
        death: Promise.withResolvers<never>(),
      };
      process.death.promise.catch(() => undefined);
      const context = this.#contextOf(environment, ports, process);
      const print = (text: string) => ports.log({ ...lineOf(text), diagnostic: true });
      const scene = { context, life: number, process: ++processes, memory: this.#memory, print };
      process.methods = this.#play(scene) as unknown as Record<string, Method>;
      return process;
    };
    const call = async (method: string, input: unknown) => {
      try {
        current ??= start();
        return await this.#call(current, method, input);
      } catch (error) {
        return this.#kit.subject.errors.rethrow(error);
      }
    };
    const end = async () => {
      if (current === undefined) throw new GreenticError('internal/unforeseen', 'The pack has no process to kill.');
      current.alive = false;
      current.death.reject(new GreenticError('pack/crashed', 'The process of the pack is gone.'));
      current = undefined;
    };
    const { manifest } = this.#kit;
    const client = slotClient(
      { manifest, digest: 'sha256:' as never, pid: undefined, call, close: end },
      this.#kit.slot,
    );
    return {
      pack: client,
      get pid() {
        return current?.pid;
      },
      call,
      kill: end,
      close: async () => void (current === undefined || (await end())),
    };
  }

  async #call(process: Process, method: string, input: unknown): Promise<unknown> {
    const { slot, manifest } = this.#kit;
    const contract = Object.hasOwn(CONTRACTS[slot].methods, method) ? CONTRACTS[slot].methods[method] : undefined;
    if (contract === undefined && this.#host.anyMethod) return {};
    if (contract === undefined) throw new GreenticError('pack/feature-undeclared', `There is no ${slot}.${method}.`);
    const exact = structuredClone(decode(contract.input, input, 'input/invalid', `The input of ${method}`));
    // As over a wall: no call begins before its caller has gone on.
    await turn();
    const answer = (async () => await process.methods?.[method]?.(exact))().catch((error: unknown) => {
      throw crossed(error, contract.errors);
    });
    const result = await Promise.race([answer, process.death.promise]);
    return decode(contract.output, structuredClone(result), 'pack/result-invalid', `The result of ${manifest.name}`);
  }

  #contextOf(environment: string, ports: BrokerPorts, process: Process): PackContext {
    const nothing = () => {
      throw new PackError('permission/denied', 'Nothing on the stage has it.');
    };
    const reach = <T extends object>(port: T) => whileAlive(port, process);
    const { workers } = ports;
    if (workers === undefined) throw new Error('The kit gives workers to every pack.');
    return {
      environment,
      answers: {},
      http: nothing,
      secret: nothing,
      secretValue: nothing,
      kv: () => reach(this.#mapOf(ports.dataDir)),
      seal: () => reach(this.#seal),
      workers: reach(workers),
      log: reach({
        write: async ({ level, message, fields = {} }) =>
          ports.log({ ...lineOf(message), level, fields: { ...fields }, diagnostic: false }),
      }),
    };
  }

  #mapOf(folder: string): DiskKv {
    const map = this.#maps.get(folder) ?? new DiskKv(folder);
    this.#maps.set(folder, map);
    return map;
  }
}

interface Process {
  readonly pid: number;
  readonly death: PromiseWithResolvers<never>;
  alive: boolean;
  methods?: Record<string, Method>;
}

/** What a process began reaches nothing any more once it is dead, and is never answered. */
function whileAlive<T extends object>(port: T, process: Process): T {
  return new Proxy(port, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => (process.alive ? value.apply(target, args) : new Promise(() => {}));
    },
  });
}

/** An error as the host passes it on. */
function crossed(error: unknown, allowed: readonly ErrorCode[]): GreenticError {
  const { code, message, details } = error as Partial<PackError>;
  const options = details === undefined ? {} : { details: { ...details } };
  if (isErrorCode(code) && allowed.includes(code)) return new GreenticError(code, message, options);
  return new GreenticError('pack/failed', code === undefined ? message : `${message} (${code})`, options);
}

function lineOf(message: string) {
  return { pack: 'kit.stage@1.0.0', at: new Date(0), level: 'info', message, fields: {} } as const;
}
