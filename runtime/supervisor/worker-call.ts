import { GreenticError, isGreenticError, type SlotName } from '@greentic/core';
import type { ReplyMessage } from '../worker/message.ts';
import { slotCallOf, type Tenancy, type WorkerFacts } from './tenancy.ts';
import type { WorkerCall } from './worker-process.ts';

/** Carries out a call of a slot's contract for a worker: give `input` to the pack that fills the slot. */
export type OnCall = (
  facts: WorkerFacts,
  slot: Exclude<SlotName, 'deployer'>,
  method: string,
  input: unknown,
) => Promise<unknown>;

/** Answers a worker's call by the deadline, whatever becomes of it. The worker learns codes and messages, nothing else. */
export async function answerCall(
  request: WorkerCall,
  tenancy: Tenancy,
  onCall: OnCall,
  deadlineMs: number,
): Promise<ReplyMessage> {
  const { id } = request;
  try {
    const { slot, method, input, result } = slotCallOf(request, tenancy);
    const output = await within(deadlineMs, onCall(tenancy.facts, slot, method, input));
    return { t: 'reply', id, ok: true, value: result(output) ?? null };
  } catch (error) {
    const told = isGreenticError(error) ? error : new GreenticError('internal/unforeseen');
    return { t: 'reply', id, ok: false, error: { code: told.code, message: told.message } };
  }
}

async function within<T>(deadlineMs: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new GreenticError('limit/deadline')), deadlineMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
