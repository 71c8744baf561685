import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { World } from './testing/world.ts';

let world: World;
beforeEach(() => {
  world = World.start();
});
afterEach(() => world.end());

const promised = (body: string): string => `new Promise((done) => { ${body} })`;

describe('timers', () => {
  test('run once, with their arguments', async () => {
    const code = promised(
      "let n = 0; setTimeout((a, b) => { n++; setTimeout(() => done([a, b, n]), 5); }, 1, 'x', 2);",
    );
    expect(await world.evaluate(code)).toEqual(['x', 2, 1]);
  });

  test('that the host fires twice, or that nobody set, do nothing more', async () => {
    await world.evaluate('globalThis.n = 0; new Promise((done) => setTimeout(() => { n++; done(); }, 0))');
    const id = world.sent.find(({ t }) => t === 'timer')?.id;
    for (const again of [id, id, 99]) world.deliver({ t: 'fire', id: again });
    expect(await world.evaluate('new Promise((done) => setTimeout(() => done(n), 0))')).toBe(1);
  });

  test('are forgotten once cleared, from anywhere', async () => {
    const code = promised(
      "const seen = []; const a = setTimeout(() => seen.push('a'), 1); clearTimeout(a); clearTimeout(a); clearTimeout(undefined); clearInterval('x'); setTimeout(() => done(seen), 15);",
    );
    expect(await world.evaluate(code)).toEqual([]);
  });

  test('repeat until cleared, also by their own callback', async () => {
    const code = promised(
      'let n = 0; const id = setInterval(() => { if (++n === 3) { clearInterval(id); setTimeout(() => done(n), 10); } }, 0);',
    );
    expect(await world.evaluate(code)).toBe(3);
    expect(world.sent.filter(({ t }) => t === 'timer').every(({ ms }) => Number(ms) > 0)).toBe(true);
  });

  test.each([
    ['undefined', 0],
    ['-5', 0],
    ['NaN', 0],
    ["'7'", 7],
    ['1.9', 1],
    ['1e12', 2 ** 31 - 1],
    ['{}', 0],
  ])('a delay of %s is %i ms', async (delay, ms) => {
    await world.evaluate(`setTimeout(() => {}, ${delay}); undefined`);
    expect(world.sent.find(({ t }) => t === 'timer')).toMatchObject({ ms });
  });

  test.each(['setTimeout', 'setInterval', 'queueMicrotask'])('%s refuses text: nothing is evaluated', async (name) => {
    const code = `(() => { try { ${name}('globalThis.ran = 1'); } catch (error) { return error.name; } })()`;
    expect(await world.evaluate(code)).toBe('TypeError');
  });

  test.each([
    'setTimeout(() => { setTimeout(done, 0); fail(); }, 0)',
    'let n = 0; const id = setInterval(() => { if (++n === 2) { clearInterval(id); done(); } fail(); }, 1)',
    'queueMicrotask(fail); queueMicrotask(done)',
  ])('an error in %s is reported, and the world goes on', async (body) => {
    await world.evaluate(promised(`const fail = () => { throw new Error('lost'); }; ${body}`));
    const reports = world.sent.filter(({ port }) => port === 'console');
    expect(reports[0]).toMatchObject({
      args: { level: 'error', message: expect.stringContaining('Uncaught Error: lost') },
    });
    expect(world.sent.filter(({ t }) => t === 'failed')).toEqual([]);
  });

  test('microtasks run before timers', async () => {
    const code = promised(
      "const seen = []; setTimeout(() => { seen.push('timer'); done(seen); }, 0); queueMicrotask(() => seen.push('microtask')); seen.push('now');",
    );
    expect(await world.evaluate(code)).toEqual(['now', 'microtask', 'timer']);
  });
});
