import type { WorkerState } from '@greentic/sdk';
import { readJson } from './problem.ts';

/** One question somebody asked. */
export interface Ticket {
  number: number;
  from: string;
  subject: string;
}

/** What a visitor sends: who it is may be left out when the session knows. */
export interface TicketDraft {
  from?: string;
  subject: string;
}

/** Decodes a visitor's request; a text says what is wrong with it. */
export async function decodeTicket(request: Request): Promise<TicketDraft | string> {
  const value = (await readJson(request)) as { from?: unknown; subject?: unknown } | null | undefined;
  const { from, subject } = value ?? {};
  if (typeof subject !== 'string' || subject.trim() === '' || subject.length > 500)
    return 'Give a "subject" of 1 to 500 characters.';
  if (from === undefined) return { subject };
  if (typeof from !== 'string' || from.trim() === '' || from.length > 200) return 'Give "from" in 1 to 200 characters.';
  return { from, subject };
}

const keyOf = (number: number) => `ticket/${String(number).padStart(9, '0')}`;

/** The tickets, in the environment's state. */
export class TicketBook {
  readonly #state: WorkerState;

  constructor(state: WorkerState) {
    this.#state = state;
  }

  async find(number: number): Promise<Ticket | null> {
    const entry = await this.#state.get(keyOf(number));
    return entry === null ? null : (JSON.parse(entry.value) as Ticket);
  }

  async list(): Promise<Ticket[]> {
    const { keys } = await this.#state.list('ticket/', { limit: 100 });
    const tickets: Ticket[] = [];
    // One after the other: a worker may have only so many calls under way.
    for (const key of keys) {
      const entry = await this.#state.get(key);
      if (entry !== null) tickets.push(JSON.parse(entry.value) as Ticket);
    }
    return tickets;
  }

  /** Files a ticket under the next number; workers that file at the same time get different ones. */
  async open(draft: { from: string; subject: string }): Promise<Ticket> {
    const ticket = { number: await this.#nextNumber(), ...draft };
    await this.#state.put(keyOf(ticket.number), JSON.stringify(ticket), { ifRevision: 0 });
    return ticket;
  }

  async #nextNumber(): Promise<number> {
    for (;;) {
      const counter = await this.#state.get('counter');
      const next = Number(counter?.value ?? 0) + 1;
      try {
        await this.#state.put('counter', String(next), { ifRevision: counter?.revision ?? 0 });
        return next;
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'state/conflict') throw error;
      }
    }
  }
}
