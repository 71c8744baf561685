import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { eventually, isAlive } from '../testing/eventually.ts';

const parent = path.join(import.meta.dirname, '..', 'testing', 'serving-parent.ts');

test.each(['idle', 'spin'])(
  'no worker outlives a host that is killed with SIGKILL, not even one that does %s',
  async (what) => {
    const host = spawn(process.execPath, ['--conditions=source', parent, what], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(host.stdout, 'data')) as [Buffer];
    const { pid, folder } = JSON.parse(line.toString()) as { pid: number; folder: string };
    try {
      expect(isAlive(pid)).toBe(true);
      host.kill('SIGKILL');
      await once(host, 'exit');
      await eventually(() => !isAlive(pid), 5000);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
