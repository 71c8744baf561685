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

const SEQUENCES = [
  [],
  [0x41],
  [0xc3, 0xa9],
  [0xe2, 0x82, 0xac],
  [0xf0, 0x9f, 0x98, 0x80],
  [0xef, 0xbb, 0xbf, 0x41],
  [0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf],
  [0xef, 0xbb],
  [0xc0, 0x80],
  [0xc1, 0xbf],
  [0xe0, 0x80, 0x80],
  [0xe0, 0x9f, 0xbf],
  [0xed, 0xa0, 0x80],
  [0xed, 0x9f, 0xbf],
  [0xf0, 0x80, 0x80, 0x80],
  [0xf4, 0x8f, 0xbf, 0xbf],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf5, 0x80],
  [0xff],
  [0x80],
  [0xc3],
  [0xc3, 0x41],
  [0xe2, 0x82],
  [0xe2, 0x82, 0x41],
  [0xf0, 0x9f, 0x98, 0x41],
  [0xf0, 0x9f, 0xc3, 0xa9],
];
const MODES = ['{}', '{ fatal: true }', '{ ignoreBOM: true }', '{ fatal: true, ignoreBOM: true }'];

describe('TextDecoder', () => {
  test('decodes each sequence as Node does, in every mode', async () => {
    for (const bytes of SEQUENCES) {
      for (const mode of MODES)
        await agree(`new TextDecoder('utf-8', ${mode}).decode(new Uint8Array(${JSON.stringify(bytes)}))`);
    }
  });

  test('decodes any bytes, cut anywhere, as Node does', async () => {
    const bytes = fc.array(
      fc.oneof(fc.constantFrom(0xef, 0xbb, 0xbf, 0xe2, 0x82, 0xf0, 0x9f, 0x98, 0x80, 0xc3, 0xed, 0xf4), fc.nat(255)),
      { maxLength: 24 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { minLength: 1, maxLength: 4 }), fc.constantFrom(...MODES), (chunks, mode) =>
        agree(`((d) => ${JSON.stringify(chunks)}.map((chunk, i, all) =>
          d.decode(new Uint8Array(chunk), { stream: i < all.length - 1 })))(new TextDecoder('utf8', ${mode}))`),
      ),
      { numRuns: 300 },
    );
  });

  test('starts anew after the end of a stream and after a fatal error', async () => {
    await agree(`((d) => {
      const seen = [d.decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x41, 0xc3]), { stream: true }), d.decode()];
      seen.push(d.decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x42])));
      return seen;
    })(new TextDecoder())`);
    await agree(`((d) => {
      try { d.decode(new Uint8Array([0xff]), { stream: true }); } catch (error) { return [error.name, d.decode(new Uint8Array([0x41]))]; }
    })(new TextDecoder('utf-8', { fatal: true }))`);
  });

  test('takes buffers and views, and has the attributes of the standard', async () => {
    await agree('new TextDecoder().decode(new Uint8Array([65, 66]).buffer)');
    await agree('new TextDecoder().decode(new DataView(new Uint8Array([65, 66, 67]).buffer, 1, 1))');
    await agree('new TextDecoder().decode(new Uint16Array([0x4241]))');
    await agree('new TextDecoder().decode()');
    await agree("new TextDecoder().decode('text')");
    await agree("((d) => [d.encoding, d.fatal, d.ignoreBOM])(new TextDecoder(' UTF-8 ', { fatal: true }))");
    await agree("new TextDecoder('no-such')");
  });

  test('a long text survives: 100,000 characters of each size', async () => {
    await agree("((t) => new TextDecoder().decode(new TextEncoder().encode(t)) === t)('aé€\u{1F600}'.repeat(100_000))");
  });

  test('refuses an encoding it does not have rather than decode it wrongly', async () => {
    const { ours } = await bothWorlds(world, "new TextDecoder('utf-16le')");
    expect(ours).toEqual({ error: 'RangeError' });
  });
});

describe('TextEncoder', () => {
  test('encodes any text as Node does, lone surrogates too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(0xffff), { maxLength: 20 }), (units) =>
        agree(`[...new TextEncoder().encode(String.fromCharCode(...${JSON.stringify(units)}))]`),
      ),
      { numRuns: 200 },
    );
  });

  test('fills a buffer with whole characters, as Node does', async () => {
    for (let size = 0; size < 12; size++) {
      await agree(
        `((b) => [new TextEncoder().encodeInto('aé€\u{1F600}\\ud800z', b), [...b]])(new Uint8Array(${size}))`,
      );
    }
    await agree("new TextEncoder().encodeInto('a', [])");
    await agree(
      '[new TextEncoder().encoding, [...new TextEncoder().encode()], [...new TextEncoder().encode(undefined)]]',
    );
  });
});
