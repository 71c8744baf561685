import { afterAll, describe, expect, test } from 'vitest';
import { openPack, slotClient } from './generation.ts';
import { answer, ask, SandboxPacks } from './sandbox-pack.fixture.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const packs = new SandboxPacks();
afterAll(() => packs.close());

describe('a pack generation', () => {
  test('starts no process before the first call', async () => {
    const pack = packs.state(answer("'x'"));
    expect(pack.pid).toBeUndefined();
    await ask(pack);
    expect(pack.pid).toBeGreaterThan(0);
  });

  test('checks the input before the pack sees it', async () => {
    const pack = packs.state(answer("'x'"));
    await expect(pack.call('get', { tenant: 'acme', key: '' })).rejects.toThrow(code('input/invalid'));
    await expect(pack.call('get', { tenant: 'acme', key: 'k', more: 1 })).rejects.toThrow(code('input/invalid'));
    await expect(pack.call('get', { tenant: '../x', key: 'k' })).rejects.toThrow(code('input/invalid'));
    expect(pack.pid).toBeUndefined();
  });

  test.each(['watch', 'constructor', '__proto__', 'close', 'open'])(
    'a method %s that is not of the contract is refused',
    async (method) => {
      await expect(packs.state(answer("'x'")).call(method, {})).rejects.toThrow(code('pack/feature-undeclared'));
    },
  );

  test('an error of the contract comes through with its details', async () => {
    const pack = packs.module(`export default { slot: 'state', open() { return {
      async put() { throw Object.assign(new Error('newer'), { code: 'state/conflict', details: { actual: 7 } }); },
    }; } };`);
    await expect(pack.call('put', { tenant: 'acme', key: 'k', value: '' })).rejects.toThrow(
      expect.objectContaining({ code: 'state/conflict', message: 'newer', details: { actual: 7 } }),
    );
  });

  test('killing its process fails the call under way, and the next call works', async () => {
    const pack = packs.state(`if (input.key === 'wait') await new Promise(() => {}); ${answer("'x'")}`);
    await ask(pack);
    const before = pack.pid ?? 0;
    const waiting = pack.call('get', { tenant: 'acme', key: 'wait' });
    process.kill(before, 'SIGKILL');
    await expect(waiting).rejects.toThrow(code('pack/crashed'));
    expect(await ask(pack)).toBe('x');
    expect(pack.pid).not.toBe(before);
  });

  test('what the map holds outlives the process and is the same for a second one', async () => {
    const permissions = [{ kind: 'kv', binding: 'k', quotaBytes: 100_000 }];
    const body = `const kv = context.kv('k'); const found = await kv.get('n');
      await kv.commit({ writes: [{ key: 'n', value: String(Number(found?.value ?? 0) + 1) }] }); ${answer('found?.value')}`;
    const [one, two] = [packs.state(body, { permissions }), packs.state(body, { permissions })];
    expect([await ask(one), await ask(two)]).toEqual(['undefined', '1']);
    process.kill(one.pid ?? 0, 'SIGKILL');
    await expect.poll(() => ask(one).catch(() => undefined), { timeout: 10_000 }).toBe('2');
  });

  test('a pack that refuses to open says why', async () => {
    const pack = packs.module(`export default { slot: 'state', open() { throw new Error('no address'); } };`);
    await expect(ask(pack)).rejects.toThrow(
      expect.objectContaining({ code: 'pack/open-failed', message: expect.stringContaining('no address') }),
    );
  });

  test.each([
    ['no default export', 'export const x = 1;'],
    ['no pack', 'export default 1;'],
    ['no JavaScript', 'export default {'],
    ['a loop while loading', 'for (;;); export default {};'],
  ])('a module with %s does not open, and says so', async (_name, source) => {
    const error = await ask(packs.module(source, { limits: { cpuMs: 100 } })).catch(
      (thrown: { code: string }) => thrown.code,
    );
    expect(['pack/open-failed', 'limit/cpu']).toContain(error);
  });

  test('a closed pack refuses calls and leaves no process', async () => {
    const pack = packs.state(answer("'x'"));
    await ask(pack);
    const pid = pack.pid ?? 0;
    await pack.close();
    await expect(ask(pack)).rejects.toThrow(code('pack/not-open'));
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  test('another contract version, or a client of another slot, is refused before anything runs', () => {
    const { manifest, digest } = packs.state(answer("'x'"));
    const { name, version } = manifest;
    const artifact = { name, version, digest, manifest: { ...manifest, contract: 2 }, module: '' };
    const options = {
      artifact,
      environment: 'test',
      grants: [],
      answers: {},
      ports: { dataDir: '', log: () => undefined },
    };
    expect(() => openPack(options)).toThrow(code('pack/contract-unsupported'));
    expect(() => slotClient(packs.state(''), 'secrets')).toThrow(code('pack/slot-mismatch'));
  });

  test('a missing grant is refused before anything runs', () => {
    const { manifest, digest } = packs.state('', { permissions: [{ kind: 'log' }] });
    const artifact = { name: manifest.name, version: manifest.version, digest, manifest, module: '' };
    const options = {
      artifact,
      environment: 'test',
      grants: [],
      answers: {},
      ports: { dataDir: '', log: () => undefined },
    };
    expect(() => openPack(options)).toThrow(code('permission/consent-required'));
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
