import { runProgram } from './measured-program.ts';
import type { BenchRow, Ground, Installed } from './row.ts';
import { serveRegistry } from './served-registry.ts';
import { differenceSummary, median, rounded, summary } from './statistics.ts';
import { timeBareNode } from './timed-process.ts';

const ROUNDS = 11;
const PACK = { name: 'greentic.state.sqlite', slot: 'state' };

interface Cost {
  /** The whole process, over one that does nothing, in milliseconds. */
  readonly over: number[];
  /** The same with the modules loaded already. */
  readonly inside: number[];
  /** Connections it opened, and the bytes they brought. */
  readonly sockets: number[];
  readonly bytes: number[];
}

interface Answer {
  readonly installMs: number;
  readonly locked: boolean;
  readonly sockets: number;
  readonly bytes: number;
}

/**
 * Installing by name with an empty cache, each time in a new process and a new environment: from a folder and, in turns with
 * that, from a registry server on this machine.
 */
export async function measureInstall(ground: Ground): Promise<BenchRow[]> {
  const installed = await ground.installed();
  await using served = await serveRegistry(installed.registry);
  const fromFolder: Cost = { over: [], inside: [], sockets: [], bytes: [] };
  const fromServer: Cost = { over: [], inside: [], sockets: [], bytes: [] };
  const pushed = served.requests();
  for (let i = 0; i < ROUNDS; i++) {
    await measureOne(installed, `folder-${i}`, fromFolder);
    await measureOne(installed, `server-${i}`, fromServer, served.location);
  }
  return rowsOf(fromFolder, fromServer, (served.requests() - pushed) / ROUNDS);
}

async function measureOne(installed: Installed, environment: string, cost: Cost, location?: string): Promise<void> {
  await installed.another(environment, location);
  const bare = await timeBareNode();
  const input = { root: installed.root, environment, ...PACK };
  const { ms, answer } = await runProgram<Answer>('install', input);
  if (!answer.locked) throw new Error('The pack was installed without a lock.');
  cost.over.push(ms - bare);
  cost.inside.push(answer.installMs);
  cost.sockets.push(answer.sockets);
  cost.bytes.push(answer.bytes);
}

function rowsOf(fromFolder: Cost, fromServer: Cost, requests: number): BenchRow[] {
  const note =
    'index walked from the pinned root, publisher and conformance signatures, grants, lock and audit written';
  const folder = summary(fromFolder.inside);
  const server = summary(fromServer.inside);
  return [
    {
      name: 'install by name, new process, over node -e 0',
      ...differenceSummary(fromFolder.over),
      unit: 'ms',
      goal: '<= 200',
      note,
    },
    { name: 'install by name: modules loaded already', ...folder, unit: 'ms' },
    {
      name: 'install by name from a registry on loopback: modules loaded already',
      ...server,
      unit: 'ms',
      peer: 'from a folder',
      peerValue: folder.value,
      ratio: rounded(server.value / folder.value),
    },
    { name: 'install by name from a registry on loopback: requests', value: requests, unit: '', goal: '<= 6' },
    { name: 'install by name from a registry on loopback: connections', value: median(fromServer.sockets), unit: '' },
    { name: 'install by name from a registry on loopback: bytes brought', value: median(fromServer.bytes), unit: 'B' },
  ];
}
