import path from 'node:path';
import type { ArtifactName } from '@greentic/core';
import { runProgram } from './measured-program.ts';
import type { BenchRow, Ground } from './row.ts';
import { median, summary } from './statistics.ts';
import { makeWideRegistry } from './wide-registry.ts';

/** An index of 10,000 versions in one role of namespaces, and one whose namespaces are in bins. */
const WIDTHS = [
  { namespaces: 100, names: 10, versions: 10, goals: true },
  { namespaces: 1000, names: 1, versions: 10, goals: false },
];
const ROUNDS = 7;
/** Refreshes in one process; the first of them is cold. */
const REFRESHES = 11;

interface Cost {
  readonly cpuMs: readonly number[];
  readonly requests: number;
  readonly bytes: number;
}

interface Answer extends Cost {
  readonly documents: number;
  readonly versions: number;
}

/**
 * Processor time of verifying an index and looking one name up in it, each time for another namespace; in turns with tuf-js's
 * own client, which reads the same files.
 */
export async function measureIndexRefresh(ground: Ground): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const width of WIDTHS) rows.push(...(await measureWidth(ground, width)));
  return rows;
}

async function measureWidth(ground: Ground, width: (typeof WIDTHS)[number]): Promise<BenchRow[]> {
  const location = path.join(ground.folder, `wide-${width.namespaces}`);
  const { pinned, names } = await makeWideRegistry(location, width);
  const ours: Answer[] = [];
  const stock: Cost[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const asked = Array.from({ length: REFRESHES }, (_, n) => namedAt(names, (i * REFRESHES + n) * width.names));
    const cache = path.join(ground.folder, `wide-cache-${width.namespaces}`, String(i));
    const registry = { name: 'wide', location, root: pinned };
    const { answer } = await runProgram<Answer>('index-refresh', { registry, cache, names: asked });
    if (answer.versions !== width.versions) throw new Error('The index names other versions than were published.');
    ours.push(answer);
    const paths = asked.map((name) => `${name.split('.')[0]}/${name}.json`);
    const input = { location, root: pinned, paths, cache: `${cache}-stock` };
    stock.push((await runProgram<Cost>('stock-index', input)).answer);
  }
  return rowsOf(width, ours, stock);
}

function rowsOf(
  { namespaces, names, versions, goals }: (typeof WIDTHS)[number],
  ours: Answer[],
  stock: Cost[],
): BenchRow[] {
  const name = `index of ${(namespaces * names * versions).toLocaleString('en')} versions in ${namespaces} namespaces`;
  const cold = (costs: readonly Cost[]) => costs.map(({ cpuMs }) => cpuMs[0] ?? Number.NaN);
  const warm = (costs: readonly Cost[]) => costs.flatMap(({ cpuMs }) => cpuMs.slice(1));
  const beside = (value: number) => ({ peer: 'tuf-js', peerValue: value });
  const goal = (text: string) => (goals ? { goal: text } : {});
  const of = (costs: readonly Cost[], field: 'requests' | 'bytes') => median(costs.map((cost) => cost[field]));
  return [
    {
      name: `${name}: first look, CPU`,
      ...summary(cold(ours)),
      unit: 'ms',
      ...goal('<= 60'),
      ...beside(summary(cold(stock)).value),
      note: 'a new process; ours reads the versions document as well, and keeps what it saw',
    },
    { name: `${name}: next look, CPU`, ...summary(warm(ours)), unit: 'ms', ...beside(summary(warm(stock)).value) },
    {
      name: `${name}: metadata requests`,
      value: of(ours, 'requests'),
      unit: '',
      ...goal('<= 5'),
      ...beside(of(stock, 'requests')),
      note: 'with an empty cache; counts the look for a newer root, which finds no file',
    },
    {
      name: `${name}: bytes read`,
      value: of(ours, 'bytes'),
      unit: 'B',
      ...goal('<= 200,000'),
      ...beside(of(stock, 'bytes')),
    },
  ];
}

function namedAt(names: readonly ArtifactName[], i: number): ArtifactName {
  const name = names[i % names.length];
  if (name === undefined) throw new Error('The registry has no names.');
  return name;
}
