import { runProgram } from './measured-program.ts';
import type { BenchRow, Ground } from './row.ts';
import { differenceSummary, summary } from './statistics.ts';
import { timeBareNode } from './timed-process.ts';

const ROUNDS = 11;
const PACK = { name: 'greentic.state.sqlite', slot: 'state' };

/** Installing by name from a folder registry with an empty cache, each time in a new process and a new environment. */
export async function measureInstall(ground: Ground): Promise<BenchRow[]> {
  const { root, another } = await ground.installed();
  const over: number[] = [];
  const inside: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const environment = `install-${i}`;
    await another(environment);
    const bare = await timeBareNode();
    const { ms, answer } = await runProgram<{ installMs: number; locked: boolean }>('install', {
      root,
      environment,
      ...PACK,
    });
    if (!answer.locked) throw new Error('The pack was installed without a lock.');
    over.push(ms - bare);
    inside.push(answer.installMs);
  }
  const note =
    'index walked from the pinned root, publisher and conformance signatures, grants, lock and audit written';
  return [
    {
      name: 'install by name, new process, over node -e 0',
      ...differenceSummary(over),
      unit: 'ms',
      goal: '<= 200',
      note,
    },
    { name: 'install by name: modules loaded already', ...summary(inside), unit: 'ms' },
  ];
}
