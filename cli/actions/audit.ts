import type { Invocation } from '../commands/command.ts';
import { parseWhole } from '../reference.ts';
import { environmentName } from '../session.ts';

/** `op audit list` */
export async function list({
  session,
  args: [text = ''],
  options,
}: Invocation<{ after: string; limit: string }>): Promise<void> {
  const [after, limit] = [parseWhole(options.after, '--after'), parseWhole(options.limit, '--limit')];
  const events = await session.store.events(environmentName(text), { after, limit });
  session.output.result(events, (all) => ({
    head: ['#', 'at', 'who', 'verb', 'target', 'outcome'],
    rows: all.map((event) => [
      `${event.sequence}`,
      event.at,
      event.actor.name,
      event.verb,
      event.target,
      event.code ?? event.outcome,
    ]),
  }));
}

/** `op audit verify` */
export async function verify({ session, args: [text = ''] }: Invocation<object>): Promise<void> {
  const head = await session.store.verifyAudit(environmentName(text));
  session.output.result(
    head,
    ({ sequence, digest }) => `The audit chain verifies: ${sequence} events, head ${digest}.`,
  );
}
