import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createKeyFile } from '../key-file.ts';
import { run } from '../run.ts';

let dir: string;
let said = '';
const file = (name: string) => path.join(dir, name);
const KEYS = ['registry', 'acme', 'kit', 'ada', 'bob', 'cyd', 'eve'];

/** Runs `gtc op …`; gives its exit code, and what it said. */
async function op(...args: string[]): Promise<{ exit: number; said: string }> {
  said = '';
  const exit = await run(['op', ...args, '--root', file('environments'), '--json']);
  return { exit, said };
}
const done = async (...args: string[]) => {
  const ran = await op(...args);
  expect(ran).toMatchObject({ exit: 0 });
  return (JSON.parse(ran.said.trim().split('\n').at(-1) ?? '') as { result: Record<string, unknown> }).result;
};
const refused = (code: string) => ({ exit: 3, said: expect.stringContaining(`"${code}"`) });
const root = async (env: string) => (await done('trust-root', 'show', env)) as Record<string, never>;
const keyOf = async (name: string) => (await readFile(file(`${name}.key.pub`), 'utf8')).trim();

const keyIdOf = async (name: string) =>
  (JSON.parse(await readFile(file(`${name}.key`), 'utf8')) as { keyId: string }).keyId;

const OWNERS = () => ['--owner', file('ada.key.pub'), '--owner', file('bob.key.pub'), '--owners', '2'];
const SIGNED = () => ['--key', file('ada.key'), '--key', file('bob.key')];
const FILE = () => ['--trust', file('trust.json')];
const protectedRoot = async () =>
  await done('env', 'create', 'prod', ...FILE(), ...OWNERS(), '--no-approvers', ...SIGNED());

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'trust-'));
  const hear = (text: string | Uint8Array) => {
    said += String(text);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(hear);
  vi.spyOn(process.stderr, 'write').mockImplementation(hear);
  for (const name of KEYS) await createKeyFile(file(`${name}.key`));
  const names = ['--publisher', `acme=${file('acme.key.pub')}`, '--conformance', file('kit.key.pub')];
  await run(['registry', 'init', file('registry'), '--key', file('registry.key'), '--json']);
  await run(['registry', 'trust', file('registry'), ...names, '--out', file('trust.json'), '--json']);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(dir, { recursive: true });
});

describe('a protected environment', () => {
  test('is made with owners who sign, and with a word on who approves', async () => {
    await protectedRoot();
    expect(await root('prod')).toMatchObject({
      class: 'protected',
      approvers: 'none',
      owners: { threshold: 2, keys: [{ publicKey: await keyOf('ada') }, { publicKey: await keyOf('bob') }] },
    });
  });

  test.each([
    ['owners', 'trust/root-invalid', () => ['--no-approvers']],
    ['a word on approvers', 'trust/root-invalid', () => [...OWNERS(), ...SIGNED()]],
    ['its owners’ signatures', 'trust/root-unsigned', () => [...OWNERS(), '--no-approvers']],
    ['enough of their signatures', 'trust/threshold', () => [...OWNERS(), '--no-approvers', '--key', file('ada.key')]],
  ])('is not made without %s, nor begun', async (_what, code, options) => {
    expect(await op('env', 'create', 'prod', ...FILE(), ...options())).toEqual(refused(code));
    expect(await op('env', 'show', 'prod')).toMatchObject({ exit: 4 });
  });

  test('changes with enough of its owners, and not with fewer', async () => {
    await protectedRoot();
    const add = ['trust-root', 'add', 'prod', '--conformance', file('eve.key.pub')];
    expect(await op(...add)).toEqual(refused('trust/root-unsigned'));
    expect(await op(...add, '--key', file('ada.key'))).toEqual(refused('trust/threshold'));
    expect(await root('prod')).toMatchObject({ version: 1 });
    const { changes } = await done(...add, ...SIGNED());
    expect(changes).toEqual([`+ conformance: ${await keyIdOf('eve')}`]);
    expect(await root('prod')).toMatchObject({ version: 2 });
  });

  test('a stranger’s key signs nothing', async () => {
    await protectedRoot();
    const add = ['trust-root', 'add', 'prod', '--renew', ...SIGNED(), '--key', file('eve.key')];
    expect(await op(...add)).toMatchObject({ exit: 2 });
    expect(await root('prod')).toMatchObject({ version: 1 });
  });

  test('its owners sign elsewhere, one after the other; the file counts once', async () => {
    await protectedRoot();
    const proposal = file('next.json');
    // Two of one owner can never sign: such a trust root is not even written down.
    const remove = ['trust-root', 'remove', 'prod', await keyIdOf('bob'), '--propose', proposal];
    expect(await op(...remove)).toEqual(refused('trust/root-invalid'));
    await expect(readFile(proposal)).rejects.toThrow();
    await done('trust-root', 'rotate', 'prod', await keyIdOf('bob'), file('cyd.key.pub'), '--propose', proposal);
    expect(await op('trust-root', 'import', 'prod', proposal)).toEqual(refused('trust/root-unsigned'));
    for (const owner of ['ada', 'bob']) await done('trust-root', 'sign', proposal, '--key', file(`${owner}.key`));
    // Those who own it now have signed; of those who are to own it, one is missing.
    expect(await op('trust-root', 'import', 'prod', proposal)).toEqual(refused('trust/threshold'));
    expect(await op('trust-root', 'sign', proposal, '--key', file('eve.key'))).toMatchObject({ exit: 2 });
    const { changes } = await done('trust-root', 'sign', proposal, '--key', file('cyd.key'));
    expect(changes).toHaveLength(2);
    await cp(proposal, file('kept.json'));
    await done('trust-root', 'import', 'prod', proposal);
    expect(await root('prod')).toMatchObject({ version: 2, owners: { threshold: 2 } });
    expect(await op('trust-root', 'import', 'prod', file('kept.json'))).toEqual(refused('trust/root-rollback'));
  });

  test('a proposal is not written over another', async () => {
    await protectedRoot();
    await done('trust-root', 'add', 'prod', '--renew', '--propose', file('next.json'));
    expect(await op('trust-root', 'add', 'prod', '--renew', '--propose', file('next.json'))).toMatchObject({ exit: 2 });
  });
});

describe('a local environment', () => {
  const create = async () => await done('env', 'create', 'local', ...FILE(), '--no-packs');

  test('is as easy as a trust file, and changes without owners', async () => {
    await create();
    const { changes } = await done('trust-root', 'add', 'local', '--publisher', `beta=${file('eve.key.pub')}`);
    expect(changes).toEqual([`+ publishing beta.*: ${await keyIdOf('eve')}`]);
    await done('trust-root', 'remove', 'local', await keyIdOf('eve'));
    expect(await root('local')).toMatchObject({ version: 3, class: 'local', publishers: [{ namespace: 'acme' }] });
  });

  test('that has no trust root gets one with init, and only one', async () => {
    await done('env', 'create', 'local');
    expect(await op('trust-root', 'show', 'local')).toEqual(refused('trust/root-missing'));
    expect(await op('trust-root', 'init', 'local')).toMatchObject({ exit: 2 });
    await done('trust-root', 'init', 'local', ...FILE());
    expect(await op('trust-root', 'init', 'local', ...FILE())).toMatchObject({ exit: 2 });
  });

  test('takes owners when the first of them sign, and is theirs from then on', async () => {
    await create();
    expect(await op('trust-root', 'add', 'local', ...OWNERS())).toEqual(refused('trust/root-unsigned'));
    await done('trust-root', 'add', 'local', ...OWNERS(), ...SIGNED());
    expect(await op('trust-root', 'add', 'local', '--renew')).toEqual(refused('trust/root-unsigned'));
  });

  test('keeps a policy, shows it, and refuses one with a field nobody knows', async () => {
    await create();
    expect(await done('trust-root', 'policy', 'local')).toEqual({});
    await writeFile(file('policy.json'), '{"coolDown":24,"requiredEvidence":{"sbom":1}}');
    const { changes } = await done('trust-root', 'policy', 'local', '--set', file('policy.json'));
    expect(changes).toEqual([
      '~ policy coolDown: 24, before nothing',
      '~ policy requiredEvidence: {"sbom":1}, before nothing',
    ]);
    expect(await done('trust-root', 'policy', 'local')).toEqual({ coolDown: 24, requiredEvidence: { sbom: 1 } });
    await writeFile(file('odd.json'), '{"skipChecks":true}');
    const odd = await op('trust-root', 'policy', 'local', '--set', file('odd.json'));
    expect(odd).toMatchObject({ exit: 2, said: expect.stringContaining('skipChecks') });
  });

  test('--dry-run changes nothing, and says what would change', async () => {
    await create();
    const result = await done('trust-root', 'remove', 'local', await keyIdOf('acme'), '--dry-run');
    expect(result).toMatchObject({
      dryRun: true,
      changes: [`- publishing acme.*: ${await keyIdOf('acme')}`],
      forecasts: [],
    });
    expect(await root('local')).toMatchObject({ version: 1 });
  });

  test('an add that names nothing, a threshold that is none and a role nobody has are refused', async () => {
    await create();
    for (const options of [[], ['--threshold', 'conformance=0'], ['--threshold', 'owner=1'], ['--threshold', 'x']]) {
      expect(await op('trust-root', 'add', 'local', ...options)).toMatchObject({ exit: 2 });
    }
    expect(await op('trust-root', 'add', 'local', '--threshold', 'conformance=2')).toEqual(
      refused('trust/root-invalid'),
    );
  });
});
