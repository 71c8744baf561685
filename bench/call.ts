import { runProgram } from './measured-program.ts';
import type { BenchRow, Ground } from './row.ts';
import { rounded, summary } from './statistics.ts';

interface Answer {
  readonly bare: readonly number[];
  readonly reading: readonly number[];
  readonly cold: readonly number[];
  readonly resident: readonly (number | null)[];
  readonly residentWarm: number | null;
}

const ROUNDS = 3;

/** Calls into packs and back, one after the other: through the contract's checks, the pipe, the isolate and the broker. */
export async function measureCall(ground: Ground): Promise<BenchRow[]> {
  const { root, environment } = await ground.installed();
  const answers: Answer[] = [];
  for (let i = 0; i < ROUNDS; i++) answers.push((await runProgram<Answer>('call', { root, environment })).answer);
  const all = (of: (answer: Answer) => readonly number[]) => summary(answers.flatMap(of));
  const memory = (values: readonly (number | null)[]) => values.filter((value) => value !== null);
  const rows: BenchRow[] = [
    { name: 'call into a pack and back, warm', ...all(({ bare }) => bare), unit: 'ms', goal: 'p95 <= 0.2' },
    { name: 'call into a pack and back, with one kv read inside', ...all(({ reading }) => reading), unit: 'ms' },
    { name: 'sandbox child, cold to first result', ...all(({ cold }) => cold), unit: 'ms', goal: '<= 100' },
  ];
  const resident = answers.flatMap((answer) => memory(answer.resident));
  const warm = answers.flatMap((answer) => memory([answer.residentWarm]));
  if (resident.length === 0) return rows;
  const note = `${rounded(Math.max(...warm))} MB at most after the warm calls; pages shared with other Node processes count in full`;
  return [...rows, { name: 'sandbox child, resident memory', ...summary(resident), unit: 'MB', goal: '<= 60', note }];
}
