import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PACK, SmallRegistry } from '../testing/small-registry.ts';

let registry: SmallRegistry;
const packs = (verb: string, ...args: string[]) => registry.room.json('op', 'env-packs', verb, 'prod', ...args);
const plainly = (verb: string, ...args: string[]) => registry.room.plain('op', 'env-packs', verb, 'prod', ...args);
const refused = (code: string, exit = 3) => ({ exit, error: { code } });
const grant = ['--grant', 'log'];
const events = async () => (await registry.room.audit('prod')).map(({ verb, code }) => [verb, code]);
const slots = async () => {
  const { result } = await packs('list');
  return (result as { slot: string; pack: { version: string } | null }[]).filter(({ pack }) => pack !== null);
};

beforeEach(async () => {
  registry = await SmallRegistry.create();
  for (const version of ['1.0.0', '1.1.0']) await registry.publish(version);
  await registry.environment('prod');
});
afterEach(async () => {
  await registry[Symbol.asyncDispose]();
});

describe('gtc op env-packs add', () => {
  test('fills the slot with the highest release, or with the version that is named', async () => {
    expect(await packs('add', PACK, ...grant)).toMatchObject({
      exit: 0,
      result: { slot: 'state', version: '1.1.0', verdict: 'admitted', replayed: false },
    });
    expect(await packs('add', `${PACK}@1.0.0`, ...grant, '--replace')).toMatchObject({ result: { version: '1.0.0' } });
    expect(await slots()).toMatchObject([{ slot: 'state', pack: { version: '1.0.0' }, grants: [{ kind: 'log' }] }]);
  });

  test('does not take the place of another without --replace', async () => {
    await packs('add', `${PACK}@1.0.0`, ...grant);
    expect(await packs('add', PACK, ...grant)).toMatchObject(refused('env/slot-taken', 5));
    expect(await slots()).toMatchObject([{ pack: { version: '1.0.0' } }]);
  });

  test('repeated under the name of the same request changes nothing', async () => {
    const once = ['add', PACK, ...grant, '--idempotency-key', 'one'] as const;
    const first = await packs(...once);
    expect(await packs(...once)).toMatchObject({ exit: 0, result: { ...(first.result as object), replayed: true } });
    expect((await events()).filter(([verb]) => verb === 'env-packs.add')).toHaveLength(1);
  });

  test('grants what is named, or all, and never what is not asked for', async () => {
    expect(await packs('add', PACK)).toMatchObject(refused('permission/consent-required'));
    const wider = await packs('add', PACK, ...grant, '--grant', 'kv:state');
    expect(wider).toMatchObject(refused('permission/exceeds-request'));
    expect(await slots()).toEqual([]);
    expect(await packs('add', PACK, '--grant', 'all')).toMatchObject({ exit: 0 });
  });

  test('records each refusal of it', async () => {
    await packs('add', PACK);
    await packs('add', `${PACK}@9.9.9`, ...grant);
    await registry.environment('other', ['next']);
    await registry.room.json('op', 'env-packs', 'add', 'other', PACK, ...grant);
    expect(await events()).toContainEqual(['env-packs.add', 'permission/consent-required']);
    const other = (await registry.room.audit('other')).map(({ verb, code }) => [verb, code]);
    expect(other).toContainEqual(['env-packs.add', 'trust/threshold']);
  });

  test.each<[string, string[], string, number]>([
    ['a pack that nobody published', ['acme.state.large'], 'pack/not-found', 4],
    ['a version that nobody published', [`${PACK}@9.9.9`], 'pack/version-not-found', 4],
    ['a registry that the trust root does not name', [PACK, '--registry', 'other'], 'index/unknown-registry', 2],
    ['what fills no slot', ['acme.bundle.desk'], 'input/invalid', 2],
    ['an answer to what is not asked', [PACK, ...grant, '--answer', 'colour=red'], 'input/invalid', 2],
    ['an answer that is none', [PACK, ...grant, '--answer', 'red'], 'input/invalid', 2],
  ])('refuses %s, and fills nothing', async (_, args, code, exit) => {
    expect(await packs('add', ...args)).toMatchObject(refused(code, exit));
    expect(await slots()).toEqual([]);
  });

  test('--schema prints what may be answered, and fills nothing', async () => {
    const { exit, stdout } = await plainly('add', PACK, '--schema');
    expect([exit, JSON.parse(stdout)]).toMatchObject([0, { type: 'object', additionalProperties: false }]);
    expect(await slots()).toEqual([]);
  });
});

describe('gtc op env-packs remove', () => {
  test('empties a slot, once', async () => {
    await packs('add', PACK, ...grant);
    expect(await packs('remove', 'state')).toMatchObject({ exit: 0, result: { slot: 'state' } });
    expect(await slots()).toEqual([]);
    expect(await packs('remove', 'state')).toMatchObject(refused('env/slot-empty', 4));
    expect(await packs('remove', 'cellar')).toMatchObject(refused('input/invalid', 2));
  });
});

describe('why a pack is there, and why one is not', () => {
  test('why prints the decision that was recorded when it was installed', async () => {
    await packs('add', `${PACK}@1.0.0`, ...grant);
    const { result } = await packs('why', 'state');
    expect(result).toMatchObject({ artifact: { name: PACK, version: '1.0.0' }, verdict: 'admitted' });
    const { stdout } = await plainly('why', 'state');
    expect(stdout).toMatch(/^acme\.state\.small 1\.0\.0 was admitted on .*\n {2}sha256:/);
    expect(stdout).not.toContain('✗');
    expect(await packs('why', 'secrets')).toMatchObject(refused('env/slot-empty', 4));
  });

  test('why-not tells each rule, the way out, and what would have to be granted; it changes nothing', async () => {
    await writeFile(registry.room.file('policy.json'), '{"coolDown":24}');
    const set = ['op', 'trust-root', 'policy', 'prod', '--set', registry.room.file('policy.json')];
    expect(await registry.room.json(...set)).toMatchObject({ exit: 0 });
    const before = await events();
    const ran = await plainly('why-not', PACK);
    expect(ran.exit).toBe(3);
    expect(ran.stdout).toMatch(/✗ policy\/cool-down .*\n {4}→ policy\/cool-down: Wait until/);
    expect(ran.stdout).toContain('! permission log: Says what it does. (needs consent: --grant log)');
    expect(await events()).toEqual(before);
    expect(await slots()).toEqual([]);
  });

  test('why-not of what would be admitted ends well', async () => {
    expect(await packs('why-not', PACK)).toMatchObject({ exit: 0, result: { decision: { verdict: 'admitted' } } });
    await packs('add', PACK, ...grant);
    expect((await plainly('why-not', PACK)).stdout).toContain('· permission log: Says what it does. (granted now)');
  });
});

test('gtc op env-packs list shows each slot, filled or not', async () => {
  await packs('add', PACK, ...grant);
  const { stdout } = await plainly('list');
  expect(stdout).toMatch(/secrets +\(empty\)/);
  expect(stdout).toMatch(/state +acme\.state\.small +1\.1\.0 +log +sha256:/);
  const lock = await readFile(registry.room.file('environments/prod/env.lock.json'), 'utf8');
  expect(JSON.parse(lock)).toMatchObject({ entries: [{ name: PACK, version: '1.1.0' }] });
});
