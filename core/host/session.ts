import type { SandboxLimits } from '@greentic/guest';
import { Broker } from '../broker/broker.ts';
import type { BrokerPorts, PackIdentity } from '../broker/ports.ts';
import { ERRORS, type ErrorCode, GreenticError, toGreenticError } from '../errors.ts';
import type { Grant } from '../model/permission.ts';
import type { Answers } from '../model/question.ts';
import type { Sandbox, SandboxEnd, SandboxEngine } from '../sandbox/engine.ts';
import type { HostLimits } from './limits.ts';
import { decodePackMessage, errorOfPack, type PackMessage } from './message.ts';
import { PendingCalls } from './pending-calls.ts';

/** What one life of a pack is made of. */
export interface SessionOptions {
  readonly engine: SandboxEngine;
  readonly module: string;
  readonly identity: PackIdentity;
  readonly grants: readonly Grant[];
  readonly answers: Answers;
  readonly ports: BrokerPorts;
  readonly sandboxLimits: SandboxLimits;
  readonly limits: HostLimits;
  /** A call that has no answer after this long hangs, and ends the session; in milliseconds. */
  readonly hangMs: number;
  /** Called once, when it is over. */
  onEnd(end: SandboxEnd): void;
}

interface Request {
  readonly t: 'open' | 'invoke' | 'close';
  readonly [field: string]: unknown;
}

/** One life of a pack: from the start of its sandbox to its end. Carries calls in, and broker calls out. */
export class Session {
  readonly #options: SessionOptions;
  readonly #broker: Broker;
  readonly #sandbox: Sandbox;
  readonly #pending: PendingCalls;
  readonly #underWay = new Map<number, { allowed: readonly ErrorCode[]; hangs: NodeJS.Timeout }>();
  readonly #brokerCalls = new Map<number, AbortController>();
  #end: SandboxEnd | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#pending = new PendingCalls(options.limits.calls);
    this.#broker = new Broker(options.identity, options.grants, options.ports);
    this.#sandbox = options.engine.start(options.module, options.sandboxLimits, {
      message: (text) => this.#onMessage(text),
      end: (end) => this.#onEnd(end),
    });
  }

  get pid(): number | undefined {
    return this.#sandbox.pid;
  }

  /** Opens the pack with its answers. Throws `pack/open-failed`, or what ended the sandbox. */
  async open(): Promise<void> {
    const { identity, answers, limits } = this.#options;
    const message: Request = {
      t: 'open',
      environment: identity.environment,
      answers,
      placeholders: this.#broker.placeholders,
    };
    await this.request(message, { allowed: ['pack/open-failed'], deadlineMs: limits.openMs }).catch(
      (error: GreenticError) => {
        if (error.code !== 'pack/failed') throw error;
        throw new GreenticError('pack/open-failed', `${identity.name} refused to open: ${error.message}`, {
          cause: error,
        });
      },
    );
  }

  /** Sends a request and waits for its reply, at most until the deadline. */
  async request(
    message: Request,
    {
      allowed,
      deadlineMs,
      signal,
    }: { allowed: readonly ErrorCode[]; deadlineMs: number; signal?: AbortSignal | undefined },
  ): Promise<unknown> {
    if (this.#end !== undefined) throw new GreenticError(this.#end.code, this.#end.message);
    if (signal?.aborted) throw new GreenticError('call/cancelled');
    const text = JSON.stringify(message);
    const { messageBytes } = this.#options.limits;
    if (Buffer.byteLength(text) > messageBytes)
      throw new GreenticError('limit/message', `The call is larger than ${messageBytes} bytes.`);
    const { id, result } = this.#pending.open();
    this.#underWay.set(id, {
      allowed,
      hangs: setTimeout(() => this.#onHang(), Math.max(this.#options.hangMs, deadlineMs)),
    });
    const giveUp = (code: 'limit/deadline' | 'call/cancelled') => {
      this.#pending.abandon(id, new GreenticError(code));
      this.#sandbox.send(JSON.stringify({ t: 'abort', id }));
    };
    const timer = setTimeout(() => giveUp('limit/deadline'), deadlineMs);
    const onAbort = () => giveUp('call/cancelled');
    signal?.addEventListener('abort', onAbort, { once: true });
    // The id comes after the type: the sandbox tells requests apart by how they begin.
    this.#sandbox.send(text.replace(/^(\{"t":"[a-z]+")/, `$1,"id":${id}`));
    try {
      return await result;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Ends it at once. */
  kill(): void {
    this.#sandbox.kill();
  }

  #onMessage(text: string): void {
    if (this.#end !== undefined) return;
    try {
      this.#dispatch(decodePackMessage(text, this.#options.limits.messageBytes));
    } catch (error) {
      this.#endWith({ code: 'pack/protocol', message: toGreenticError(error).message });
    }
  }

  #dispatch(message: PackMessage): void {
    switch (message.t) {
      case 'call':
        void this.#serve(message);
        return;
      case 'note':
        this.#note(message.message, {});
        return;
      case 'cancel':
        this.#brokerCalls.get(message.id)?.abort();
        return;
      case 'reply': {
        const call = this.#underWay.get(message.id);
        clearTimeout(call?.hangs);
        this.#underWay.delete(message.id);
        const outcome = message.ok
          ? { value: message.value }
          : { error: errorOfPack(message.error, call?.allowed ?? []) };
        if (!this.#pending.settle(message.id, outcome))
          throw new GreenticError('pack/protocol', 'The pack answered a call nobody made.');
      }
    }
  }

  /** Serves one call of the pack to the broker; whatever happens, the pack gets an answer and the host goes on. */
  async #serve({ id, port, method, args }: Extract<PackMessage, { t: 'call' }>): Promise<void> {
    const abort = new AbortController();
    try {
      if (this.#brokerCalls.size >= this.#options.limits.brokerCalls || this.#brokerCalls.has(id)) {
        throw new GreenticError('limit/concurrency', 'The pack has too many calls under way.');
      }
      this.#brokerCalls.set(id, abort);
      const value = await this.#broker.call(port, method, args, abort.signal);
      this.#answer(JSON.stringify({ t: 'result', id, ok: true, value }));
    } catch (error) {
      this.#refuse(id, toGreenticError(error));
      this.#report(port, method, toGreenticError(error));
    } finally {
      if (this.#brokerCalls.get(id) === abort) this.#brokerCalls.delete(id);
    }
  }

  /** Sends a result. One over the limit would be more than the other side of the wall takes, and end the pack. */
  #answer(text: string): void {
    const { messageBytes } = this.#options.limits;
    if (this.#end !== undefined) return;
    if (Buffer.byteLength(text) > messageBytes)
      throw new GreenticError('limit/message', `The result is larger than ${messageBytes} bytes.`);
    this.#sandbox.send(text);
  }

  /** Tells the pack why its call failed: the code at least, where its own words back would be more than a message may be. */
  #refuse(id: number, { code, message, details }: GreenticError): void {
    if (this.#end !== undefined) return;
    const textOf = (error: object) => JSON.stringify({ t: 'result', id, ok: false, error });
    const short = textOf({ code, message: ERRORS[code].summary });
    // The message of an unforeseen error may name files of this machine.
    const text = code === 'internal/unforeseen' ? short : textOf({ code, message, details });
    this.#sandbox.send(Buffer.byteLength(text) > this.#options.limits.messageBytes ? short : text);
  }

  /** Refusals are worth a line to the operator; a pack that expects a conflict or a missing entry is not. */
  #report(port: string, method: string, error: GreenticError): void {
    if (!/^(permission|egress|limit|internal)\//.test(error.code)) return;
    this.#note(error.message, { code: error.code, call: `${port}.${method}` });
  }

  #note(message: string, fields: Record<string, string>): void {
    const { identity, ports } = this.#options;
    const pack = `${identity.name}@${identity.version}`;
    ports.log({ pack, at: new Date(), level: 'warn', message, fields, diagnostic: true });
  }

  #onHang(): void {
    this.#endWith({
      code: 'limit/deadline',
      message: `A call of the pack hung for longer than ${this.#options.hangMs} ms.`,
    });
  }

  #endWith(end: SandboxEnd): void {
    this.#onEnd(end);
    this.#sandbox.kill();
  }

  #onEnd(end: SandboxEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    for (const abort of this.#brokerCalls.values()) abort.abort();
    for (const { hangs } of this.#underWay.values()) clearTimeout(hangs);
    this.#broker.close();
    this.#pending.failAll(new GreenticError(end.code, end.message));
    this.#options.onEnd(end);
  }
}
