/** Mutates what strangers send to the parsers of the registry: `npm run fuzz -- --minutes 10 [--seed 1]`. Ends with 1 at the first failure. */
import { parseArgs } from 'node:util';
import { fuzzOnce, fuzzTargets } from './fuzz-target.ts';
import { seeded } from './mutation.ts';
import { SampleRegistry } from './sample-registry.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 32) },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0) || !Number.isInteger(seed)) throw new Error('--minutes is a number above 0, --seed a whole number.');

await using registry = await SampleRegistry.create();
const targets = await fuzzTargets(registry);
const counts = new Map(targets.map(({ name }) => [name, 0]));
const pick = seeded(seed);
const end = performance.now() + minutes * 60_000;
let failures = 0;
while (performance.now() < end && failures === 0) {
  for (const target of targets) {
    counts.set(target.name, (counts.get(target.name) ?? 0) + 1);
    const failure = await fuzzOnce(target, pick);
    if (failure === undefined) continue;
    failures++;
    process.stderr.write(`${JSON.stringify(failure)}\n`);
  }
}
process.stdout.write(`${JSON.stringify({ seed, minutes, failures, mutations: Object.fromEntries(counts) })}\n`);
if (failures > 0) process.exitCode = 1;
