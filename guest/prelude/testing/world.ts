import { readFileSync } from 'node:fs';
import path from 'node:path';
import ivm from 'isolated-vm';
import { compute } from '../../compute.ts';

const preludePath = path.join(import.meta.dirname, '..', '..', 'dist', 'prelude.js');

let snapshot: ivm.ExternalCopy<ArrayBuffer> | undefined;

/** A message between host and isolate. */
export interface Message {
  readonly t: string;
  readonly id: number;
  readonly [field: string]: unknown;
}

/** Texts of a pack whose `open` returns these members. */
export function packOf(members: string, before = ''): string {
  return `${before}\nexport default { slot: 'state', async open(context) { return { ${members} }; } };`;
}

/** The world in a real isolate, made from a snapshot as in production, with the host's end in the test's hands. */
export class World {
  readonly sent: Message[] = [];
  readonly isolate: ivm.Isolate;
  readonly context: ivm.Context;
  readonly #deliver: ivm.Reference<(json: string) => void>;
  readonly #register: ivm.Reference<(definition: unknown) => string>;
  #nextId = 1;
  #waiting: { matches: (message: Message) => boolean; resolve: (message: Message) => void }[] = [];
  /** Answers the isolate's calls to the broker; an error with a code is a refusal. */
  broker: (port: string, method: string, args: never, id: number) => unknown = () => null;

  private constructor() {
    snapshot ??= ivm.Isolate.createSnapshot([{ code: readFileSync(preludePath, 'utf8') }]);
    this.isolate = new ivm.Isolate({ memoryLimit: 64, snapshot });
    this.context = this.isolate.createContextSync();
    const send = new ivm.Callback((json: string) => this.#onSend(json));
    const api = this.context.evalClosureSync(
      'return globalThis.__greentic.boot($0, $1)',
      [send, new ivm.Callback((json: string) => compute(json))],
      { result: { reference: true } },
    ) as ivm.Reference<{ deliver(json: string): void; register(definition: unknown): string }>;
    this.#deliver = api.getSync('deliver', { reference: true });
    this.#register = api.getSync('register', { reference: true });
  }

  static start(): World {
    return new World();
  }

  end(): void {
    if (!this.isolate.isDisposed) this.isolate.dispose();
  }

  /** Value of an expression, or of the promise it gives. */
  async evaluate(code: string): Promise<unknown> {
    return await this.context.eval(code, { copy: true, promise: true, timeout: 10_000 });
  }

  /** Loads a module and registers its default export; gives what `register` said. */
  async load(module: string): Promise<unknown> {
    const pack = await this.isolate.compileModule(module);
    await pack.instantiate(this.context, () => {
      throw new Error('A pack is one file.');
    });
    await pack.evaluate();
    const definition = (await pack.namespace.get('default', { reference: true })) as ivm.Reference;
    return await this.#register.apply(undefined, [definition.derefInto()], { result: { copy: true } });
  }

  /** Loads and opens a pack. */
  async open(module: string, fields: object = {}): Promise<Message> {
    await this.load(module);
    return await this.request('open', { environment: 'demo', answers: {}, placeholders: {}, ...fields });
  }

  /** Sends a request and gives the reply. */
  async request(t: string, fields: object = {}): Promise<Message> {
    const id = this.#nextId++;
    const reply = this.next((message) => message.t === 'reply' && message.id === id);
    this.deliver({ t, id, ...fields });
    return await reply;
  }

  async invoke(method: string, input: unknown = null): Promise<Message> {
    return await this.request('invoke', { method, input });
  }

  /** The first message to come that matches. */
  async next(matches: (message: Message) => boolean): Promise<Message> {
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    const deadline = setTimeout(() => reject(new Error('No such message came.')), 5000);
    this.#waiting.push({ matches, resolve });
    return await promise.finally(() => clearTimeout(deadline));
  }

  deliver(message: object): void {
    const failed = (error: Error) => this.sent.push({ t: 'failed', id: 0, message: error.message });
    this.#deliver.apply(undefined, [JSON.stringify(message)], { timeout: 5000 }).catch(failed);
  }

  #onSend(json: string): void {
    const message = JSON.parse(json) as Message;
    this.sent.push(message);
    const found = this.#waiting.find(({ matches }) => matches(message));
    this.#waiting = this.#waiting.filter((one) => one !== found);
    found?.resolve(message);
    if (message.t === 'call') void this.#answer(message);
    if (message.t === 'timer') setTimeout(() => this.#fire(message.id), Number(message['ms']));
  }

  #fire(id: number): void {
    if (!this.isolate.isDisposed) this.deliver({ t: 'fire', id });
  }

  async #answer({ id, port, method, args }: Message): Promise<void> {
    let outcome: object;
    try {
      outcome = { ok: true, value: await this.broker(String(port), String(method), args as never, id) };
    } catch (error) {
      const { code, message } = error as Error & { code: string };
      outcome = { ok: false, error: { code, message } };
    }
    if (!this.isolate.isDisposed) this.deliver({ t: 'result', id, ...outcome });
  }
}
