import { MemoryWorkers, openForTest } from '@greentic/sdk/testing';
import { describe, expect, test } from 'vitest';
import pack from './index.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const environment = 'test';
const bundle = { name: 'acme.bundle.desk', version: '1.0.0', digest: `sha256:${'a'.repeat(64)}` };
const spec = (n: number) => ({
  environment,
  revision: `desk.acme.${n}`,
  deployment: 'desk.acme',
  customer: 'acme',
  bundle,
});

async function open() {
  const workers = new MemoryWorkers();
  return { workers, deployer: await openForTest(pack, { workers }) };
}

describe('the deployer template', () => {
  test('takes a revision from nothing to ready and back, and observe tells where it is', async () => {
    const { deployer } = await open();
    const { revision } = spec(1);
    const phase = async () => (await deployer.observe({ environment, revisions: [revision] })).revisions[0]?.phase;
    expect(await phase()).toBe('absent');
    await deployer.stage({ revision: spec(1) });
    expect(await phase()).toBe('staged');
    await deployer.warm({ environment, revision });
    expect(await phase()).toBe('ready');
    await deployer.drain({ environment, revision });
    expect(await phase()).toBe('staged');
    await deployer.archive({ environment, revision });
    expect(await phase()).toBe('absent');
    expect(await deployer.archive({ environment, revision })).toEqual({});
  });

  test('refuses what was never staged, and a split over what does not run', async () => {
    const { workers, deployer } = await open();
    const entries = [{ revision: 'desk.acme.1', weightBps: 10_000 }];
    const split = { environment, deployment: 'desk.acme', entries };
    await expect(deployer.warm({ environment, revision: 'desk.acme.1' })).rejects.toThrow(
      code('deploy/revision-unknown'),
    );
    await expect(deployer.applySplit(split)).rejects.toThrow(code('deploy/revision-unknown'));
    await deployer.stage({ revision: spec(1) });
    await expect(deployer.applySplit(split)).rejects.toThrow(code('deploy/not-ready'));
    await deployer.warm({ environment, revision: 'desk.acme.1' });
    await deployer.applySplit(split);
    workers.crash('desk.acme.1');
    expect((await deployer.observe({ environment, revisions: ['desk.acme.1'] })).revisions[0]).toMatchObject({
      phase: 'failed',
      endpoint: null,
    });
  });

  test('destroy removes all of it', async () => {
    const { workers, deployer } = await open();
    for (const n of [1, 2, 3]) await deployer.stage({ revision: spec(n) });
    await deployer.destroy({ environment });
    expect((await workers.list()).workers).toEqual([]);
  });
});
