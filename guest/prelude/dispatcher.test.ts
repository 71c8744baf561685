import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packOf, World } from './testing/world.ts';

let world: World;
beforeEach(() => {
  world = World.start();
});
afterEach(() => world.end());

describe('a pack', () => {
  test('is opened, called and closed', async () => {
    const module = packOf(
      'seen: [], async put(input) { this.seen.push(input.key); return { seen: this.seen, name: context.environment }; }, close() { globalThis.closed = true; }',
    );
    expect(await world.open(module)).toEqual({ t: 'reply', id: 1, ok: true, value: null });
    expect(await world.invoke('put', { key: 'a' })).toMatchObject({ ok: true, value: { seen: ['a'], name: 'demo' } });
    expect(await world.invoke('put', { key: 'b' })).toMatchObject({ value: { seen: ['a', 'b'] } });
    expect(await world.request('close')).toMatchObject({ ok: true, value: null });
    expect(await world.evaluate('closed')).toBe(true);
    expect(await world.invoke('put', { key: 'c' })).toMatchObject({ ok: false, error: { code: 'pack/not-open' } });
  });

  test('may be an instance of a class, and its methods may be synchronous', async () => {
    await world.open(`
      class Store { #n = 0; next(input) { return { n: this.#n += input }; } }
      export default { open: () => new Store() };`);
    expect(await world.invoke('next', 3)).toMatchObject({ value: { n: 3 } });
    expect(await world.invoke('next', 4)).toMatchObject({ value: { n: 7 } });
  });

  test('may give a thenable of its own making', async () => {
    await world.open(
      packOf(
        "good: () => ({ then: (yes) => yes(5) }), bad: () => ({ then(yes, no) { no({ code: 'state/conflict', message: 'm' }); yes(1); } })",
      ),
    );
    expect(await world.invoke('good')).toMatchObject({ ok: true, value: 5 });
    expect(await world.invoke('bad')).toMatchObject({ ok: false, error: { code: 'state/conflict', message: 'm' } });
  });

  test('may offer its members through a proxy', async () => {
    await world.open(
      'export default { open: () => new Proxy({ get: () => 1 }, { get: (target, key) => target[key] }) };',
    );
    expect(await world.invoke('get')).toMatchObject({ ok: true, value: 1 });
  });

  test.each([
    ['nothing', 'export const a = 1;'],
    ['null', 'export default null;'],
    ['a text', "export default 'pack';"],
    ['an object without open', 'export default { open: 1 };'],
    ['a getter that throws', "export default { get open() { throw new Error('no'); } };"],
    ['a proxy that throws', "export default new Proxy({}, { getOwnPropertyDescriptor() { throw new Error('no'); } });"],
    ['an open left on Object.prototype', 'Object.prototype.open = () => ({}); export default {};'],
  ])('that exports %s is refused on registering', async (_, module) => {
    expect(await world.load(module)).toMatch(/no function `open`/);
  });

  test('a definition that fits registers with an empty text', async () => {
    expect(await world.load(packOf(''))).toBe('');
  });

  test('that opens to nothing is refused', async () => {
    const reply = await world.open('export default { open: () => undefined };');
    expect(reply).toMatchObject({ ok: false, error: { code: 'pack/open-failed' } });
  });

  test('cannot be opened twice', async () => {
    await world.open(packOf(''));
    const reply = await world.request('open', { environment: 'demo', answers: {}, placeholders: {} });
    expect(reply).toMatchObject({ ok: false, error: { code: 'pack/protocol' } });
  });

  test.each(['missing', 'toString', 'constructor', '__proto__', 'value'])('has no method %s', async (method) => {
    await world.open(packOf('value: 1'));
    expect(await world.invoke(method)).toMatchObject({ ok: false, error: { code: 'pack/result-invalid' } });
  });

  test('that the caller gave up on still ends its call with one reply', async () => {
    await world.open(packOf('slow: () => new Promise((resolve) => setTimeout(resolve, 20, 1))'));
    const reply = world.invoke('slow');
    world.deliver({ t: 'abort', id: 2 });
    expect(await reply).toMatchObject({ ok: true, value: 1 });
    expect(world.sent.filter(({ t, id }) => t === 'reply' && id === 2)).toHaveLength(1);
  });

  test('answers many calls, each under its id', async () => {
    await world.open(
      packOf('async echo(n) { await null; if (n % 2) await new Promise((r) => setTimeout(r, n)); return n; }'),
    );
    const replies = await Promise.all(Array.from({ length: 30 }, (_, n) => world.invoke('echo', n)));
    expect(replies.map(({ value }) => value)).toEqual(Array.from({ length: 30 }, (_, n) => n));
  });
});

describe('a result', () => {
  test.each(['undefined', '() => 1', 'Symbol()', '1n', '(() => { const a = []; a[0] = a; return a; })()'])(
    'of %s has no JSON form and is refused',
    async (result) => {
      await world.open(packOf(`get: () => (${result})`));
      expect(await world.invoke('get')).toMatchObject({ ok: false, error: { code: 'pack/result-invalid' } });
    },
  );

  test('whose getter throws is refused with its reason', async () => {
    await world.open(packOf("get: () => ({ get a() { throw new Error('hidden'); } })"));
    const { error } = await world.invoke('get');
    expect(error).toMatchObject({ code: 'pack/result-invalid', message: expect.stringContaining('hidden') });
  });
});

describe('an error of a pack', () => {
  const thrown = async (expression: string) => {
    await world.open(packOf(`fail() { throw ${expression}; }, async reject() { throw ${expression}; }`));
    const { error } = await world.invoke('fail');
    expect((await world.invoke('reject')).error).toEqual(error);
    return error;
  };

  test('with a code is passed on with message and details', async () => {
    const error = await thrown(
      "Object.assign(new Error('Old.'), { code: 'state/conflict', details: { revision: 2 } })",
    );
    expect(error).toEqual({ code: 'state/conflict', message: 'Old.', details: { revision: 2 } });
  });

  test.each([
    ["new Error('plain')", 'plain'],
    ["new TypeError('plain')", 'TypeError: plain'],
    ["'text'", 'text'],
    ['undefined', 'The pack threw something that is not an error.'],
    ['{ get message() { throw 1; } }', 'The pack threw something that is not an error.'],
    ["Object.assign(new Error('odd'), { code: 'ENOENT' })", 'odd'],
    ["Object.assign(new Error('odd'), { code: 'State/conflict' })", 'odd'],
    ["Object.assign(new Error('odd'), { code: 'state/conflict\\n' })", 'odd'],
    ["Object.assign(new Error('odd'), { code: 7 })", 'odd'],
  ])('%s is a message alone', async (expression, message) => {
    expect(await thrown(expression)).toEqual({ message });
  });

  test('is bounded: 2 KiB of message, and details over 4 KiB are left out', async () => {
    const error = await thrown(
      "Object.assign(new Error('m'.repeat(9999)), { code: 'state/conflict', details: { text: 'd'.repeat(4096) } })",
    );
    expect(error).toEqual({ code: 'state/conflict', message: 'm'.repeat(2048) });
  });

  test.each(["'text'", '[1]', 'null', '1n', '{ get a() { throw 1; } }', '() => 1'])(
    'loses details that are %s',
    async (details) => {
      expect(await thrown(`{ code: 'state/conflict', message: 'm', details: ${details} }`)).toEqual({
        code: 'state/conflict',
        message: 'm',
      });
    },
  );
});

describe('a pack that spoils the language for itself', () => {
  const poisons: Record<string, string> = {
    'toJSON on Object.prototype': 'Object.prototype.toJSON = () => ({ forged: true })',
    'getters on Object.prototype': `for (const key of ['t', 'id', 'ok', 'value', 'code', 'error', 'get', 'set', 'port'])
       Object.defineProperty(Object.prototype, key, { __proto__: null, get() { throw new Error('poison'); }, set() { throw new Error('poison'); } })`,
    'values on Object.prototype': `for (const key of ['t', 'id', 'ok', 'value', 'code', 'error', 'message', 'get', 'set'])
       Object.prototype[key] = 'poison'`,
    'then on Object.prototype': "Object.prototype.then = () => { throw new Error('poison'); }",
    'JSON.stringify': 'JSON.stringify = () => \'{"t":"breach"}\'',
    'JSON.parse': 'JSON.parse = () => ({})',
    'the JSON object': 'globalThis.JSON = undefined',
    'Promise.prototype.then': "Promise.prototype.then = () => { throw new Error('poison'); }",
    'a silent Promise.prototype.then': 'Promise.prototype.then = () => undefined',
    'the constructor of promises': `Object.defineProperty(Promise.prototype, 'constructor', { get() { throw new Error('poison'); } })`,
    'the species of promises':
      "Object.defineProperty(Promise, Symbol.species, { get() { throw new Error('poison'); } })",
    'the Promise global': 'globalThis.Promise = undefined',
    'Reflect.apply and Function.prototype': `Reflect.apply = Function.prototype.call = Function.prototype.apply =
       Function.prototype.bind = () => { throw new Error('poison'); }`,
    'Array.prototype': `for (const key of ['map', 'push', 'filter', 'find', 'forEach', Symbol.iterator])
       Array.prototype[key] = () => { throw new Error('poison'); }`,
    'Map and RegExp methods': `for (const owner of [Map, Set, RegExp, String, WeakMap])
       for (const key of Object.getOwnPropertyNames(owner.prototype))
         try { owner.prototype[key] = () => { throw new Error('poison'); } } catch {}`,
    'Object functions': `for (const key of Object.getOwnPropertyNames(Object))
       try { Object[key] = () => { throw new Error('poison'); } } catch {}`,
    'the web globals': `for (const key of Object.getOwnPropertyNames(globalThis))
       try { if (key !== 'undefined') globalThis[key] = undefined } catch {}`,
  };

  test.each(Object.entries(poisons))('%s: still gets calls and still answers', async (_, poison) => {
    await world.open(
      packOf(`echo(input) { return input; }, async later(input) { return input; }, throws() { throw 'thrown'; }`),
    );
    await world.evaluate(`${poison}; undefined`);
    expect(await world.invoke('echo', 'text')).toMatchObject({ ok: true, value: 'text' });
    expect(await world.invoke('throws')).toMatchObject({ ok: false, error: { message: 'thrown' } });
    expect((await world.invoke('later', 7)).t).toBe('reply');
    expect(await world.request('close')).toMatchObject({ ok: true });
    expect(world.sent.filter(({ t }) => t !== 'reply')).toEqual([]);
  });

  test('breaks only its own results', async () => {
    await world.open(packOf('get: () => ({ a: 1 })', 'Object.prototype.toJSON = () => ({ forged: true });'));
    expect(await world.invoke('get')).toEqual({ t: 'reply', id: 2, ok: true, value: { forged: true } });
  });
});
