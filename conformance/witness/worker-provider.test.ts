import { readdirSync, readFileSync } from 'node:fs';
import { digestOf, type WorkerSpec } from '@greentic/core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { askWorker } from './worker-answer.ts';
import { WorkerProvider } from './worker-provider.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const environment = 'conformance';

function specOf(revision: string, content = revision): WorkerSpec {
  const [bundle = '', customer = ''] = revision.split('.');
  const deployment = `${bundle}.${customer}`;
  return {
    revision,
    deployment,
    customer,
    bundle: { name: 'kit.bundle.desk', version: '1.0.0', digest: digestOf(content) },
  };
}

const provider = new WorkerProvider();
const port = provider.portOf(environment);
afterEach(() => provider.close());

/** What a process was started with; nothing for one that is gone. */
function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

const statusOf = async (revision: string) => (await port.list()).workers.find((worker) => worker.revision === revision);

async function run(revision: string): Promise<string> {
  await port.define(specOf(revision));
  await port.start({ revision });
  return await vi.waitUntil(async () => (await statusOf(revision))?.endpoint, { timeout: 20_000, interval: 10 });
}

describe('a worker of the kit', () => {
  test('is a process that tells who it is, and repeats the nonce', async () => {
    const endpoint = await run('desk.acme.1');
    const [item] = provider.inventory(environment);
    expect(item).toMatchObject({ revision: 'desk.acme.1', phase: 'running', starts: 1 });
    expect(await askWorker(endpoint, 'nonce 1')).toEqual({
      revision: 'desk.acme.1',
      bundleDigest: digestOf('desk.acme.1'),
      bootId: item?.bootId,
      nonce: 'nonce 1',
    });
  });

  test('has another boot id after each start', async () => {
    await run('desk.acme.1');
    const first = provider.inventory(environment)[0]?.bootId;
    await port.stop({ revision: 'desk.acme.1' });
    expect(provider.inventory(environment)[0]).toMatchObject({ phase: 'defined', bootId: null });
    await run('desk.acme.1');
    expect(provider.inventory(environment)[0]).toMatchObject({
      starts: 2,
      bootId: expect.not.stringMatching(String(first)),
    });
  });

  test('answers no more once it is stopped, removed or lost', async () => {
    for (const finish of [
      () => port.stop({ revision: 'desk.acme.1' }),
      () => port.remove({ revision: 'desk.acme.1' }),
      () => provider.lose(environment, 'desk.acme.1'),
    ]) {
      const endpoint = await run('desk.acme.1');
      await finish();
      await expect(askWorker(endpoint, 'x')).rejects.toThrow();
    }
    expect(await statusOf('desk.acme.1')).toMatchObject({ phase: 'failed', endpoint: null });
  });
});

describe('the provider', () => {
  test('refuses another bundle under a known id, and what it does not know', async () => {
    await port.define(specOf('desk.acme.1'));
    await expect(port.define(specOf('desk.acme.1', 'other'))).rejects.toThrow(code('deploy/revision-conflict'));
    await expect(port.start({ revision: 'desk.acme.2' })).rejects.toThrow(code('worker/not-found'));
    await expect(port.stop({ revision: 'desk.acme.2' })).rejects.toThrow(code('worker/not-found'));
    await expect(provider.lose(environment, 'desk.acme.2')).rejects.toThrow(code('worker/not-found'));
  });

  test('counts orders that changed something, and no others', async () => {
    const { changes } = provider;
    await port.define(specOf('desk.acme.1'));
    await port.define(specOf('desk.acme.1'));
    expect(provider.changes).toBe(changes + 1);
    await port.start({ revision: 'desk.acme.1' });
    await port.start({ revision: 'desk.acme.1' });
    expect(provider.changes).toBe(changes + 2);
    await port.stop({ revision: 'desk.acme.1' });
    await port.stop({ revision: 'desk.acme.1' });
    expect(provider.changes).toBe(changes + 3);
    await port.remove({ revision: 'desk.acme.1' });
    await port.remove({ revision: 'desk.acme.1' });
    await port.list();
    expect(provider.changes).toBe(changes + 4);
  });

  test('shows what exists in the order of ids, whatever came first, and what of it runs', async () => {
    for (const revision of ['desk.rival.1', 'desk.acme.2', 'desk.acme.10']) await port.define(specOf(revision));
    await run('desk.acme.2');
    expect(provider.inventory(environment)).toMatchObject([
      { revision: 'desk.acme.10', phase: 'defined', starts: 0, bootId: null },
      { revision: 'desk.acme.2', phase: 'running', starts: 1, bootId: expect.any(String) },
      { revision: 'desk.rival.1', deployment: 'desk.rival', phase: 'defined', bundleDigest: digestOf('desk.rival.1') },
    ]);
  });

  test('counts a lost worker as no order, and starts it again when it is told to', async () => {
    await run('desk.acme.1');
    const { changes } = provider;
    await provider.lose(environment, 'desk.acme.1');
    expect(provider.changes).toBe(changes);
    expect(await statusOf('desk.acme.1')).toMatchObject({
      phase: 'failed',
      message: 'The process is gone.',
      starts: 1,
    });
    await run('desk.acme.1');
    expect(provider.changes).toBe(changes + 1);
    expect(await statusOf('desk.acme.1')).toMatchObject({ phase: 'running', message: '', starts: 2 });
  });

  test.runIf(process.platform === 'linux')('shows a worker as failed whose process died by itself', async () => {
    const endpoint = await run('desk.acme.1');
    const bootId = provider.inventory(environment)[0]?.bootId ?? '';
    const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
    const pid = pids.find((entry) => commandOf(entry).includes(bootId));
    process.kill(Number(pid), 'SIGKILL');
    await vi.waitUntil(async () => (await statusOf('desk.acme.1'))?.phase === 'failed', { timeout: 20_000 });
    expect(provider.inventory(environment)[0]).toMatchObject({ phase: 'failed', bootId: null, starts: 1 });
    await expect(askWorker(endpoint, 'x')).rejects.toThrow();
  });

  test('keeps environments and deployments apart in its digests', async () => {
    await port.define(specOf('desk.acme.1'));
    const [all, rival, other] = [
      provider.digest(environment),
      provider.digest(environment, 'desk.rival'),
      provider.digest('other'),
    ];
    await port.define(specOf('desk.acme.2'));
    expect(provider.digest(environment)).not.toBe(all);
    expect(provider.digest(environment, 'desk.rival')).toBe(rival);
    expect(provider.digest('other')).toBe(other);
    expect((await provider.portOf('other').list()).workers).toEqual([]);
  });

  test('leaves no process behind', async () => {
    const endpoint = await run('desk.acme.1');
    await provider.close();
    await expect(askWorker(endpoint, 'x')).rejects.toThrow();
  });
});

describe('asking a worker', () => {
  test('does not take another server for one', async () => {
    const { createServer } = await import('node:http');
    const answers = ['hello', '{"revision":"desk.acme.1"}', 'x'.repeat(10_000)];
    const server = createServer((_request, response) => response.end(answers.pop()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    try {
      for (let i = answers.length; i > 0; i--) {
        await expect(askWorker(`http://127.0.0.1:${port}`, 'x')).rejects.toThrow();
      }
    } finally {
      server.close();
    }
  });
});
