import type { Check } from '../../check.ts';
import { recordsIn } from '../../witness/delivery.ts';
import { markedRecord, ship } from './shipment.ts';

const ROUNDS = 5;
const RECORDS = 200;

export const flushMeansDelivered: Check<'telemetry'> = {
  id: 'TEL-05',
  rev: 1,
  slot: 'telemetry',
  level: 'core',
  title: 'When flush returns, everything accepted before it has arrived.',
  clause: 'flush returns when every record accepted before the call has been delivered.',
  hint: 'Let flush wait for the queue and for what is on its way.',
  minObservations: ROUNDS,
  async run(kit) {
    const run = kit.random.bytes(6).toString('hex');
    for (let round = 1; round <= ROUNDS; round++) {
      const first = (round - 1) * RECORDS;
      await ship(
        kit,
        Array.from({ length: RECORDS }, (_, i) => markedRecord(run, first + i)),
      );
      await kit.pack.flush({});
      kit.equal(
        recordsIn(kit.delivered).size,
        round * RECORDS,
        `The number of records there when flush ${round} returned`,
      );
    }
  },
};
