import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const EVERY_MS = 250;

// A thread has an event loop of its own: it sees the parent go even while the bundle spins.
const PROGRAM = `
  const process = require('node:process');
  const { workerData } = require('node:worker_threads');
  setInterval(() => {
    if (process.ppid !== workerData.parentPid) process.kill(process.pid, 'SIGKILL');
  }, workerData.everyMs);
`;

/** Ends this process soon after its parent ended, whatever the main thread does. Resolves when the watch has begun. */
export async function watchParent(parentPid: number): Promise<void> {
  const thread = new Worker(PROGRAM, {
    eval: true,
    env: {},
    workerData: { parentPid, everyMs: EVERY_MS },
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
  });
  await once(thread, 'online');
  thread.unref();
}
