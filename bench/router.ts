import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BenchRow } from './row.ts';
import { median, rounded, summary } from './statistics.ts';

const KINDS = ['router', 'reply-from', 'http-proxy-3'] as const;
const ROUNDS = 21;
const REQUESTS = 3_000;
/** Requests before the first round: the compilers take about so many to be done with a proxy. */
const WARM_UP = 30_000;
const CONNECTIONS = 32;

/** What one round of one proxy cost. */
interface Round {
  readonly cpuMicros: number;
  readonly perSecond: number;
}

/**
 * The router beside its peers: processor time of the proxy's process for one request, 1 KiB answers, 32 connections.
 * Clients, worker and each proxy have a process of their own; the proxies take turns, so that a slow moment of the
 * machine strikes all of them; the median of the rounds counts.
 */
export async function measureRouter(): Promise<BenchRow[]> {
  const children: ChildProcess[] = [];
  const start = (file: string, ...args: string[]) => {
    const child = fork(fileURLToPath(new URL(`./router/${file}.ts`, import.meta.url)), args, {
      execArgv: ['--conditions=source'],
    });
    children.push(child);
    return child;
  };
  try {
    const load = start('load');
    await once(load, 'message');
    const upstream = `http://127.0.0.1:${(await told<{ port: number }>(start('upstream'))).port}`;
    const proxies = [];
    for (const kind of KINDS) {
      const child = start('proxy', kind, upstream);
      proxies.push({
        kind,
        child,
        origin: `http://127.0.0.1:${(await told<{ port: number }>(child)).port}`,
        rounds: [] as Round[],
      });
    }
    for (const { child, origin } of proxies) await round(child, load, origin, WARM_UP);
    for (let i = 0; i < ROUNDS; i++) {
      for (const { child, origin, rounds } of proxies) rounds.push(await round(child, load, origin));
    }
    return rowsOf(new Map(proxies.map(({ kind, rounds }) => [kind, rounds])));
  } finally {
    for (const child of children) child.kill();
  }
}

async function round(proxy: ChildProcess, load: ChildProcess, origin: string, requests = REQUESTS): Promise<Round> {
  const before = await cpuOf(proxy);
  const done = told<{ seconds: number; failed: number }>(load);
  load.send({ origin, requests, connections: CONNECTIONS });
  const { seconds, failed } = await done;
  if (failed > 0) throw new Error(`${failed} requests failed.`);
  return { cpuMicros: ((await cpuOf(proxy)) - before) / requests, perSecond: requests / seconds };
}

async function cpuOf(proxy: ChildProcess): Promise<number> {
  const answer = told<{ cpu: NodeJS.CpuUsage }>(proxy);
  proxy.send('cpu');
  const { cpu } = await answer;
  return cpu.user + cpu.system;
}

async function told<T>(child: ChildProcess): Promise<T> {
  const [message] = await once(child, 'message');
  return message as T;
}

/** How many times the router's processor time a peer is to take. */
const GOALS = { 'reply-from': '>= 1.4 ×', 'http-proxy-3': '>= 2 ×' } as const;

function rowsOf(rounds: ReadonlyMap<string, readonly Round[]>): BenchRow[] {
  const cpu = (kind: string) => (rounds.get(kind) ?? []).map(({ cpuMicros }) => cpuMicros);
  const rate = (rounds.get('router') ?? []).map(({ perSecond }) => perSecond);
  const beside = (peer: keyof typeof GOALS): BenchRow => ({
    name: `router: processor time of a request, beside ${peer}`,
    ...summary(cpu('router')),
    unit: 'µs',
    goal: `ratio ${GOALS[peer]}`,
    peer,
    peerValue: rounded(median(cpu(peer))),
    ratio: rounded(median(cpu(peer)) / median(cpu('router'))),
  });
  return [
    beside('reply-from'),
    beside('http-proxy-3'),
    {
      name: 'router: requests, whole machine',
      ...summary(rate),
      unit: '1/s',
      note: 'its p95 is of the fastest rounds',
    },
  ];
}
