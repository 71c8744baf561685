/** Calls into packs: told `{ root, environment }`, calls a bare pack and one that reads an entry, in turns; tells the times. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { assertPack, decodeManifest, digestOf, EnvironmentName, openPack, type PackGeneration } from '@greentic/core';
import { EnvironmentPacks, environmentFolder, localActor, onlyActor, openFileStore } from '@greentic/operator';

const WARM_UP = 1000;
const TURNS = 20;
const CALLS = 200;
const COLD = 9;
const INPUT = { tenant: 'acme', key: 'k' };

const { root, environment } = JSON.parse(process.argv[2] ?? '') as { root: string; environment: string };
const folder = mkdtempSync(path.join(tmpdir(), 'gtc-bench-call-'));
const ports = { dataDir: folder, log: () => undefined };

function barePack(): PackGeneration {
  const module = `export default { slot: 'state', open() { return {
    async get() { return { entry: null }; }, async put() { return { revision: 1 }; },
    async delete() { return { deleted: false }; }, async list() { return { keys: [], next: null }; } }; } };`;
  const facts = {
    schema: 'greentic.pack/1',
    name: 'greentic.state.bare',
    version: '1.0.0',
    slot: 'state',
    contract: 1,
  };
  const manifest = decodeManifest(JSON.stringify({ ...facts, title: 'Bare', description: 'Answers at once.' }));
  assertPack(manifest);
  const { name, version } = manifest;
  const artifact = { name, version, digest: digestOf(module), manifest, module };
  return openPack({ artifact, environment, grants: [], answers: {}, ports });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Resident memory of a process in MB; null where the system does not tell it the way Linux does. */
function residentMb(pid: number | undefined): number | null {
  if (process.platform !== 'linux') return null;
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kib) * 1024) / 1e6;
}

const actor = localActor();
const now = () => new Date();
const store = openFileStore({ root, actor, authorise: onlyActor(actor), now });
const cacheOf = (name: string) => path.join(environmentFolder(root, name), 'cache');
const snapshot = await store.read(EnvironmentName.parse(environment));
const packs = new EnvironmentPacks(snapshot, { cacheOf, now, brokerPorts: () => ports });
const reading = await packs.generation('state');
const bare = barePack();
try {
  await reading.call('put', { ...INPUT, value: 'x'.repeat(100) });
  for (let i = 0; i < WARM_UP; i++) for (const pack of [bare, reading]) await pack.call('get', INPUT);
  const times = { bare: [] as number[], reading: [] as number[] };
  for (let turn = 0; turn < TURNS; turn++) {
    for (let i = 0; i < CALLS; i++) times.bare.push(await timed(() => bare.call('get', INPUT)));
    for (let i = 0; i < CALLS; i++) times.reading.push(await timed(() => reading.call('get', INPUT)));
  }
  const residentWarm = residentMb(bare.pid);
  const cold: number[] = [];
  const resident: (number | null)[] = [];
  for (let i = 0; i < COLD; i++) {
    const pack = barePack();
    cold.push(await timed(() => pack.call('get', INPUT)));
    resident.push(residentMb(pack.pid));
    await pack.close();
  }
  process.stdout.write(`${JSON.stringify({ ...times, cold, resident, residentWarm })}\n`);
} finally {
  await Promise.all([bare.close(), packs.close()]);
  rmSync(folder, { recursive: true, force: true });
}
