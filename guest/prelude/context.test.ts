import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packOf, World } from './testing/world.ts';

let world: World;
beforeEach(() => {
  world = World.start();
});
afterEach(() => world.end());

function refusal(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** What a pack gets when it evaluates an expression over its context. */
async function evaluate(expression: string, fields: object = {}): Promise<unknown> {
  await world.open(packOf(`async run() { return ${expression}; }`), fields);
  const { value, error } = await world.invoke('run');
  return value ?? error;
}

describe('the context', () => {
  test('holds the environment and the answers', async () => {
    const fields = { environment: 'prod', answers: { region: 'eu', size: 3, on: true } };
    expect(await evaluate('[context.environment, context.answers]', fields)).toEqual(['prod', fields.answers]);
  });

  test('is frozen throughout', async () => {
    const frozen =
      "[context, context.answers, context.log, context.workers, context.kv('a'), context.seal('a'), context.http('a')]";
    expect(await evaluate(`${frozen}.every(Object.isFrozen)`)).toBe(true);
  });

  test.each([
    ["context.kv('main').get('k')", 'kv.get', { binding: 'main', key: 'k' }],
    ["context.kv('main').list({ prefix: 'p', limit: 5 })", 'kv.list', { binding: 'main', prefix: 'p', limit: 5 }],
    [
      "context.kv('main').commit({ writes: [{ key: 'k', value: null }] })",
      'kv.commit',
      { binding: 'main', writes: [{ key: 'k', value: null }] },
    ],
    [
      "context.seal('s').wrap({ plain: 'cA==', context: 'c' })",
      'seal.wrap',
      { binding: 's', plain: 'cA==', context: 'c' },
    ],
    [
      "context.seal('s').unwrap({ sealed: 'cA==', context: 'c' })",
      'seal.unwrap',
      { binding: 's', sealed: 'cA==', context: 'c' },
    ],
    ["context.secretValue('pw')", 'secret.value', { binding: 'pw' }],
    ["context.workers.define({ revision: 'r' })", 'workers.define', { revision: 'r' }],
    ["context.workers.start({ revision: 'r' })", 'workers.start', { revision: 'r' }],
    ["context.workers.stop({ revision: 'r' })", 'workers.stop', { revision: 'r' }],
    ["context.workers.remove({ revision: 'r' })", 'workers.remove', { revision: 'r' }],
    ['context.workers.list()', 'workers.list', {}],
  ])('%s asks the broker for %s', async (expression, name, args) => {
    world.broker = () => ({ answer: 42 });
    expect(await evaluate(expression)).toEqual({ answer: 42 });
    const call = world.sent.find(({ t }) => t === 'call');
    expect([`${call?.['port']}.${call?.['method']}`, call?.['args']]).toEqual([name, args]);
  });

  test('a binding cannot be smuggled in with the options', async () => {
    await evaluate("context.kv('mine').list({ binding: 'theirs', prefix: '', limit: 1 })");
    expect(world.sent.find(({ t }) => t === 'call')).toMatchObject({ args: { binding: 'mine' } });
  });

  test('log.write asks the broker and gives nothing', async () => {
    world.broker = () => ({ ignored: true });
    expect(
      await evaluate("context.log.write({ level: 'info', message: 'm', fields: { a: 1 } }).then((x) => typeof x)"),
    ).toBe('undefined');
    expect(world.sent.find(({ t }) => t === 'call')).toMatchObject({
      port: 'log',
      method: 'write',
      args: { level: 'info', message: 'm', fields: { a: 1 } },
    });
  });

  test('a secret is its placeholder', async () => {
    const fields = { placeholders: { token: '__secret_token_00__' } };
    expect(await evaluate("context.secret('token')", fields)).toBe('__secret_token_00__');
  });

  test.each(['other', 'toString', '__proto__', 'constructor'])(
    'the secret %s, which is not granted, is refused',
    async (name) => {
      expect(await evaluate(`context.secret('${name}')`, { placeholders: { token: 'x' } })).toMatchObject({
        code: 'permission/denied',
      });
    },
  );

  test('a refusal of the broker keeps its code, whether the pack looks at it or lets it pass', async () => {
    world.broker = () => {
      throw refusal('kv/conflict', 'The key has version 2.');
    };
    await world.open(
      packOf(`look: () => context.kv('a').get('k').catch((e) => [e instanceof Error, e.code, e.message]),
              pass: () => context.kv('a').get('k')`),
    );
    expect((await world.invoke('look')).value).toEqual([true, 'kv/conflict', 'The key has version 2.']);
    expect((await world.invoke('pass')).error).toEqual({ code: 'kv/conflict', message: 'The key has version 2.' });
  });

  test('answers find their calls whatever their order', async () => {
    const gates: (() => void)[] = [];
    world.broker = (_port, _method, { key }: { key: string }) =>
      new Promise((resolve) => {
        gates.push(() => resolve(key));
        if (gates.length === 3) for (const open of gates.reverse()) open();
      });
    expect(await evaluate("Promise.all(['a', 'b', 'c'].map((k) => context.kv('m').get(k)))")).toEqual(['a', 'b', 'c']);
  });

  test('an answer nobody waits for, or a second one, changes nothing', async () => {
    await world.open(packOf("get: () => context.kv('m').get('k')"));
    world.broker = (_port, _method, _args, id) => {
      world.deliver({ t: 'result', id, ok: true, value: 'first' });
      world.deliver({ t: 'result', id: 99, ok: true, value: 'stray' });
      return 'second';
    };
    expect((await world.invoke('get')).value).toBe('first');
    expect(world.sent.filter(({ t }) => t === 'failed')).toEqual([]);
  });

  test('arguments without a JSON form are refused before anything is sent', async () => {
    expect(await evaluate('context.log.write(undefined)')).toMatchObject({
      message: expect.stringContaining('TypeError'),
    });
    expect(world.sent.filter(({ t }) => t === 'call')).toEqual([]);
  });
});
