import { runProgram } from './measured-program.ts';
import type { BenchRow, Ground } from './row.ts';
import { differenceSummary, summary } from './statistics.ts';
import { timeBareNode } from './timed-process.ts';

const ROUNDS = 17;
const PACKS = 5;

interface Answer {
  readonly loadedMs: number;
  readonly openMs: number;
  readonly opened: number;
  readonly sockets: number;
  /** Processor time of the process from its start. */
  readonly cpuMs: number;
}

/** Locked and cached starts in new processes: store read, every byte and signature of each pack verified again. */
export async function measureStart(ground: Ground): Promise<BenchRow[]> {
  const { root, environment } = await ground.installed();
  const run = async (packs: number) => {
    const { ms, answer } = await runProgram<Answer>('start', { root, environment, packs });
    if (answer.opened !== packs) throw new Error(`Only ${answer.opened} packs were opened.`);
    return { ms, ...answer };
  };
  const over: number[] = [];
  const further: number[] = [];
  const loaded: number[] = [];
  const opening: number[] = [];
  const cpu: number[] = [];
  let sockets = 0;
  for (let i = 0; i < ROUNDS; i++) {
    const bare = await timeBareNode();
    const one = await run(1);
    const all = await run(PACKS);
    over.push(all.ms - bare);
    further.push((all.openMs - one.openMs) / (PACKS - 1));
    loaded.push(all.loadedMs);
    opening.push(all.openMs);
    cpu.push(all.cpuMs);
    sockets += all.sockets + one.sockets;
  }
  return [
    { name: 'locked start of five packs, over node -e 0', ...differenceSummary(over), unit: 'ms', goal: '<= 150' },
    { name: 'locked start: processor time, Node’s own start included', ...summary(cpu), unit: 'ms' },
    { name: 'locked start: process start and modules loaded', ...summary(loaded), unit: 'ms' },
    { name: 'locked start: store read and five packs verified', ...summary(opening), unit: 'ms' },
    { name: 'locked start: each further pack', ...differenceSummary(further), unit: 'ms', goal: '<= 15' },
    { name: 'locked start: sockets opened, all rounds together', value: sockets, unit: '', goal: '0' },
  ];
}
