/** Starts workers one after the other and tells, for each, the milliseconds from the order to its proven identity. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { assembleArtifact } from '@greentic/registry';
import { createSupervisor, observeWorker } from '@greentic/runtime';

const COUNT = 9;
const DEADLINE_MS = 10_000;

const name = 'greentic.bundle.desk';
const manifest = { schema: 'greentic.bundle/1', name, version: '1.0.0', title: 'Desk', description: 'Says hello.' };
const bundle = assembleArtifact({
  config: Buffer.from(JSON.stringify(manifest)),
  module: Buffer.from('export default { fetch: () => new Response("hello") };\n'),
});
const { image, config, module, version, digest } = bundle;
const folder = mkdtempSync(path.join(tmpdir(), 'gtc-bench-'));
const now = () => new Date();
const supervisor = await createSupervisor({
  environment: 'bench',
  folder: path.join(folder, 'run', 's'),
  stateFile: path.join(folder, 'workers.json'),
  loadBundle: async () => ({ image, config, module }),
  onCall: async () => ({}),
  onLog: () => undefined,
  now,
  random: (count) => randomBytes(count),
});

async function endpointOf(revision: string): Promise<string> {
  const end = performance.now() + DEADLINE_MS;
  while (performance.now() < end) {
    const { workers } = await supervisor.list();
    const found = workers.find((worker) => worker.revision === revision);
    if (found?.phase === 'running' && found.endpoint !== null) return found.endpoint;
    await delay(1);
  }
  throw new Error(`Worker ${revision} does not run.`);
}

try {
  const times: number[] = [];
  for (let i = 1; i <= COUNT; i++) {
    const revision = `desk.acme.${i}`;
    const started = performance.now();
    await supervisor.define({ revision, deployment: 'desk.acme', customer: 'acme', bundle: { name, version, digest } });
    await supervisor.start({ revision });
    const endpoint = await endpointOf(revision);
    const nonce = randomBytes(24).toString('base64url');
    await observeWorker(endpoint, { revision, bundleDigest: digest }, { nonce, deadlineMs: DEADLINE_MS, now });
    times.push(performance.now() - started);
    await supervisor.remove({ revision });
  }
  process.stdout.write(`${JSON.stringify({ times })}\n`);
} finally {
  await supervisor.close({ drainMs: 0 });
  rmSync(folder, { recursive: true, force: true });
}
