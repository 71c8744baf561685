import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventually, isAlive } from '../testing/eventually.ts';
import { sampleBundle } from '../testing/sample-bundle.ts';
import { ask, SupervisorBed } from '../testing/supervisor-bed.ts';

const desk = sampleBundle(`
  let count = 0;
  export default {
    async fetch(request, { identity }) {
      const { pathname } = new URL(request.url);
      if (pathname === '/spin') for (;;);
      if (pathname === '/slow') {
        console.log('slow begins');
        await new Promise((resolve) => setTimeout(resolve, 500));
        return new Response('slow ends');
      }
      return Response.json({ ...identity, count: ++count });
    },
  };
`);
const other = sampleBundle('export default { fetch: () => new Response("other") };');
const { revision } = desk.spec();
const nonce = '0123456789abcdef';

async function claimOf(
  endpoint: string,
): Promise<Record<'revision' | 'bundleDigest' | 'bootId' | 'nonce', string> & { pid: number }> {
  return JSON.parse((await ask(endpoint, `/.well-known/greentic/worker?nonce=${nonce}`)).text);
}

describe('a worker', () => {
  test('answers with its bundle’s handler, which is told who it is', async () => {
    await using bed = new SupervisorBed();
    await bed.open();
    const { status, text } = await ask(await bed.run(desk));
    expect(status).toBe(200);
    const identity = { environment: 'local', customer: 'acme', deployment: 'desk.acme', revision };
    expect(JSON.parse(text)).toEqual({ ...identity, count: 1 });
  });

  test('says itself which bytes it runs, with the nonce it was asked with', async () => {
    await using bed = new SupervisorBed();
    await bed.open();
    const endpoint = await bed.run(desk);
    const claim = await claimOf(endpoint);
    expect(claim).toEqual({
      revision,
      bundleDigest: desk.digest,
      bootId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      nonce,
      pid: expect.any(Number),
    });
    expect((await ask(endpoint, '/.well-known/greentic/worker?nonce=short')).status).toBe(400);
  });

  test('that is killed comes back on the same endpoint as another process', async () => {
    await using bed = new SupervisorBed();
    await bed.open();
    const endpoint = await bed.run(desk);
    const before = await claimOf(endpoint);
    process.kill(before.pid, 'SIGKILL');
    const back = await eventually(async () => {
      const status = await bed.status(revision);
      return status?.starts === 2 && status.phase === 'running' ? status.endpoint : undefined;
    });
    expect(back).toBe(endpoint);
    const after = await claimOf(endpoint);
    expect(after.bootId).not.toBe(before.bootId);
    expect(bed.lines.map(({ message }) => message)).toContainEqual(expect.stringContaining('ended by SIGKILL'));
  });

  test('in an endless loop is ended and started again', async () => {
    await using bed = new SupervisorBed();
    await bed.open({ times: { probeEveryMs: 50, probeMs: 500 } });
    const endpoint = await bed.run(desk);
    const { pid } = await claimOf(endpoint);
    await expect(ask(endpoint, '/spin')).rejects.toThrow();
    await eventually(() => !isAlive(pid));
    await eventually(async () => {
      const status = await bed.status(revision);
      return status?.starts === 2 && status.phase === 'running';
    });
    expect((await claimOf(endpoint)).pid).not.toBe(pid);
    expect(bed.lines.map(({ message }) => message)).toContain('The worker does not answer any more.');
  });

  test('keeps its process when it is started twice', async () => {
    await using bed = new SupervisorBed();
    await bed.open();
    const { pid } = await claimOf(await bed.run(desk));
    expect((await claimOf(await bed.run(desk))).pid).toBe(pid);
    expect((await bed.status(revision))?.starts).toBe(1);
  });
});

describe('stopping', () => {
  test('lets a running request end, and lets no new one in', async () => {
    await using bed = new SupervisorBed();
    const supervisor = await bed.open();
    const endpoint = await bed.run(desk);
    const slow = ask(endpoint, '/slow');
    await eventually(() => bed.lines.some(({ message }) => message === 'slow begins'));
    await supervisor.stop({ revision });
    expect((await bed.status(revision))?.phase).toBe('stopping');
    await eventually(() =>
      ask(endpoint).then(
        () => false,
        () => true,
      ),
    );
    expect((await slow).text).toBe('slow ends');
    expect(await bed.reached(revision, 'defined')).toMatchObject({ endpoint: null, message: '' });
  });

  test('does not wait longer than the drain for a request', async () => {
    await using bed = new SupervisorBed();
    const supervisor = await bed.open({ times: { drainMs: 50 } });
    const slow = ask(await bed.run(desk), '/slow');
    await eventually(() => bed.lines.some(({ message }) => message === 'slow begins'));
    await supervisor.stop({ revision });
    await expect(slow).rejects.toThrow();
    await bed.reached(revision, 'defined');
  });

  test('and starting while it drains ends in a new process without a pause for failures', async () => {
    await using bed = new SupervisorBed();
    const supervisor = await bed.open();
    const { pid } = await claimOf(await bed.run(desk));
    await supervisor.stop({ revision });
    await supervisor.start({ revision });
    const endpoint = await eventually(async () => {
      const status = await bed.status(revision);
      return status?.phase === 'running' && status.starts === 2 ? status.endpoint : undefined;
    });
    expect((await claimOf(endpoint)).pid).not.toBe(pid);
    expect(bed.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('before it ever answered leaves nothing behind', async () => {
    await using bed = new SupervisorBed();
    const supervisor = await bed.open();
    bed.bundles.set(desk.digest, desk.bytes);
    await supervisor.define(desk.spec());
    await supervisor.start({ revision });
    await supervisor.stop({ revision });
    await bed.reached(revision, 'defined');
    expect(readdirSync(path.join(bed.folder, 'run', 's'))).toEqual([]);
  });
});

describe('the list of workers', () => {
  test('refuses another bundle under a known id with deploy/revision-conflict, and takes the same one again', async () => {
    await using bed = new SupervisorBed();
    const supervisor = await bed.open();
    await supervisor.define(desk.spec());
    await supervisor.define(desk.spec());
    await expect(supervisor.define(other.spec())).rejects.toMatchObject({ code: 'deploy/revision-conflict' });
    expect((await supervisor.list()).workers).toEqual([
      { revision, bundleDigest: desk.digest, phase: 'defined', endpoint: null, starts: 0, message: '' },
    ]);
  });

  test('refuses a customer or a bundle that is not the one in the names with input/invalid', async () => {
    await using bed = new SupervisorBed();
    const supervisor = await bed.open();
    const wrong = [
      { ...desk.spec(), customer: 'globex' },
      { ...desk.spec(), deployment: 'desk.globex' },
      { ...desk.spec(), revision: 'desk.globex.1' },
      // Under this deployment it would read what another bundle keeps.
      { ...desk.spec(), deployment: 'payroll.acme', revision: 'payroll.acme.1' },
      { ...desk.spec(), extra: true },
    ];
    for (const spec of wrong) await expect(supervisor.define(spec)).rejects.toMatchObject({ code: 'input/invalid' });
    expect((await supervisor.list()).workers).toEqual([]);
  });

  test('answers orders for an unknown worker with worker/not-found, except to remove it', async () => {
    await using bed = new SupervisorBed();
    const supervisor = await bed.open();
    await expect(supervisor.start({ revision })).rejects.toMatchObject({ code: 'worker/not-found' });
    await expect(supervisor.stop({ revision })).rejects.toMatchObject({ code: 'worker/not-found' });
    expect(await supervisor.remove({ revision })).toEqual({});
  });

  test('forgets a removed worker, whose process and socket are gone', async () => {
    await using bed = new SupervisorBed();
    const supervisor = await bed.open();
    const { pid } = await claimOf(await bed.run(desk));
    await supervisor.remove({ revision });
    expect(isAlive(pid)).toBe(false);
    expect((await supervisor.list()).workers).toEqual([]);
    expect(readdirSync(path.join(bed.folder, 'run', 's'))).toEqual([]);
    await supervisor.define(other.spec());
  });

  test('survives a restart of the host: what was wanted runs again where it was, what was stopped does not', async () => {
    await using bed = new SupervisorBed();
    await bed.open();
    const endpoint = await bed.run(desk);
    await bed.run(other, other.spec(2));
    await bed.supervisor.stop(other.spec(2));
    const supervisor = await bed.open();
    await supervisor.restore();
    expect(await bed.running(revision)).toBe(endpoint);
    expect(await bed.status(revision)).toMatchObject({ starts: 2 });
    expect(await bed.status('desk.acme.2')).toMatchObject({ phase: 'defined', starts: 1 });
  });

  test('that is malformed is refused with env/invalid', async () => {
    await using bed = new SupervisorBed();
    writeFileSync(path.join(bed.folder, 'workers.json'), '{"schema":"greentic.workers/1","workers":[{}]}');
    await expect(bed.open()).rejects.toMatchObject({ code: 'env/invalid' });
  });
});

describe('a bundle that cannot run', () => {
  test.each(['image', 'config', 'module'] as const)('with a flipped byte in its %s is not run', async (part) => {
    await using bed = new SupervisorBed();
    const supervisor = await bed.open();
    const flipped = Buffer.from(desk.bytes[part]);
    flipped[20] = (flipped[20] ?? 0) ^ 1;
    bed.bundles.set(desk.digest, { ...desk.bytes, [part]: flipped });
    await supervisor.define(desk.spec());
    await supervisor.start({ revision });
    const status = await bed.reached(revision, 'failed');
    expect(status.message).toContain('(blob/digest-mismatch)');
    expect(status.endpoint).toBeNull();
  });

  test('under another name than its own is refused', async () => {
    await using bed = new SupervisorBed();
    const supervisor = await bed.open();
    bed.bundles.set(desk.digest, desk.bytes);
    const spec = desk.spec();
    await supervisor.define({ ...spec, bundle: { ...spec.bundle, version: '1.0.1' } as typeof spec.bundle });
    await supervisor.start({ revision });
    expect((await bed.reached(revision, 'failed')).message).toContain('desk@1.0.0, not');
  });

  test('shows why it failed and is tried again: it runs once it can', async () => {
    await using bed = new SupervisorBed();
    const supervisor = await bed.open();
    await supervisor.define(desk.spec());
    await supervisor.start({ revision });
    expect((await bed.reached(revision, 'failed')).message).toContain('There is no such bundle here.');
    bed.bundles.set(desk.digest, desk.bytes);
    expect((await ask(await bed.running(revision))).status).toBe(200);
  });

  test.each([
    ['throws as it loads', 'throw new Error("no luck");', 'no luck'],
    ['exports no handler', 'export const fetch = 1;', 'exports no handler'],
    ['is not a module', 'export default {', 'Unexpected'],
  ])('because it %s says so', async (_what, text, message) => {
    await using bed = new SupervisorBed();
    const supervisor = await bed.open();
    const broken = sampleBundle(text);
    bed.bundles.set(broken.digest, broken.bytes);
    await supervisor.define(broken.spec());
    await supervisor.start({ revision });
    expect((await bed.reached(revision, 'failed')).message).toContain(message);
  });

  test('because it never comes to its end is ended', async () => {
    await using bed = new SupervisorBed();
    const supervisor = await bed.open({ times: { startMs: 400 } });
    const endless = sampleBundle('for (;;); export default {};');
    bed.bundles.set(endless.digest, endless.bytes);
    await supervisor.define(endless.spec());
    await supervisor.start({ revision });
    expect((await bed.reached(revision, 'failed')).message).toContain('SIGKILL');
  });
});

describe('closing', () => {
  test('with a list that cannot be saved says so, and ends everything all the same', async () => {
    await using bed = new SupervisorBed();
    const supervisor = await bed.open();
    const { pid } = await claimOf(await bed.run(desk));
    const list = path.join(bed.folder, 'workers.json');
    rmSync(list);
    mkdirSync(list);
    await expect(supervisor.close({ drainMs: 0 })).rejects.toMatchObject({ code: 'EISDIR' });
    expect(isAlive(pid)).toBe(false);
    expect(readdirSync(path.join(bed.folder, 'run', 's'))).toEqual([]);
    rmSync(list, { recursive: true });
  });

  test('ends every process, removes every socket, and takes no more orders', async () => {
    await using bed = new SupervisorBed();
    const supervisor = await bed.open();
    const pids = [await bed.run(desk), await bed.run(other, other.spec(2))].map(claimOf);
    const folder = path.join(bed.folder, 'run', 's');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder)).toHaveLength(2);
    await supervisor.close({ drainMs: 1000 });
    for (const { pid } of await Promise.all(pids)) expect(isAlive(pid)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
    await expect(supervisor.define(desk.spec())).rejects.toMatchObject({ code: 'runtime/unreachable' });
    await expect(supervisor.start({ revision })).rejects.toMatchObject({ code: 'runtime/unreachable' });
  });
});
