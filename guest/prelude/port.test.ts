import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Message, packOf, World } from './testing/world.ts';

let world: World;
beforeEach(() => {
  world = World.start();
  // The tests answer themselves.
  world.broker = () => new Promise(() => undefined);
});
afterEach(() => world.end());

const calls = (): Message[] => world.sent.filter(({ t }) => t === 'call');
const replies = (): Message[] => world.sent.filter(({ t, id }) => t === 'reply' && id > 1);
const answer = (id: number, value: unknown): void => world.deliver({ t: 'result', id, ok: true, value });
const refuse = (id: number, error: object): void => world.deliver({ t: 'result', id, ok: false, error });
const keyOf = (call: Message | undefined): unknown => (call?.['args'] as { key?: string } | undefined)?.key;
/** Waits until the isolate has done what it was told so far. */
const settled = (): Promise<unknown> => world.evaluate('new Promise((done) => setTimeout(done, 0))');

async function openWith(body: string): Promise<void> {
  await world.open(packOf(`async run(input) { ${body} }`));
}

describe('a call of the pack', () => {
  test('is settled by the first answer; a second one, and one that nobody waits for, are dropped', async () => {
    await openWith("return await context.kv('k').get('a');");
    const reply = world.invoke('run');
    await expect.poll(() => calls().length).toBe(1);
    const id = calls()[0]?.id ?? 0;
    for (const stray of [id + 1, 0, -1, 1e9]) answer(stray, { forged: true });
    answer(id, { first: 1 });
    answer(id, { second: 2 });
    refuse(id, { code: 'kv/conflict', message: 'late' });
    expect(await reply).toMatchObject({ ok: true, value: { first: 1 } });
    await settled();
    expect(replies()).toHaveLength(1);
    expect(world.sent.filter(({ t }) => t === 'failed')).toEqual([]);
  });

  test('gets its own answer, in whatever order the answers come', async () => {
    await openWith(
      "return await Promise.all(Array.from({ length: input }, (_, i) => context.kv('k').get('key' + i)));",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }).chain((n) => fc.shuffledSubarray([...Array(n).keys()], { minLength: n })),
        async (order) => {
          const before = calls().length;
          const reply = world.invoke('run', order.length);
          await expect.poll(() => calls().length).toBe(before + order.length);
          const mine = calls().slice(before);
          for (const i of order) answer(mine[i]?.id ?? 0, { is: keyOf(mine[i]) });
          expect((await reply).value).toEqual(order.toSorted((a, b) => a - b).map((i) => ({ is: `key${i}` })));
        },
      ),
      { numRuns: 25 },
    );
  });

  test.each([
    ['a code and a message', { code: 'kv/conflict', message: 'Old.' }, ['Error', 'kv/conflict', 'Old.', undefined]],
    [
      'details',
      { code: 'kv/conflict', message: 'm', details: { actual: 2 } },
      ['Error', 'kv/conflict', 'm', { actual: 2 }],
    ],
    [
      'a key __proto__ in its details',
      JSON.parse('{"code":"kv/quota","message":"m","details":{"__proto__":{"x":1}}}'),
      ['Error', 'kv/quota', 'm', JSON.parse('{"__proto__":{"x":1}}')],
    ],
  ])('refused with %s is an error that shows just that', async (_, error, shown) => {
    await openWith(
      "try { await context.kv('k').get('a'); } catch (e) { return [e.name, e.code, e.message, e.details, ({}).x === undefined]; }",
    );
    const reply = world.invoke('run');
    await expect.poll(() => calls().length).toBe(1);
    refuse(calls()[0]?.id ?? 0, error as object);
    const value = (await reply).value as unknown[];
    expect(value.slice(0, 3)).toEqual(shown.slice(0, 3));
    expect(JSON.stringify(value[3] ?? null)).toBe(JSON.stringify(shown[3] ?? null));
    expect(value[4]).toBe(true);
  });

  test('answered without a value gives undefined, even when the pack left one on Object.prototype', async () => {
    await openWith("Object.prototype.value = 'forged'; return { got: typeof await context.kv('k').get('a') };");
    const reply = world.invoke('run');
    await expect.poll(() => calls().length).toBe(1);
    world.deliver({ t: 'result', id: calls()[0]?.id, ok: true });
    expect((await reply).value).toMatchObject({ got: 'undefined' });
  });

  test('that a pack never waited for does nothing when it is refused', async () => {
    await openWith("context.kv('k').get('a').catch(() => {}); return 'done';");
    expect((await world.invoke('run')).value).toBe('done');
    refuse(calls()[0]?.id ?? 0, { code: 'permission/denied', message: 'no' });
    await settled();
    expect(world.sent.filter(({ t }) => t === 'failed')).toEqual([]);
  });
});

describe('what a call sends', () => {
  test.each([
    ["context.kv('mine').get('k')", 'kv', 'get', { binding: 'mine', key: 'k' }],
    [
      "context.kv('mine').list({ prefix: 'p', limit: 3, binding: 'other' })",
      'kv',
      'list',
      { prefix: 'p', limit: 3, binding: 'mine' },
    ],
    ["context.kv('mine').commit({ writes: [], binding: 'other' })", 'kv', 'commit', { writes: [], binding: 'mine' }],
    [
      "context.seal('mine').wrap({ plain: 'AA==', context: 'c', binding: 'other' })",
      'seal',
      'wrap',
      { plain: 'AA==', context: 'c', binding: 'mine' },
    ],
    [
      "context.seal('mine').unwrap({ sealed: 'AA==', context: 'c', binding: 'other' })",
      'seal',
      'unwrap',
      { sealed: 'AA==', context: 'c', binding: 'mine' },
    ],
    ["context.secretValue('s')", 'secret', 'value', { binding: 's' }],
    ['context.workers.list({ extra: 1 })', 'workers', 'list', {}],
    ["context.workers.start({ revision: 'a.b.1' })", 'workers', 'start', { revision: 'a.b.1' }],
  ])('%s asks %s.%s under the binding it was opened with', async (expression, port, method, args) => {
    await openWith(`${expression}.catch(() => 0); return 1;`);
    await world.invoke('run');
    expect(calls()).toEqual([{ t: 'call', id: expect.any(Number), port, method, args }]);
  });

  test.each(['1n', '{ toJSON() { throw new Error("no"); } }', '(() => { const a = {}; a.a = a; return a; })()'])(
    'with %s in it fails in the pack, and sends nothing',
    async (key) => {
      await openWith(`try { await context.kv('k').get(${key}); } catch (e) { return e instanceof Error; }`);
      expect((await world.invoke('run')).value).toBe(true);
      expect(calls()).toEqual([]);
    },
  );

  test('cannot be made to look like another message: a text stays a text', async () => {
    await openWith(
      `await Promise.race([context.kv('k').get('"},"t":"reply","id":1,"ok":true'), new Promise((done) => setTimeout(done, 1))]); return 1;`,
    );
    await world.invoke('run');
    expect(calls()[0]?.['args']).toEqual({ binding: 'k', key: '"},"t":"reply","id":1,"ok":true' });
    expect(replies()).toHaveLength(1);
  });

  test('is numbered anew each time, across ports, the log and the network', async () => {
    await openWith(
      "context.kv('k').get('a'); console.log('x'); fetch('https://h/').catch(() => 0); context.workers.list(); return 1;",
    );
    await world.invoke('run');
    await settled();
    const ids = calls().map(({ id }) => id);
    expect(ids).toHaveLength(4);
    expect(new Set(ids).size).toBe(4);
  });
});

describe('a call that is given up', () => {
  const waiting = "const c = new AbortController(); const p = fetch('https://h/', { signal: c.signal });";

  test('is cancelled once, and its late answer is dropped', async () => {
    await openWith(`${waiting} setTimeout(() => { c.abort(); c.abort(); }, 1); return await p.catch((e) => e.name);`);
    expect((await world.invoke('run')).value).toBe('AbortError');
    const id = calls()[0]?.id ?? 0;
    answer(id, { status: 200, headers: [], body: '', url: 'https://h/' });
    await settled();
    expect(world.sent.filter(({ t }) => t === 'cancel')).toEqual([{ t: 'cancel', id }]);
    expect(world.sent.filter(({ t }) => t === 'failed')).toEqual([]);
  });

  test('one of many leaves the others under way', async () => {
    await openWith(
      `${waiting} const q = fetch('https://h/2'); setTimeout(() => c.abort('why'), 1); return [await p.catch((e) => e), (await q).status];`,
    );
    const reply = world.invoke('run');
    await expect.poll(() => world.sent.filter(({ t }) => t === 'cancel').length).toBe(1);
    answer(calls()[1]?.id ?? 0, { status: 201, headers: [], body: '', url: 'https://h/2' });
    expect((await reply).value).toEqual(['why', 201]);
  });
});
