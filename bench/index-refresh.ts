import path from 'node:path';
import { runProgram } from './measured-program.ts';
import type { BenchRow, Ground } from './row.ts';
import { median, summary } from './statistics.ts';
import { makeWideRegistry } from './wide-registry.ts';

const WIDTH = { namespaces: 100, names: 10, versions: 10 };
const ROUNDS = 11;
/** Refreshes in one process; the first of them is cold. */
const REFRESHES = 11;

interface Answer {
  readonly cpuMs: readonly number[];
  readonly reads: number;
  readonly bytes: number;
  readonly versions: number;
}

/** Processor time of verifying an index of 10,000 versions and looking one name up in it, each time for another namespace. */
export async function measureIndexRefresh(ground: Ground): Promise<BenchRow[]> {
  const location = path.join(ground.folder, 'wide');
  const { pinned, names } = await makeWideRegistry(location, WIDTH);
  const registry = { name: 'wide', location, root: pinned };
  const cold: number[] = [];
  const warm: number[] = [];
  const reads: number[] = [];
  const bytes: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const asked = Array.from(
      { length: REFRESHES },
      (_, n) => names[((i * REFRESHES + n) * WIDTH.names) % names.length],
    );
    const cache = path.join(ground.folder, 'wide-cache', String(i));
    const { answer } = await runProgram<Answer>('index-refresh', { registry, cache, names: asked });
    if (answer.versions !== WIDTH.versions) throw new Error('The index names other versions than were published.');
    cold.push(answer.cpuMs[0] ?? Number.NaN);
    warm.push(...answer.cpuMs.slice(1));
    reads.push(answer.reads);
    bytes.push(answer.bytes);
  }
  const { namespaces, names: each, versions } = WIDTH;
  const total = (namespaces * each * versions).toLocaleString('en');
  const name = `index of ${total} versions in ${namespaces} namespaces`;
  return [
    { name: `${name}: first refresh, CPU`, ...summary(cold), unit: 'ms', goal: '<= 60' },
    { name: `${name}: next refresh, CPU`, ...summary(warm), unit: 'ms' },
    {
      name: `${name}: files read`,
      value: median(reads),
      unit: '',
      note: 'with an empty cache; counts the look for a newer root, which finds no file',
    },
    { name: `${name}: bytes read`, value: median(bytes), unit: 'B', goal: '<= 200,000' },
  ];
}
