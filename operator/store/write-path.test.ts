import { readdir } from 'node:fs/promises';
import type { EnvironmentName } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { onlyActor } from '../actor.ts';
import { ENVIRONMENT, NOW } from '../testing/sample.ts';
import { ADA, counting, countOf, temporaryStore } from '../testing/temporary-store.ts';
import { createEnvironment } from '../verbs/environments.ts';
import { nodeDisk } from './disk.ts';
import { openFileStore } from './file-store.ts';

const OTHER = 'other' as EnvironmentName;

const creation = (name: EnvironmentName) => ({
  verb: 'env.create',
  target: name,
  input: { name },
  decide: (now: Date) => createEnvironment({ name }, now),
});

describe('an idempotency key', () => {
  test('asked again gets the first result verbatim, marked as replayed, and changes nothing', async () => {
    const { store } = await temporaryStore();
    const change = counting({ idempotencyKey: 'k1' });
    const first = await store.mutate(ENVIRONMENT, change);
    await store.mutate(ENVIRONMENT, counting());
    const second = await store.mutate(ENVIRONMENT, change);
    expect(second).toMatchObject({ result: first.result, replayed: true });
    expect(countOf(second.snapshot.environment)).toBe(2);
  });

  test('wins over a generation that went stale through the very request', async () => {
    const { store } = await temporaryStore();
    const change = counting({ idempotencyKey: 'k1', ifGeneration: 1 });
    await store.mutate(ENVIRONMENT, change);
    expect(await store.mutate(ENVIRONMENT, change)).toMatchObject({ replayed: true });
  });

  test.each([
    ['another input', { input: { other: true } }],
    ['another verb', { verb: 'sample.other' }],
    ['another target', { target: 'other' }],
  ])('used for %s is refused with env/idempotency-conflict', async (_what, fields) => {
    const { store } = await temporaryStore();
    await store.mutate(ENVIRONMENT, counting({ idempotencyKey: 'k1' }));
    const other = store.mutate(ENVIRONMENT, counting({ idempotencyKey: 'k1', ...fields }));
    await expect(other).rejects.toMatchObject({ code: 'env/idempotency-conflict' });
  });

  test('of another actor does not give that actor’s result away', async () => {
    const { store, root } = await temporaryStore();
    await store.mutate(ENVIRONMENT, counting({ idempotencyKey: 'k1' }));
    const eve = { kind: 'local-user', name: 'eve' } as const;
    const hers = openFileStore({ root, actor: eve, authorise: () => undefined, now: () => NOW });
    await expect(hers.mutate(ENVIRONMENT, counting({ idempotencyKey: 'k1' }))).rejects.toMatchObject({
      code: 'env/idempotency-conflict',
    });
  });

  test('of a refused request is free again', async () => {
    const { store } = await temporaryStore();
    const stale = counting({ idempotencyKey: 'k1', ifGeneration: 9 });
    await expect(store.mutate(ENVIRONMENT, stale)).rejects.toMatchObject({ code: 'env/stale' });
    expect(await store.mutate(ENVIRONMENT, counting({ idempotencyKey: 'k1' }))).toMatchObject({ replayed: false });
  });

  test('makes the creation of an environment repeatable', async () => {
    const { store } = await temporaryStore();
    const first = await store.create(OTHER, { ...creation(OTHER), idempotencyKey: 'make' });
    const second = await store.create(OTHER, { ...creation(OTHER), idempotencyKey: 'make' });
    expect(second).toEqual({ ...first, replayed: true });
    await expect(store.create(OTHER, creation(OTHER))).rejects.toMatchObject({ code: 'env/exists' });
  });
});

describe('the policy', () => {
  test('refuses another actor with permission/denied; nothing changes and it is recorded', async () => {
    const { store, root } = await temporaryStore();
    const eve = { kind: 'local-user', name: 'eve' } as const;
    const hers = openFileStore({ root, actor: eve, authorise: onlyActor(ADA), now: () => NOW });
    await expect(hers.mutate(ENVIRONMENT, counting())).rejects.toMatchObject({ code: 'permission/denied' });
    expect((await store.read(ENVIRONMENT)).environment.generation).toBe(1);
    expect((await store.events(ENVIRONMENT)).at(-1)).toMatchObject({
      outcome: 'refused',
      code: 'permission/denied',
      actor: eve,
    });
  });

  test('still refuses when the refusal cannot be recorded, and says so', async () => {
    const { store, root } = await temporaryStore();
    const eve = { kind: 'local-user', name: 'eve' } as const;
    const disk = { ...nodeDisk, append: () => Promise.reject(new Error('ENOSPC')) };
    const hers = openFileStore({ root, actor: eve, authorise: onlyActor(ADA), now: () => NOW, disk });
    const refusal = { code: 'permission/denied', details: { unrecorded: 'audit/unwritable' } };
    await expect(hers.mutate(ENVIRONMENT, counting())).rejects.toMatchObject(refusal);
    expect(await store.events(ENVIRONMENT)).toHaveLength(1);
  });

  test('answers before anything says whether the environment exists', async () => {
    const { root } = await temporaryStore();
    const eve = { kind: 'local-user', name: 'eve' } as const;
    const hers = openFileStore({ root, actor: eve, authorise: onlyActor(ADA), now: () => NOW });
    await expect(hers.mutate(OTHER, counting())).rejects.toMatchObject({ code: 'permission/denied' });
    await expect(hers.create(OTHER, creation(OTHER))).rejects.toMatchObject({ code: 'permission/denied' });
    expect(await readdir(root)).toEqual([ENVIRONMENT]);
  });
});
