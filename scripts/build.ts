import path from 'node:path';
import { bundle, missingEntries, type Outcome } from './build/bundle.ts';
import { declare } from './build/declarations.ts';
import { TARGETS } from './build/target.ts';

const root = path.join(import.meta.dirname, '..');
const partial = process.argv.includes('--partial');
const started = performance.now();
const outcomes: [name: string, outcome: Outcome | 'failed'][] = [];

/** Runs one step and goes on after a failure, so that one run shows all of them. */
async function run(name: string, step: () => Outcome | Promise<Outcome>): Promise<void> {
  try {
    outcomes.push([name, await step()]);
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    outcomes.push([name, 'failed']);
  }
}

for (const target of TARGETS) {
  await run(target.name, () => bundle(root, target));
  for (const entry of missingEntries(root, target)) console.error(`${target.name}: ${entry} does not exist`);
}
await run('declarations', () => declare(root));

const summary = outcomes.map(([name, outcome]) => `${name} ${outcome}`).join(', ');
console.error(`${summary} (${Math.round(performance.now() - started)} ms)`);
const bad = outcomes.filter(([, outcome]) => outcome === 'failed' || outcome === 'missing');
if (bad.length > 0 && !partial) process.exitCode = 1;
