import { MemoryWorkers, openForTest } from '@greentic/sdk/testing';
import { describe, expect, test } from 'vitest';
import pack from './index.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const environment = 'local';
const revision = 'desk.acme.1';
const bundle = { name: 'acme.bundle.desk', version: '1.0.0', digest: `sha256:${'a'.repeat(64)}` };
const spec = { environment, revision, deployment: 'desk.acme', customer: 'acme', bundle };

async function open() {
  const workers = new MemoryWorkers();
  return { workers, deployer: await openForTest(pack, { workers }) };
}

describe('greentic.deployer.local-process', () => {
  test('stage, warm, drain and archive each do once what they are told twice', async () => {
    const { workers, deployer } = await open();
    const shown = async () => (await deployer.observe({ environment, revisions: [revision] })).revisions[0];
    for (let i = 0; i < 2; i++) await deployer.stage({ revision: spec });
    expect(await shown()).toMatchObject({ phase: 'staged', endpoint: null });
    for (let i = 0; i < 2; i++) await deployer.warm({ environment, revision });
    expect(await shown()).toMatchObject({ phase: 'ready', endpoint: 'unix:/run/desk.acme.1.sock' });
    expect((await workers.list()).workers[0]?.starts).toBe(1);
    for (let i = 0; i < 2; i++) await deployer.drain({ environment, revision });
    expect(await shown()).toMatchObject({ phase: 'staged', endpoint: null });
    for (let i = 0; i < 2; i++) await deployer.archive({ environment, revision });
    expect(await shown()).toMatchObject({ phase: 'absent' });
  });

  test('a revision nobody staged is deploy/revision-unknown', async () => {
    const { deployer } = await open();
    const unknown = code('deploy/revision-unknown');
    await expect(deployer.warm({ environment, revision })).rejects.toThrow(unknown);
    await expect(deployer.drain({ environment, revision })).rejects.toThrow(unknown);
    const entries = [{ revision, weightBps: 10_000 }];
    await expect(deployer.applySplit({ environment, deployment: 'desk.acme', entries })).rejects.toThrow(unknown);
    expect(await deployer.archive({ environment, revision })).toEqual({});
  });

  test('another bundle under a known id is refused', async () => {
    const { deployer } = await open();
    await deployer.stage({ revision: spec });
    const other = { ...spec, bundle: { ...bundle, digest: `sha256:${'b'.repeat(64)}` } };
    await expect(deployer.stage({ revision: other })).rejects.toThrow(code('deploy/revision-conflict'));
  });

  test('a split is refused while a weighted revision does not run', async () => {
    const { workers, deployer } = await open();
    await deployer.stage({ revision: spec });
    const split = { environment, deployment: 'desk.acme', entries: [{ revision, weightBps: 10_000 }] };
    await expect(deployer.applySplit(split)).rejects.toThrow(code('deploy/not-ready'));
    await deployer.warm({ environment, revision });
    await deployer.applySplit(split);
    workers.crash(revision);
    await expect(deployer.applySplit(split)).rejects.toThrow(code('deploy/not-ready'));
    expect((await deployer.observe({ environment, revisions: [revision] })).revisions[0]?.phase).toBe('failed');
  });
});
