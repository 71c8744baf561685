import { runProgram } from './measured-program.ts';
import type { BenchRow } from './row.ts';
import { median, rounded, summary } from './statistics.ts';

/** One change of a small environment: authorised, locked, decided, backed up, committed and recorded, all of it on disk. */
export async function measureStore(): Promise<BenchRow[]> {
  const { answer } = await runProgram<{ mutate: number[]; bare: number[] }>('store', {});
  return [
    {
      name: 'store: one change, durable',
      ...summary(answer.mutate),
      unit: 'ms',
      peer: 'one durable file write',
      peerValue: rounded(median(answer.bare)),
      ratio: rounded(median(answer.mutate) / median(answer.bare)),
    },
  ];
}
