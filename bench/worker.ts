import { runProgram } from './measured-program.ts';
import type { BenchRow } from './row.ts';
import { summary } from './statistics.ts';

/** A worker from the order to start it until it has proven which bytes it runs. */
export async function measureWorker(): Promise<BenchRow[]> {
  const { answer } = await runProgram<{ times: number[] }>('worker', {});
  return [{ name: 'worker, cold start to witness', ...summary(answer.times), unit: 'ms' }];
}
