import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const source = JSON.stringify(path.join(import.meta.dirname, 'confinement.ts'));

// The world a bundle would find if nothing but the rights kept it in: builtins at hand, the socket open, the rights gone.
const program = `
  import fs from 'node:fs'; import net from 'node:net'; import { spawn } from 'node:child_process';
  import { Worker } from 'node:worker_threads'; import inspector from 'node:inspector'; import { once } from 'node:events';
  import { giveUpRights } from ${source};
  const server = net.createServer((socket) => socket.end('still open'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  giveUpRights();
  const failed = (act) => new Promise((resolve) => {
    try { const made = act(); made?.on?.('error', (error) => resolve(error.code)); made?.on?.('connect', () => resolve('got')); if (made?.on === undefined) resolve('got'); }
    catch (error) { resolve(error.code); }
  });
  console.log(JSON.stringify({
    read: await failed(() => fs.readFileSync('/etc/passwd')),
    write: await failed(() => fs.writeFileSync('/tmp/greentic-should-not-exist', '')),
    connect: await failed(() => net.connect(server.address().port, '127.0.0.1')),
    listen: await failed(() => net.createServer().listen(0)),
    spawn: await failed(() => spawn('true')),
    thread: await failed(() => new Worker('1', { eval: true })),
    inspect: await failed(() => inspector.open(0)),
    listening: server.listening,
  }));
  process.exit(0);
`;

test('after the rights are given up, builtins are of no use, and what is open stays open', () => {
  const folder = path.join(import.meta.dirname);
  const flags = ['--permission', '--allow-net', '--allow-worker', '--allow-child-process', `--allow-fs-read=${folder}`];
  const run = spawnSync(process.execPath, [...flags, '--no-warnings', '--input-type=module', '--eval', program], {
    encoding: 'utf8',
    env: {},
  });
  expect(run.stderr).toBe('');
  expect(JSON.parse(run.stdout)).toEqual({
    read: 'ERR_ACCESS_DENIED',
    write: 'ERR_ACCESS_DENIED',
    connect: 'ERR_ACCESS_DENIED',
    listen: 'ERR_ACCESS_DENIED',
    spawn: 'ERR_ACCESS_DENIED',
    thread: 'ERR_ACCESS_DENIED',
    inspect: 'ERR_ACCESS_DENIED',
    listening: true,
  });
});
