import type { Check } from '../../check.ts';
import { markOf, recordsIn } from '../../witness/delivery.ts';
import { KINDS, markedRecord, ship } from './shipment.ts';

const RECORDS = 1000;
const BATCH = 125;

export const eachRecordOnce: Check<'telemetry'> = {
  id: 'TEL-01',
  rev: 2,
  slot: 'telemetry',
  level: 'core',
  title: `Of ${RECORDS} logs, spans and metrics each that was accepted is delivered, once, and no other.`,
  clause: 'Records go out, each at most once, none in silence; accepted counts those that will be delivered.',
  hint: 'Count a record as accepted only when it will be sent, and send nothing a second time that may have arrived.',
  minObservations: RECORDS,
  async run(kit) {
    const run = kit.random.bytes(6).toString('hex');
    const records = Array.from({ length: RECORDS }, (_, i) => markedRecord(run, i, {}, KINDS[i % KINDS.length]));
    const batches = Array.from({ length: RECORDS / BATCH }, (_, i) => records.slice(i * BATCH, (i + 1) * BATCH));
    await Promise.all(batches.map((batch) => ship(kit, batch)));
    await kit.pack.flush({});
    const arrived = recordsIn(kit.delivered);
    for (let i = 0; i < RECORDS; i++) {
      const times = arrived.get(markOf(run, i))?.length ?? 0;
      kit.expect(
        times === 1,
        `Record ${i}, a ${KINDS[i % KINDS.length]?.kind}, was accepted and arrived ${times} times.`,
      );
    }
    kit.equal(arrived.size, RECORDS, 'The number of different records that arrived');
  },
};
