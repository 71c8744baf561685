import { assertConsent } from '../broker/consent.ts';
import type { BrokerPorts, PackIdentity } from '../broker/ports.ts';
import type { Digest } from '../digest.ts';
import { GreenticError } from '../errors.ts';
import { decode } from '../json.ts';
import { assertPack, type Manifest, type PackManifest } from '../model/manifest.ts';
import type { ArtifactName, Version } from '../model/name.ts';
import type { Grant } from '../model/permission.ts';
import { type Answers, resolveAnswers } from '../model/question.ts';
import { childProcessEngine } from '../sandbox/child-process.ts';
import type { SandboxEnd, SandboxEngine } from '../sandbox/engine.ts';
import type { SlotMethods, SlotName } from '../slots/context.ts';
import { CONTRACTS } from '../slots/contract/index.ts';
import type { MethodContract } from '../slots/contract/method.ts';
import { HOST_LIMITS, type HostLimits } from './limits.ts';
import { gateLines } from './line-gate.ts';
import { Session } from './session.ts';

/** An artifact whose bytes were verified in memory: what runs is what was checked. */
export interface VerifiedArtifact {
  readonly name: ArtifactName;
  readonly version: Version;
  readonly digest: Digest;
  readonly manifest: Manifest;
  /** Text of the one ES module. */
  readonly module: string;
}

/** What it takes to open a pack. */
export interface PackOptions {
  readonly artifact: VerifiedArtifact;
  readonly environment: string;
  readonly grants: readonly Grant[];
  readonly answers: Answers;
  readonly ports: BrokerPorts;
  readonly engine?: SandboxEngine;
  readonly limits?: Partial<HostLimits>;
}

/** How one call is bounded. */
export interface CallOptions {
  /** Longest wait in milliseconds; never longer than the pack's own limit. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

/** A pack in use: one version, one set of grants, one sandbox at a time. */
export interface PackGeneration {
  readonly manifest: PackManifest;
  readonly digest: Digest;
  /** Process of the sandbox, while there is one. */
  readonly pid: number | undefined;
  /** Calls a method of the slot's contract. Input and result are checked exactly; errors are of the contract, or the host's. */
  call(method: string, input: unknown, options?: CallOptions): Promise<unknown>;
  /** Lets the pack close, then ends its sandbox. */
  close(): Promise<void>;
}

const CLOSE_MS = 2000;
/** A pack that died this often within the window is not started again until the window is over. */
const MAX_DEATHS = 10;
const DEATH_WINDOW_MS = 10_000;

/**
 * Opens a verified pack: 1. its manifest fits this host, 2. the grants fit the manifest, 3. the answers fit its questions;
 * then, at the first call, 4. its sandbox starts, 5. it opens, 6. calls run. A sandbox that dies is started anew by the next
 * call. Throws `pack/contract-unsupported`, `permission/*` or `input/invalid` before anything runs.
 */
export function openPack(options: PackOptions): PackGeneration {
  const { manifest, name } = options.artifact;
  assertPack(manifest);
  const contract = CONTRACTS[manifest.slot];
  if (manifest.contract !== contract.version) {
    const text = `${name} speaks version ${manifest.contract} of the ${manifest.slot} contract; this host speaks ${contract.version}.`;
    throw new GreenticError('pack/contract-unsupported', text);
  }
  const answers = resolveAnswers(manifest.questions, options.answers);
  assertConsent(manifest, options.grants, answers);
  return new Generation(manifest, { ...options, answers });
}

/** The methods of a slot, typed, over a generation that fills it. Throws `pack/slot-mismatch`. */
export function slotClient<S extends SlotName>(generation: PackGeneration, slot: S): SlotMethods[S] {
  assertPack(generation.manifest, slot);
  const methods = Object.keys(CONTRACTS[slot].methods);
  const entries = methods.map((method) => [method, (input: unknown) => generation.call(method, input)]);
  return Object.fromEntries(entries) as SlotMethods[S];
}

class Generation implements PackGeneration {
  readonly manifest: PackManifest;
  readonly digest: Digest;
  readonly #options: PackOptions;
  readonly #identity: PackIdentity;
  #live: { session: Session; opened: Promise<void> } | undefined;
  #deaths: number[] = [];
  #closed = false;

  constructor(manifest: PackManifest, options: PackOptions) {
    this.manifest = manifest;
    this.digest = options.artifact.digest;
    this.#options = { ...options, ports: { ...options.ports, log: gateLines(options.ports.log) } };
    this.#identity = { environment: options.environment, name: manifest.name, version: manifest.version };
  }

  get pid(): number | undefined {
    return this.#live?.session.pid;
  }

  async call(method: string, input: unknown, { deadlineMs, signal }: CallOptions = {}): Promise<unknown> {
    const contract = this.#contractOf(method);
    const exact = decode(contract.input, input, 'input/invalid', `The input of ${this.manifest.slot}.${method}`);
    const { session, opened } = this.#session();
    await opened;
    const { callMs } = this.manifest.limits;
    const bounds = { allowed: contract.errors, deadlineMs: Math.min(deadlineMs ?? callMs, callMs), signal };
    const result = await session.request({ t: 'invoke', method, input: exact }, bounds);
    return decode(contract.output, result, 'pack/result-invalid', `The result of ${this.manifest.name} ${method}`);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const live = this.#live;
    if (live === undefined) return;
    // A pack that fails to close is closed by force; the operator has no use for its reason.
    await live.session.request({ t: 'close' }, { allowed: [], deadlineMs: CLOSE_MS }).catch(() => undefined);
    live.session.kill();
  }

  #contractOf(method: string): MethodContract {
    const { methods } = CONTRACTS[this.manifest.slot];
    const contract = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (
      contract === undefined ||
      (contract.feature !== undefined && !this.manifest.features.includes(contract.feature))
    ) {
      throw new GreenticError(
        'pack/feature-undeclared',
        `${this.manifest.name} does not offer ${this.manifest.slot}.${method}.`,
      );
    }
    return contract;
  }

  #session(): { session: Session; opened: Promise<void> } {
    if (this.#closed) throw new GreenticError('pack/not-open', `${this.manifest.name} is closed.`);
    if (this.#live !== undefined) return this.#live;
    this.#assertNotDying();
    const session = this.#start();
    const opened = session.open().catch((error: unknown) => {
      session.kill();
      throw error;
    });
    // Whoever waits for the opening hears of its failure; nobody has to.
    opened.catch(() => undefined);
    this.#live = { session, opened };
    return this.#live;
  }

  #start(): Session {
    const { artifact, grants, answers, ports, engine = childProcessEngine } = this.#options;
    const limits = { ...HOST_LIMITS, ...this.#options.limits };
    const { memoryMib, cpuMs, callMs } = this.manifest.limits;
    const session = new Session({
      engine,
      module: artifact.module,
      identity: this.#identity,
      grants,
      answers,
      ports,
      limits,
      hangMs: callMs,
      sandboxLimits: { memoryMib, cpuMs, messageBytes: limits.messageBytes },
      onEnd: (end) => {
        if (this.#live?.session === session) this.#live = undefined;
        this.#onDeath(end);
      },
    });
    return session;
  }

  #onDeath({ code, message }: SandboxEnd): void {
    if (this.#closed || code === 'pack/not-open') return;
    this.#deaths.push(Date.now());
    const { name, version } = this.#identity;
    const line = { level: 'error', message, fields: { code }, diagnostic: true } as const;
    this.#options.ports.log({ ...line, pack: `${name}@${version}`, at: new Date() });
  }

  #assertNotDying(): void {
    this.#deaths = this.#deaths.filter((at) => at > Date.now() - DEATH_WINDOW_MS);
    if (this.#deaths.length < MAX_DEATHS) return;
    throw new GreenticError(
      'pack/crashed',
      `${this.manifest.name} died ${MAX_DEATHS} times in ${DEATH_WINDOW_MS / 1000} s; it is left alone for a while.`,
    );
  }
}
