import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bothWorlds } from './testing/both-worlds.ts';
import { World } from './testing/world.ts';

let world: World;
beforeAll(() => {
  world = World.start();
});
afterAll(() => world.end());

async function agree(expression: string): Promise<void> {
  const { ours, nodes } = await bothWorlds(world, expression);
  expect(ours, expression).toEqual(nodes);
}

describe('btoa and atob', () => {
  test.each([
    '',
    ' ',
    '=',
    '==',
    '====',
    'A',
    'AA',
    'AAA',
    'AAAA',
    'AA=',
    'AA==',
    'AAA=',
    'AAA==',
    'AA===',
    'A=AA',
    'AA ==',
  ])('atob of %j ends as in Node', async (text) => agree(`atob(${JSON.stringify(text)})`));

  test.each(['QQ\n==', 'QUJD REVG', 'QUJ_', 'QUJ-', 'Q\u00e9==', 'QR==', 'null', '\u00a0QQ==', 'QQ==\f'])(
    'atob of %j ends as in Node',
    async (text) => agree(`atob(${JSON.stringify(text)})`),
  );

  test('any Latin-1 text survives, and is encoded as in Node', async () => {
    const text = fc.array(fc.nat(255)).map((units) => String.fromCharCode(...units));
    await fc.assert(
      fc.asyncProperty(text, (value) => agree(`((t) => [btoa(t), atob(btoa(t)) === t])(${JSON.stringify(value)})`)),
      { numRuns: 100 },
    );
  });

  test('a character outside Latin-1 is refused', async () => {
    await agree("btoa('€')");
    await agree("(() => { try { btoa('€'); } catch (e) { return [e instanceof DOMException, e.name, e.code]; } })()");
  });

  test('chunks meet without a seam', async () => {
    for (const size of [6143, 6144, 6145, 12_288, 100_000]) {
      await agree(`((t) => atob(btoa(t)) === t && btoa(t).length)('x'.repeat(${size}))`);
    }
  });
});
