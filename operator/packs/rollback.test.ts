import { rm } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { PublishedPacks } from '../testing/published-packs.ts';
import { ENVIRONMENT } from '../testing/sample.ts';
import { removePack } from './installation.ts';
import { lockOf } from './lock.ts';
import { checkRevocations } from './revocations.ts';
import { rollbackPack } from './rollback.ts';

const code = (value: string) => expect.objectContaining({ code: value });

let published: PublishedPacks;
beforeEach(async () => {
  published = await PublishedPacks.create();
  await published.add({ range: '1.0.0', answers: () => ({ word: 'first' }) });
});

const rollback = () => rollbackPack(published.ports, ENVIRONMENT, 'state');
const bound = async () => {
  const { environment } = await published.snapshot();
  const binding = environment.bindings.find(({ slot }) => slot === 'state');
  return { version: binding?.pack.version, answers: binding?.answers, generation: binding?.generation };
};

describe('going back to what filled a slot before', () => {
  test('brings back the pack with the grants and answers it had, as a new generation', async () => {
    await published.add({ range: '2.0.0', replace: true, answers: () => ({ word: 'second' }) });
    await rollback();
    expect(await bound()).toEqual({ version: '1.0.0', answers: { word: 'first' }, generation: 3 });
    await rollback();
    expect(await bound()).toEqual({ version: '2.0.0', answers: { word: 'second' }, generation: 4 });
  });

  test('needs no registry: its folder may be gone', async () => {
    await published.add({ range: '2.0.0', replace: true });
    await rm(published.folder, { recursive: true });
    expect((await rollback()).decision).toMatchObject({ verdict: 'admitted', artifact: { version: '1.0.0' } });
  });

  test('keeps one lock entry for the slot, and one former', async () => {
    await published.add({ range: '2.0.0', replace: true });
    await rollback();
    const { entries, former } = lockOf(await published.snapshot());
    expect(entries.map(({ version }) => version)).toEqual(['1.0.0']);
    expect(former?.map(({ version }) => version)).toEqual(['2.0.0']);
  });

  test('binding the same bytes anew, with other answers, leaves the former where it was', async () => {
    await published.add({ range: '2.0.0', replace: true });
    await published.add({ range: '2.0.0', replace: true, answers: () => ({ word: 'again' }) });
    await rollback();
    expect(await bound()).toMatchObject({ version: '1.0.0' });
  });
});

describe('there is no way back', () => {
  test('to nothing: env/no-former, env/slot-empty', async () => {
    await expect(rollback()).rejects.toThrow(code('env/no-former'));
    await removePack(published.ports, ENVIRONMENT, 'state');
    await expect(rollback()).rejects.toThrow(code('env/slot-empty'));
  });

  test('once the slot was emptied', async () => {
    await published.add({ range: '2.0.0', replace: true });
    await removePack(published.ports, ENVIRONMENT, 'state');
    expect(lockOf(await published.snapshot())).not.toMatchObject({ former: [expect.anything()] });
    await published.add({ range: '1.0.0' });
    await expect(rollback()).rejects.toThrow(code('env/no-former'));
  });

  test('to a copy that is gone: lock/uncached, and the pack in use stays', async () => {
    await published.add({ range: '2.0.0', replace: true });
    await rm(path.join(published.ports.cacheOf(ENVIRONMENT), 'blobs'), { recursive: true });
    await expect(rollback()).rejects.toThrow(code('lock/uncached'));
    expect(await bound()).toMatchObject({ version: '2.0.0', generation: 2 });
  });

  test('to what the trust root does not admit any more; the refusal is recorded', async () => {
    await published.add({ range: '2.0.0', replace: true });
    await published.changeTrustRoot({ publishers: [] });
    await expect(rollback()).rejects.toThrow(code('trust/namespace-unknown'));
    const last = (await published.store.events(ENVIRONMENT)).at(-1);
    expect(last).toMatchObject({ verb: 'env-packs.rollback', target: 'state' });
    expect(await bound()).toMatchObject({ version: '2.0.0' });
  });

  test('to what was revoked meanwhile', async () => {
    await published.add({ range: '2.0.0', replace: true });
    await published.revoke('1.0.0');
    await checkRevocations(published.ports, ENVIRONMENT);
    await expect(rollback()).rejects.toThrow(code('pack/revoked'));
    expect(await bound()).toMatchObject({ version: '2.0.0' });
  });
});
