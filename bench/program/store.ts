/** Changes an environment over and over, in turns with one bare durable write of the same size; tells both times. */
import { mkdtempSync, rmSync } from 'node:fs';
import { open, rename, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EnvironmentName } from '@greentic/core';
import { createEnvironment, environmentFolder, localActor, onlyActor, openFileStore } from '@greentic/operator';

const WARM_UP = 20;
const COUNT = 300;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

const root = mkdtempSync(path.join(tmpdir(), 'gtc-bench-store-'));
try {
  const actor = localActor();
  const store = openFileStore({ root, actor, authorise: onlyActor(actor), now: () => new Date() });
  const name = EnvironmentName.parse('bench');
  const creation = { verb: 'env.create', target: name, input: {} };
  await store.create(name, { ...creation, decide: (now) => createEnvironment({ name }, now) });
  const folder = environmentFolder(root, name);
  const bytes = Buffer.alloc((await stat(path.join(folder, 'environment.json'))).size, 'x');
  const change = (count: number) =>
    store.mutate(name, {
      verb: 'bench.count',
      target: name,
      input: { count },
      decide: ({ environment }) => ({ environment: { ...environment, count }, result: null }),
    });
  const write = async () => {
    const target = path.join(root, 'bare');
    const file = await open(`${target}.new`, 'w');
    await file.writeFile(bytes);
    await file.sync();
    await file.close();
    await rename(`${target}.new`, target);
    const directory = await open(root, 'r');
    await directory.sync();
    await directory.close();
  };
  const mutate: number[] = [];
  const bare: number[] = [];
  for (let i = 0; i < WARM_UP + COUNT; i++) {
    const one = await timed(() => change(i));
    const other = await timed(write);
    if (i < WARM_UP) continue;
    mutate.push(one);
    bare.push(other);
  }
  process.stdout.write(`${JSON.stringify({ mutate, bare })}\n`);
} finally {
  rmSync(root, { recursive: true, force: true });
}
