import { post } from './channel.ts';
import { packContext } from './context.ts';
import { codedError, describeFailure, read } from './failure.ts';
import { apply, freeze, hasOwn, observe, parse, stringify } from './intrinsics.ts';
import { type PortResult, settlePort } from './port.ts';
import { fireTimer } from './timer.ts';

/** What the host sends: requests that are answered under their id, and news of what the pack waits for. */
type HostMessage =
  | {
      readonly t: 'open';
      readonly id: number;
      readonly environment: string;
      readonly answers: Readonly<Record<string, string | number | boolean>>;
      readonly placeholders: Readonly<Record<string, string>>;
    }
  | { readonly t: 'invoke'; readonly id: number; readonly method: string; readonly input: unknown }
  | { readonly t: 'close'; readonly id: number }
  | { readonly t: 'abort'; readonly id: number }
  | ({ readonly t: 'result' } & PortResult)
  | { readonly t: 'fire'; readonly id: number };

let definition: unknown;
let opened: unknown;

/** Takes the module's default export. Returns why it is no pack, or an empty text. Never throws. */
export function register(value: unknown): string {
  if (typeof read(value, 'open') !== 'function') return 'The module’s default export has no function `open`.';
  definition = value;
  return '';
}

/** Takes one message of the host. Whatever the pack does meanwhile, each request gets exactly one reply. */
export function deliver(json: string): void {
  const message = parse(json) as HostMessage;
  switch (message.t) {
    case 'open':
      answer(message.id, () => open(message), keep);
      return;
    case 'invoke':
      answer(message.id, () => invoke(message.method, hasOwn(message, 'input') ? message.input : undefined));
      return;
    case 'close':
      answer(message.id, close, () => null);
      return;
    case 'result':
      settlePort(message);
      return;
    case 'fire':
      fireTimer(message.id);
      return;
    case 'abort':
    // The caller has given up. Contract version 1 does not tell the pack; its reply still ends the call's account.
  }
}

/** Runs something and replies with what it gives, once `finish` has looked at it. No `await`: that trusts the pack's promises. */
function answer(id: number, run: () => unknown, finish: (value: unknown) => unknown = (value) => value): void {
  const refuse = (reason: unknown) => post(`{"t":"reply","id":${id},"ok":false,"error":${describeFailure(reason)}}`);
  const reply = (value: unknown) => {
    let json: string;
    try {
      json = jsonOf(finish(value));
    } catch (error) {
      refuse(error);
      return;
    }
    // The envelope is put together as text: a `toJSON` that a pack left on `Object.prototype` sees its own values only.
    post(`{"t":"reply","id":${id},"ok":true,"value":${json}}`);
  };
  observe(run, reply, refuse);
}

function jsonOf(value: unknown): string {
  let reason = 'it is nothing JSON can hold';
  try {
    const json: unknown = stringify(value);
    if (typeof json === 'string') return json;
  } catch (error) {
    const message = read(error, 'message');
    reason = typeof message === 'string' ? message : 'it resists reading';
  }
  throw codedError('pack/result-invalid', `The pack’s result has no JSON form: ${reason}.`);
}

type OpenMessage = Extract<HostMessage, { t: 'open' }>;

function open(message: OpenMessage): unknown {
  if (opened !== undefined) throw codedError('pack/protocol', 'The pack is open already.');
  return apply(methodOf(definition, 'open'), definition, [packContext(message)]);
}

function keep(result: unknown): null {
  if (typeof result !== 'object' || result === null)
    throw codedError('pack/open-failed', 'The pack opened to nothing.');
  opened = result;
  return null;
}

function invoke(method: string, input: unknown): unknown {
  if (opened === undefined) throw codedError('pack/not-open', 'The pack is not open.');
  return apply(methodOf(opened, method), opened, [input]);
}

function close(): unknown {
  const pack = opened;
  opened = undefined;
  const method = read(pack, 'close');
  return typeof method === 'function' ? apply(method, pack, []) : null;
}

function methodOf(owner: unknown, name: string): (...args: unknown[]) => unknown {
  const method = read(owner, name);
  if (typeof method !== 'function') throw codedError('pack/result-invalid', `The pack has no method ${name}.`);
  return method as (...args: unknown[]) => unknown;
}

/** The host's end of the world. */
export const dispatcher = freeze({ deliver, register });
