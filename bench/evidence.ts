import { runProgram } from './measured-program.ts';
import type { BenchRow } from './row.ts';
import { median, rounded, summary } from './statistics.ts';

/** Verifying one piece of evidence: envelope decoded, signature checked, statement decoded from the signed bytes. */
export async function measureEvidence(): Promise<BenchRow[]> {
  const { answer } = await runProgram<{ whole: number[]; bare: number[] }>('evidence', {});
  return [
    {
      name: 'verify one evidence bundle',
      ...summary(answer.whole),
      unit: 'µs',
      peer: 'crypto.verify alone',
      peerValue: rounded(median(answer.bare)),
      ratio: rounded(median(answer.whole) / median(answer.bare)),
    },
  ];
}
