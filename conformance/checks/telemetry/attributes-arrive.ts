import type { TelemetryRecord } from '@greentic/core';
import type { Check } from '../../check.ts';
import type { Kit } from '../../kit.ts';
import { markOf, recordsIn, valuesIn } from '../../witness/delivery.ts';
import { markedRecord, ship } from './shipment.ts';

/** Ships one record for each set of attributes, and looks for every one of them on what arrived. */
export async function expectAttributes(
  kit: Kit<'telemetry'>,
  sets: readonly TelemetryRecord['attributes'][],
): Promise<void> {
  const run = kit.random.bytes(6).toString('hex');
  await ship(
    kit,
    sets.map((attributes, i) => markedRecord(run, i, attributes)),
  );
  await kit.pack.flush({});
  const arrived = recordsIn(kit.delivered);
  for (const [i, attributes] of sets.entries()) {
    const record = arrived.get(markOf(run, i))?.[0];
    kit.expect(record !== undefined, `Record ${i} did not arrive.`);
    for (const [name, value] of Object.entries(attributes)) {
      const shown = JSON.stringify(value).slice(0, 60);
      const found = valuesIn(record ?? null, name).includes(value);
      kit.expect(found, `The attribute ${name.slice(0, 40)} of record ${i} did not arrive as ${shown}.`);
    }
  }
}

export const attributesArrive: Check<'telemetry'> = {
  id: 'TEL-07',
  rev: 2,
  slot: 'telemetry',
  level: 'core',
  title: 'Every attribute arrives on its record, with its name, its value and its type.',
  clause:
    'A record has attributes: environment always, and from a worker deployment, revision, customer and bundle_digest.',
  hint: 'Pass attributes on as they are: numbers as numbers, false and 0 and the empty text included.',
  minObservations: 20,
  async run(kit) {
    const worker = {
      deployment: 'desk.acme',
      revision: 'desk.acme.1',
      customer: 'acme',
      bundle_digest: `sha256:${'a'.repeat(64)}`,
    };
    await expectAttributes(kit, [
      worker,
      { ...worker, customer: 'rival', count: 3, share: 0.25, ok: true },
      { zero: 0, no: false, empty: '', negative: -1.5, digits: '42', word: 'true' },
      { kind: 'span', name: 'an attribute called name', message: 'text', level: 'error', time: 1 },
      { count: 'three', share: true, ok: 'yes', zero: 'none' },
    ]);
  },
};
