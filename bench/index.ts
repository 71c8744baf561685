import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { makeInstalled } from './installed-ground.ts';
import { describeMachine } from './machine.ts';
import { buildPrograms } from './measured-program.ts';
import type { BenchRow, Ground, Installed, Measure } from './row.ts';
import { describeRow } from './table.ts';

/** Every measurement, in the order they run. */
const MEASUREMENTS: Readonly<Record<string, () => Promise<Measure>>> = {
  cli: async () => (await import('./command-line.ts')).measureCommandLine,
  start: async () => (await import('./start.ts')).measureStart,
  install: async () => (await import('./install.ts')).measureInstall,
  index: async () => (await import('./index-refresh.ts')).measureIndexRefresh,
  evidence: async () => (await import('./evidence.ts')).measureEvidence,
  call: async () => (await import('./call.ts')).measureCall,
  worker: async () => (await import('./worker.ts')).measureWorker,
  store: async () => (await import('./store.ts')).measureStore,
  router: async () => (await import('./router.ts')).measureRouter,
};

/** The measurements asked for; ends the process with 2 for one that does not exist. */
function chosen(): string[] {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  const names = values.only?.split(',') ?? Object.keys(MEASUREMENTS);
  const unknown = names.find((name) => !Object.hasOwn(MEASUREMENTS, name));
  if (unknown === undefined) return names;
  process.stderr.write(`There is no measurement ${unknown}; there are ${Object.keys(MEASUREMENTS).join(', ')}.\n`);
  process.exit(2);
}

function groundIn(folder: string): Ground {
  let installed: Promise<Installed> | undefined;
  return {
    folder,
    installed: () => {
      installed ??= makeInstalled(folder);
      return installed;
    },
  };
}

const started = performance.now();
const names = chosen();
const before = describeMachine();
const rows: BenchRow[] = [];
const failed: string[] = [];
const folder = await mkdtemp(path.join(tmpdir(), 'gtc-bench-'));
try {
  await buildPrograms();
  const ground = groundIn(folder);
  for (const name of names) {
    try {
      const measure = await MEASUREMENTS[name]?.();
      for (const row of (await measure?.(ground)) ?? []) {
        rows.push(row);
        process.stderr.write(`${describeRow(row)}\n`);
      }
    } catch (error) {
      failed.push(name);
      process.stderr.write(`${name} failed: ${(error as Error).stack}\n`);
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
const seconds = Math.round((performance.now() - started) / 1000);
const machine = { ...before, loadAfter: describeMachine().load };
process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), machine, seconds, rows, failed })}\n`);
process.stderr.write(`${rows.length} rows in ${seconds} s on ${machine.cpus} × ${machine.cpu}, Node ${machine.node}\n`);
if (failed.length > 0) process.exitCode = 1;
