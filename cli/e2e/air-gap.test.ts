import { execFile, spawnSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { AirGapped } from '../testing/air-gapped-rollout.ts';
import { gtc, REPOSITORY, run } from '../testing/gtc.ts';
import { PublishedRegistry } from '../testing/published-registry.ts';

// A network namespace of its own has one interface, the loopback, and that is down.
const CUT = ['--net', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])];
const UP = 'ip link set lo up && exec "$@"';
const can = spawnSync('unshare', [...CUT, 'sh', '-c', UP, 'sh', 'true']).status === 0;
const why = can ? '' : ' (skipped: no network namespace can be made with unshare and ip)';

/** Runs a program of this repository on a machine without a network. */
async function runCutOff(program: string, args: readonly string[], home: string): Promise<string> {
  const command = [process.execPath, '--conditions=source', path.join(REPOSITORY, program), ...args];
  const env = { ...process.env, HOME: home, TMPDIR: home };
  const { stdout } = await promisify(execFile)('unshare', [...CUT, 'sh', '-c', UP, 'sh', ...command], { env });
  return stdout;
}

/** Takes the registry away: from now on there is only its mirror. */
async function moveTo(registry: PublishedRegistry, location: string): Promise<void> {
  const trust = JSON.parse(await readFile(registry.trustFile, 'utf8'));
  trust.registries[0].location = location;
  await writeFile(registry.trustFile, JSON.stringify(trust));
  await rm(registry.folder, { recursive: true });
}

test.skipIf(!can && process.env['CI'] === undefined)(
  `a machine without a network installs five packs from one tar and starts them${why}`,
  async () => {
    await using registry = await PublishedRegistry.create();
    const tar = path.join(registry.dir, 'mirror.tar');
    await gtc(['registry', 'mirror', registry.folder, tar, '--trust', registry.trustFile]);
    await moveTo(registry, tar);
    const root = path.join(registry.dir, 'environments');
    const said = await runCutOff('cli/testing/air-gapped-rollout.ts', [root, registry.trustFile], registry.dir);
    expect(JSON.parse(said) as AirGapped).toEqual({
      outside: [],
      slots: expect.toSatisfy((slots: string[]) => new Set(slots).size === 5),
      subject: 'no network',
      signed: true,
    });
  },
);

test('a mirror that lacks packs gives the others, and the command says which are to be added from elsewhere', async () => {
  await using registry = await PublishedRegistry.create();
  const tar = path.join(registry.dir, 'mirror.tar');
  const some = ['--pack', 'greentic.secrets.file', '--pack', 'greentic.state.sqlite'];
  await gtc(['registry', 'mirror', registry.folder, tar, '--trust', registry.trustFile, ...some]);
  await moveTo(registry, tar);
  const root = path.join(registry.dir, 'environments');
  const { exit, error } = await run(['op', 'env', 'create', 'local', ...trust(registry), '--root', root]);
  expect({ exit, code: error?.code }).toEqual({ exit: 7, code: 'registry/incomplete' });
  expect(error?.hint).toContain(
    'lacks greentic.sessions.memory, greentic.telemetry.stdout, greentic.deployer.local-process',
  );
  const packs = await gtc<{ slot: string; pack: object | null }[]>([
    'op',
    'env-packs',
    'list',
    'local',
    '--root',
    root,
  ]);
  expect(
    packs
      .filter(({ pack }) => pack !== null)
      .map(({ slot }) => slot)
      .sort(),
  ).toEqual(['secrets', 'state']);
});

const trust = ({ trustFile }: PublishedRegistry) => ['--trust', trustFile, '--port', '0'];
