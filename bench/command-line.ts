import { runCommandLine } from './measured-program.ts';
import type { BenchRow, Ground } from './row.ts';
import { median, rounded, summary } from './statistics.ts';
import { timeBareNode } from './timed-process.ts';

const ROUNDS = 17;
const PEER = 'node -e 0';

/** Starts of the command line beside Node doing nothing, from start to exit, in turns. */
export async function measureCommandLine(ground: Ground): Promise<BenchRow[]> {
  const { root } = await ground.installed();
  const bare: number[] = [];
  const version: number[] = [];
  const list: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    bare.push(await timeBareNode());
    version.push((await runCommandLine('--version')).ms);
    list.push((await runCommandLine('op', 'env', 'list', '--root', root)).ms);
  }
  const beside = (values: readonly number[]) => ({
    ...summary(values),
    unit: 'ms',
    peer: PEER,
    peerValue: rounded(median(bare)),
    ratio: rounded(median(values) / median(bare)),
  });
  return [
    { name: 'gtc --version', ...beside(version), goal: `<= 1.5 × ${PEER}` },
    { name: 'gtc op env list, one environment of five packs', ...beside(list) },
  ];
}
