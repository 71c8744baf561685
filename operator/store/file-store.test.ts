import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { canonicalize, type EnvironmentName, GreenticError, isGreenticError } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { onlyActor } from '../actor.ts';
import { ENVIRONMENT, NOW, sampleBinding, sampleTrustRoot } from '../testing/sample.ts';
import { ADA, changing, counting, countOf, temporaryRoot, temporaryStore } from '../testing/temporary-store.ts';
import { bindPack } from '../verbs/env-packs.ts';
import { createEnvironment } from '../verbs/environments.ts';
import { setTrustRoot } from '../verbs/trust-roots.ts';
import { acquireLock } from './environment-lock.ts';
import { environmentFolder, openFileStore } from './file-store.ts';
import { BACKUPS_KEPT } from './transaction.ts';

const OTHER = 'other' as EnvironmentName;

const creation = (name: EnvironmentName) => ({
  verb: 'env.create',
  target: name,
  input: { name },
  decide: (now: Date) => createEnvironment({ name }, now),
});

describe('a change', () => {
  test('is one generation, and what a reader sees next', async () => {
    const { store } = await temporaryStore();
    const outcome = await store.mutate(ENVIRONMENT, counting());
    expect(outcome).toMatchObject({ result: { count: 1 }, replayed: false });
    expect(outcome.snapshot.environment.generation).toBe(2);
    expect(await store.read(ENVIRONMENT)).toEqual(outcome.snapshot);
  });

  test('keeps fields nobody knows, at every depth', async () => {
    const { store } = await temporaryStore();
    const listen = { host: '127.0.0.1', port: 1, tls: { mode: 'future' } };
    await store.mutate(
      ENVIRONMENT,
      changing(({ environment }) => ({ ...environment, listen, colour: ['blue'] })),
    );
    await store.mutate(ENVIRONMENT, counting());
    const { environment } = await store.read(ENVIRONMENT);
    expect(environment).toMatchObject({ listen, colour: ['blue'], count: 1 });
  });

  test('writes lock file and trust root together with the document that names them', async () => {
    const { store } = await temporaryStore();
    const root = sampleTrustRoot();
    const request = { verb: 'trust-root.set', target: ENVIRONMENT, input: root };
    await store.mutate(ENVIRONMENT, { ...request, decide: (snapshot, now) => setTrustRoot(snapshot, { root }, now) });
    const binding = sampleBinding('secrets');
    const bind = { verb: 'env-packs.add', target: 'secrets', input: {} };
    await store.mutate(ENVIRONMENT, { ...bind, decide: (snapshot, now) => bindPack(snapshot, binding, now) });
    const snapshot = await store.read(ENVIRONMENT);
    expect(snapshot.trustRoot).toEqual(root);
    expect(snapshot.lock).toEqual(binding.lock.bytes);
  });

  test('against another generation is refused with env/stale, which names the actual one, and is recorded', async () => {
    const { store } = await temporaryStore();
    await store.mutate(ENVIRONMENT, counting());
    const stale = store.mutate(ENVIRONMENT, counting({ ifGeneration: 1 }));
    await expect(stale).rejects.toMatchObject({ code: 'env/stale', details: { expected: 1, actual: 2 } });
    expect(await store.mutate(ENVIRONMENT, counting({ ifGeneration: 2 }))).toMatchObject({ result: { count: 2 } });
    expect((await store.events(ENVIRONMENT)).map((event) => event.code)).toEqual([
      undefined,
      undefined,
      'env/stale',
      undefined,
    ]);
  });

  test('that would leave an invalid environment is refused with env/invalid, and changes nothing', async () => {
    const { store } = await temporaryStore();
    const before = await store.read(ENVIRONMENT);
    const twice = changing(({ environment }) => {
      const binding = { ...sampleBinding('secrets'), generation: 1, boundAt: NOW.toISOString() };
      return { ...environment, bindings: [binding, binding] };
    });
    await expect(store.mutate(ENVIRONMENT, twice)).rejects.toMatchObject({ code: 'env/invalid' });
    expect(await store.read(ENVIRONMENT)).toEqual(before);
  });

  test('that names a lock file it does not write is refused with lock/mismatch', async () => {
    const { store } = await temporaryStore();
    const { digest } = sampleBinding('secrets').lock;
    const change = changing(({ environment }) => ({ ...environment, lock: { digest } }));
    await expect(store.mutate(ENVIRONMENT, change)).rejects.toMatchObject({ code: 'lock/mismatch' });
  });

  test('cannot rename the environment', async () => {
    const { store } = await temporaryStore();
    const change = changing(({ environment }) => ({ ...environment, name: OTHER }));
    await expect(store.mutate(ENVIRONMENT, change)).rejects.toMatchObject({ code: 'env/invalid' });
  });

  test('refused for trust is recorded with its code; a usage error is not', async () => {
    const { store } = await temporaryStore();
    const failing = (code: 'trust/threshold' | 'traffic/sum') =>
      changing(() => {
        throw new GreenticError(code, 'a message that stays out of the record');
      });
    await expect(store.mutate(ENVIRONMENT, failing('trust/threshold'))).rejects.toMatchObject({
      code: 'trust/threshold',
    });
    await expect(store.mutate(ENVIRONMENT, failing('traffic/sum'))).rejects.toMatchObject({ code: 'traffic/sum' });
    const [, refusal, ...rest] = await store.events(ENVIRONMENT);
    expect(refusal).toMatchObject({ outcome: 'refused', code: 'trust/threshold', generation: { before: 1, after: 1 } });
    expect(JSON.stringify(refusal)).not.toContain('stays out');
    expect(rest).toEqual([]);
  });

  test('of an environment that does not exist is refused with env/not-found and makes nothing', async () => {
    const { store, root } = await temporaryStore();
    await expect(store.mutate(OTHER, counting())).rejects.toMatchObject({ code: 'env/not-found' });
    expect(await readdir(root)).toEqual([ENVIRONMENT]);
  });

  test.each(['../local', 'a/b', '', 'CON', 'con'])(
    'of an environment called %j is refused with input/invalid',
    async (name) => {
      const { store } = await temporaryStore();
      await expect(store.mutate(name as EnvironmentName, counting())).rejects.toMatchObject({ code: 'input/invalid' });
    },
  );

  test.each([
    ['a verb that is none', { verb: 'Traffic Set' }],
    ['no target', { target: '' }],
    ['an idempotency key with a line feed', { idempotencyKey: 'a\nb' }],
  ])('with %s is refused with input/invalid', async (_what, fields) => {
    const { store } = await temporaryStore();
    await expect(store.mutate(ENVIRONMENT, counting(fields))).rejects.toMatchObject({ code: 'input/invalid' });
  });

  test('whose document or record would be over the limit is refused with input/too-large', async () => {
    const { store } = await temporaryStore();
    const large = changing(({ environment }) => ({ ...environment, ballast: 'x'.repeat(4 * 2 ** 20) }));
    await expect(store.mutate(ENVIRONMENT, large)).rejects.toMatchObject({ code: 'input/too-large' });
    const long = counting({ admission: 'x'.repeat(256 * 1024) });
    await expect(store.mutate(ENVIRONMENT, long)).rejects.toMatchObject({ code: 'input/too-large' });
    expect((await store.read(ENVIRONMENT)).environment.generation).toBe(1);
  });

  test('leaves the last ten overwritten documents in backups, newest included', async () => {
    const { store, folder } = await temporaryStore();
    for (let i = 0; i < 13; i++) await store.mutate(ENVIRONMENT, counting());
    const backups = await readdir(path.join(folder, 'backups'));
    expect(backups).toHaveLength(BACKUPS_KEPT);
    const newest = await readFile(path.join(folder, 'backups', backups.sort().at(-1) ?? ''), 'utf8');
    expect(JSON.parse(newest)).toMatchObject({ generation: 13, count: 12 });
  });
});

describe('the files', () => {
  test.skipIf(process.platform === 'win32')('are readable by their owner only, the folders as well', async () => {
    const { store, folder } = await temporaryStore();
    await store.mutate(ENVIRONMENT, counting());
    const mode = async (name: string) => ((await stat(path.join(folder, name))).mode & 0o777).toString(8);
    const files = ['environment.json', 'audit.jsonl', 'lock.sqlite', 'backups/000000000001.environment.json'];
    expect(await Promise.all(files.map(mode))).toEqual(['600', '600', '600', '600']);
    expect(await Promise.all(['.', 'backups', 'data', 'cache'].map(mode))).toEqual(['700', '700', '700', '700']);
  });

  test('changed by hand make every read and change fail, and the listing shows it', async () => {
    const { store, folder } = await temporaryStore();
    const file = path.join(folder, 'environment.json');
    const document = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, `${canonicalize({ ...document, colour: 'red' })}\n`);
    await expect(store.read(ENVIRONMENT)).rejects.toMatchObject({ code: 'env/invalid' });
    await expect(store.mutate(ENVIRONMENT, counting())).rejects.toMatchObject({ code: 'env/invalid' });
    await store.create(OTHER, creation(OTHER));
    expect(await store.list()).toMatchObject([
      { name: ENVIRONMENT, error: { code: 'env/invalid' } },
      { name: OTHER, snapshot: { environment: { generation: 1 } } },
    ]);
  });

  test('of another environment, moved here whole, are refused with env/invalid', async () => {
    const { store, root, folder } = await temporaryStore();
    await store.create(OTHER, creation(OTHER));
    for (const file of ['environment.json', 'audit.jsonl']) {
      await writeFile(path.join(folder, file), await readFile(path.join(environmentFolder(root, OTHER), file)));
    }
    await expect(store.read(ENVIRONMENT)).rejects.toMatchObject({ code: 'env/invalid' });
  });

  test('that cannot be locked are refused with env/unwritable', async () => {
    const { store, folder } = await temporaryStore();
    await rm(path.join(folder, 'lock.sqlite'));
    await writeFile(
      path.join(folder, 'lock.sqlite'),
      'this is no database, but long enough to be taken for one'.repeat(20),
    );
    await expect(store.mutate(ENVIRONMENT, counting())).rejects.toMatchObject({ code: 'env/unwritable' });
    expect((await store.read(ENVIRONMENT)).environment.generation).toBe(1);
  });
});

describe('a commit whose process died before its files were in place', () => {
  /** Puts the folder back to where it was between the audit line and the renames. */
  async function unfinished() {
    const { store, folder } = await temporaryStore();
    const file = path.join(folder, 'environment.json');
    const old = await readFile(file);
    await store.mutate(ENVIRONMENT, counting());
    await rename(file, `${file}.next`);
    await writeFile(file, old);
    return { store, folder };
  }

  test('is finished by the next reader', async () => {
    const { store, folder } = await unfinished();
    expect(countOf((await store.read(ENVIRONMENT)).environment)).toBe(1);
    expect(await readdir(folder)).not.toContain('environment.json.next');
  });

  test('is finished by the next change', async () => {
    const { store } = await unfinished();
    expect((await store.mutate(ENVIRONMENT, counting())).result).toEqual({ count: 2 });
  });

  test('holds up a reader only as long as the lock’s timeout: env/busy', async () => {
    const { folder } = await unfinished();
    const lock = await acquireLock(path.join(folder, 'lock.sqlite'), { timeoutMs: 0, random: Math.random });
    const impatient = {
      root: path.dirname(folder),
      actor: ADA,
      authorise: onlyActor(ADA),
      now: () => NOW,
      lockTimeoutMs: 30,
    };
    await expect(openFileStore(impatient).read(ENVIRONMENT)).rejects.toMatchObject({ code: 'env/busy' });
    lock.release();
  });
});

describe('the listing', () => {
  test('leaves out the folder of a creation that was cut short, and that creation can be repeated', async () => {
    const { store, root } = await temporaryStore();
    await mkdir(environmentFolder(root, OTHER));
    expect((await store.list()).map(({ name }) => name)).toEqual([ENVIRONMENT]);
    await expect(store.read(OTHER)).rejects.toMatchObject({ code: 'env/not-found' });
    expect((await store.create(OTHER, creation(OTHER))).replayed).toBe(false);
  });

  test('is empty where nothing ever was, and leaves out folders that are no environments', async () => {
    const root = await temporaryRoot();
    const open = (folder: string) =>
      openFileStore({ root: folder, actor: ADA, authorise: onlyActor(ADA), now: () => NOW });
    expect(await open(path.join(root, 'absent')).list()).toEqual([]);
    await writeFile(path.join(root, 'a-file'), '');
    expect(await open(root).list()).toEqual([]);
  });
});

test('reading takes no lock while nothing was cut short', async () => {
  const { store, root } = await temporaryStore();
  const patient = openFileStore({ root, actor: ADA, authorise: onlyActor(ADA), now: () => NOW, lockTimeoutMs: 50 });
  let seen: unknown;
  await store.mutate(ENVIRONMENT, counting({ input: 1 }));
  const slow = store.mutate(ENVIRONMENT, {
    ...counting(),
    decide: (snapshot, now) => {
      seen = patient.read(ENVIRONMENT);
      return counting().decide(snapshot, now);
    },
  });
  expect(countOf((await slow).snapshot.environment)).toBe(2);
  await expect(seen).resolves.toBeDefined();
});

test('a recorded refusal carries the admission’s decision', async () => {
  const { store } = await temporaryStore();
  const admission = { rules: [{ rule: 'trust/threshold', passed: false }] };
  await store.record(ENVIRONMENT, { verb: 'env-packs.add', target: 'secrets', code: 'trust/threshold', admission });
  expect((await store.events(ENVIRONMENT, { after: 1 }))[0]).toMatchObject({
    code: 'trust/threshold',
    decision: admission,
    sequence: 2,
  });
});

test('events come in pages', async () => {
  const { store } = await temporaryStore();
  for (let i = 0; i < 5; i++) await store.mutate(ENVIRONMENT, counting());
  const page = await store.events(ENVIRONMENT, { after: 2, limit: 3 });
  expect(page.map((event) => event.sequence)).toEqual([3, 4, 5]);
  const wrong = await store.events(ENVIRONMENT, { limit: 0 }).catch((error: unknown) => error);
  expect(isGreenticError(wrong, 'input/invalid')).toBe(true);
});
