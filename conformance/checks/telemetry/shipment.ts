import type { TelemetryRecord } from '@greentic/core';
import type { Kit } from '../../kit.ts';
import { markOf } from '../../witness/delivery.ts';

const MAX_ATTEMPTS = 200;

type Kind = Pick<TelemetryRecord, 'kind' | 'durationMs' | 'value'>;

/** Every kind of record, with what only that kind has. */
export const KINDS: readonly Kind[] = [
  { kind: 'log' },
  { kind: 'span', durationMs: 12.5 },
  { kind: 'metric', value: -1 },
];

/** A record that can be told from every other wherever it arrives. */
export function markedRecord(
  run: string,
  number: number,
  attributes: TelemetryRecord['attributes'] = {},
  kind: Kind = { kind: 'log' },
): TelemetryRecord {
  const mark = { environment: 'conformance', mark: markOf(run, number) };
  return {
    ...kind,
    name: 'kit.record',
    timeMs: 1_700_000_000_000 + number,
    attributes: { ...mark, ...attributes },
  };
}

/** Exports records until all of them were accepted: what was not is offered again, from the first that was left. */
export async function ship(kit: Kit<'telemetry'>, records: readonly TelemetryRecord[]): Promise<void> {
  let rest = [...records];
  for (let attempt = 0; rest.length > 0; attempt++) {
    if (attempt === MAX_ATTEMPTS) kit.expect(false, `${rest.length} records were never accepted.`);
    const { accepted } = await kit.pack.export({ records: rest });
    kit.expect(accepted <= rest.length, `${accepted} of ${rest.length} records were accepted.`);
    rest = rest.slice(accepted);
  }
}
