import { type Answers, type Grant, generateKeyPair, grantAll, type PackManifest, widestGrant } from '@greentic/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { echoPack, PublishedPacks } from '../testing/published-packs.ts';
import { ENVIRONMENT } from '../testing/sample.ts';
import { planUpdate, type UpdateConsent, updatePack } from './update.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const workers = { kind: 'workers', reason: 'Waits for the list of workers.', optional: false };
const log = { kind: 'log', reason: 'Tells what it does.', optional: false };

let published: PublishedPacks;
beforeEach(async () => {
  published = await PublishedPacks.create();
  await published.add({ range: '1.0.0', answers: () => ({ word: 'kept' }) });
});

const plan = (range = '*') => planUpdate(published.ports, ENVIRONMENT, { slot: 'state', range });
const update = async ({ range = '*', ...changes }: Partial<UpdateConsent & { range: string }> = {}) =>
  await updatePack(published.ports, ENVIRONMENT, await plan(range), {
    grant: () => [],
    answers: (_, former) => former,
    ...changes,
  });
const granting =
  (kind: string) =>
  ({ permissions }: PackManifest): Grant[] =>
    permissions.filter((request) => request.kind === kind).map((request) => widestGrant(request, {}));
const binding = async () => (await published.snapshot()).environment.bindings.find(({ slot }) => slot === 'state');

describe('what an update would change', () => {
  test('is the version, what each rests on, and what is asked; nothing is bound', async () => {
    await published.publish(echoPack('2.1.0', { permissions: [workers, log] }));
    expect(await plan()).toMatchObject({
      changed: true,
      from: { version: '1.0.0' },
      to: { version: '2.1.0' },
      permissions: [{ permission: 'log', change: 'added', optional: false }],
    });
    const { evidence } = await plan();
    for (const side of [evidence.before, evidence.after]) {
      expect(side.join('\n')).toMatch(/publisher\/threshold: 1 of 1[\s\S]*conformance\/report: 1 of 1/);
    }
    expect(await binding()).toMatchObject({ pack: { version: '1.0.0' }, generation: 1 });
  });

  test('is nothing when the pack is what the range picks', async () => {
    expect(await plan('1.0.0')).toMatchObject({ changed: false, permissions: [] });
  });

  test('a candidate that is not admitted is no update: the refusal is thrown and recorded', async () => {
    await published.publish(echoPack('3.0.0'), []);
    await expect(plan('3.0.0')).rejects.toThrow(code('trust/threshold'));
    expect((await published.store.events(ENVIRONMENT)).at(-1)).toMatchObject({ verb: 'env-packs.update' });
  });

  test('there is none of an empty slot', async () => {
    await expect(planUpdate(published.ports, ENVIRONMENT, { slot: 'secrets', range: '*' })).rejects.toThrow(
      code('env/slot-empty'),
    );
  });
});

describe('updating', () => {
  test('carries grants and answers over to a version that asks for the same', async () => {
    await update({ range: '2.0.0' });
    expect(await binding()).toMatchObject({
      pack: { version: '2.0.0' },
      answers: { word: 'kept' },
      grants: [{ kind: 'workers' }],
      former: { pack: { version: '1.0.0' } },
    });
  });

  test('waits when the new version asks for more, and the old one stays as it is', async () => {
    await published.publish(echoPack('2.1.0', { permissions: [workers, log] }));
    await expect(update()).rejects.toThrow(
      expect.objectContaining({ code: 'permission/consent-required', hint: expect.stringContaining('--grant log') }),
    );
    expect(await binding()).toMatchObject({ pack: { version: '1.0.0' }, generation: 1 });
    await update({ grant: granting('log') });
    expect((await binding())?.grants.map(({ kind }) => kind).toSorted()).toEqual(['log', 'workers']);
  });

  test('does not wait for what the new version can do without, and does not grant it', async () => {
    await published.publish(echoPack('2.1.0', { permissions: [workers, { ...log, optional: true }] }));
    await update();
    expect((await binding())?.grants.map(({ kind }) => kind)).toEqual(['workers']);
  });

  test('drops grants the new version does not ask for any more', async () => {
    await published.publish(echoPack('2.1.0', { permissions: [] }));
    await update();
    expect((await binding())?.grants).toEqual([]);
  });

  test('a grant that the new version asks for more widely stays as narrow as it was, and waits', async () => {
    const kv = (quotaBytes: number) => ({ kind: 'kv', binding: 'store', quotaBytes, reason: 'Keeps its entries.' });
    await published.publish(echoPack('2.1.0', { permissions: [kv(2048)] }));
    await published.publish(echoPack('2.2.0', { permissions: [kv(4096)] }));
    await published.add({ range: '2.1.0', replace: true, grant: grantAll });
    await expect(update({ range: '2.2.0' })).rejects.toThrow(code('permission/consent-required'));
    await update({ range: '2.2.0', grant: granting('kv') });
    expect((await binding())?.grants).toEqual([{ kind: 'kv', binding: 'store', quotaBytes: 4096 }]);
  });

  test('an answer to a question that is gone is dropped, and new ones get what is given', async () => {
    const questions = [{ id: 'phrase', title: 'A phrase', type: 'string', default: 'none' }];
    await published.publish(echoPack('2.1.0', { questions }));
    await update({ answers: (_, former) => ({ ...former, phrase: 'given' }) });
    expect((await binding())?.answers).toEqual({ phrase: 'given' });
  });

  test('is refused when the environment changed since it was looked at', async () => {
    const racing = update({
      answers: async (_, former) => {
        await published.add({ range: '1.0.0', replace: true, grant: grantAll, answers: () => ({ word: 'other' }) });
        return former;
      },
    });
    await expect(racing).rejects.toThrow(code('env/stale'));
    expect(await binding()).toMatchObject({ answers: { word: 'other' } });
  });

  test('binds exactly the bytes that were shown, and no others under their version', async () => {
    const shown = await plan('2.0.0');
    const other = { ...shown, to: { ...shown.to, digest: shown.from.digest } };
    const consent = { grant: () => [], answers: (_: PackManifest, former: Answers) => former };
    await expect(updatePack(published.ports, ENVIRONMENT, other, consent)).rejects.toThrow(code('env/stale'));
    expect(await binding()).toMatchObject({ pack: { version: '1.0.0' }, generation: 1 });
  });

  test('never grants what no version asked for', async () => {
    const stray: Grant = {
      kind: 'seal',
      binding: generateKeyPair(new Uint8Array(32)).keyId.replace(/^./, 'a').slice(0, 8),
    };
    await expect(update({ range: '2.0.0', grant: () => [stray] })).rejects.toThrow(code('permission/exceeds-request'));
  });
});
