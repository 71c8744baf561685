import { describe, expect, test } from 'vitest';
import { sharedWorld } from './testing/shared-world.ts';

const { evaluate, agree } = sharedWorld();

const INTERFACES = [
  'AbortController',
  'AbortSignal',
  'Blob',
  'Crypto',
  'CryptoKey',
  'DOMException',
  'Event',
  'EventTarget',
  'Headers',
  'ReadableStream',
  'ReadableStreamDefaultReader',
  'Request',
  'Response',
  'SubtleCrypto',
  'TextDecoder',
  'TextEncoder',
  'TransformStream',
  'URL',
  'URLSearchParams',
  'WritableStream',
  'WritableStreamDefaultWriter',
] as const;

/** All members that an object shows, its own and inherited ones, up to the language's. */
const members = (owner: string): string =>
  `((seen) => { for (let o = ${owner}; o && o !== Object.prototype && o !== Function.prototype; o = Object.getPrototypeOf(o)) seen.push(...Object.getOwnPropertyNames(o)); return [...new Set(seen)].sort(); })([])`;

function nodesMembers(owner: object): string[] {
  const seen = new Set<string>();
  for (
    let each = owner;
    each !== null && each !== Object.prototype && each !== Function.prototype;
    each = Object.getPrototypeOf(each)
  )
    for (const name of Object.getOwnPropertyNames(each)) seen.add(name);
  return [...seen];
}

describe('the interfaces of the web', () => {
  test.each(INTERFACES)('%s shows nothing that Node’s does not: no way of ours lies open', async (name) => {
    const nodes = (globalThis as unknown as Record<string, { prototype: object }>)[name] as { prototype: object };
    const onInstances = (await evaluate(members(`${name}.prototype`))) as string[];
    expect(
      onInstances.filter((member) => !nodesMembers(nodes.prototype).includes(member) && !member.startsWith('_')),
    ).toEqual([]);
    const onClass = (await evaluate(members(name))) as string[];
    expect(onClass.filter((member) => !nodesMembers(nodes).includes(member) && !(member in Error))).toEqual([]);
  });

  test.each(INTERFACES.filter((name) => !/^(?:Crypto|SubtleCrypto|AbortSignal|CryptoKey)$/.test(name)))(
    '%s is a class: it is made with new alone',
    async (name) => {
      await agree(`(() => { try { ${name}('http://h/'); return 'called'; } catch (e) { return e.name; } })()`);
    },
  );

  test.each(INTERFACES.filter((name) => !/^(?:Readable|Writable|Transform)/.test(name)))(
    '%s names itself where objects are shown',
    async (name) => {
      await agree(`${name}.prototype[Symbol.toStringTag]`);
    },
  );

  test('their methods can be replaced on an instance without reaching the others', async () => {
    await agree(
      `(() => { const a = new Headers({ x: '1' }); a.get = () => 'mine'; return [a.get('x'), new Headers({ x: '2' }).get('x')]; })()`,
    );
  });

  test('a class of the pack can build on them', async () => {
    await agree(
      "((M) => [new M({ a: '1' }).get('a'), new M() instanceof Headers, new M().mine()])(class extends Headers { mine() { return 'm'; } })",
    );
    await agree("((M) => [new M('http://h/a').pathname, new M('a:b') instanceof URL])(class extends URL {})");
    await agree("((M) => new M('x').text())(class extends Response {})");
    await agree(
      "((M) => [new M('http://h/').method, new M('http://h/') instanceof Request])(class extends Request {})",
    );
    await agree("((M) => [new M(['a']).size, new M() instanceof Blob])(class extends Blob {})");
    await agree("((M) => String(new M('a=1')))(class extends URLSearchParams {})");
  });
});
