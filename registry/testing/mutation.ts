/** Whole numbers below a limit, the same for the same seed (mulberry32). */
export type Pick = (limit: number) => number;

/** A source of numbers that a seed decides. */
export function seeded(seed: number): Pick {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

/** Pieces of JSON that parsers stumble over. */
const TOKENS = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  'null',
  'true',
  '-0',
  '1e999',
  '9007199254740993',
  '"__proto__":{}',
  '"constructor"',
  '\\u0000',
  '\\ud800',
  '\u0000',
  '\uFEFF',
  '[[[[[[[[',
  '{"a":',
  '/*',
  ' ',
  '\n',
].map((token) => Buffer.from(token));

type Mutate = (bytes: Buffer, pick: Pick) => Buffer;

const MUTATIONS: readonly Mutate[] = [
  (bytes, pick) => withByte(bytes, pick, (byte) => byte ^ (1 << pick(8))),
  (bytes, pick) => withByte(bytes, pick, () => pick(256)),
  (bytes, pick) => bytes.subarray(0, pick(bytes.byteLength + 1)),
  (bytes, pick) => splice(bytes, pick(bytes.byteLength + 1), 1 + pick(32), Buffer.alloc(0)),
  (bytes, pick) => splice(bytes, pick(bytes.byteLength + 1), 0, TOKENS[pick(TOKENS.length)] ?? Buffer.alloc(0)),
  (bytes, pick) => splice(bytes, pick(bytes.byteLength + 1), pick(8), TOKENS[pick(TOKENS.length)] ?? Buffer.alloc(0)),
  (bytes, pick) => {
    const from = pick(bytes.byteLength + 1);
    return splice(bytes, pick(bytes.byteLength + 1), 0, bytes.subarray(from, from + 1 + pick(64)));
  },
  swapValues,
];

/** The bytes after one to four small changes. */
export function mutate(bytes: Uint8Array, pick: Pick): Buffer {
  let changed = Buffer.from(bytes);
  for (let left = 1 + pick(4); left > 0; left--) {
    changed = Buffer.from(MUTATIONS[pick(MUTATIONS.length)]?.(changed, pick) ?? changed);
  }
  return changed;
}

function withByte(bytes: Buffer, pick: Pick, change: (byte: number) => number): Buffer {
  const at = pick(bytes.byteLength);
  const copy = Buffer.from(bytes);
  if (at < copy.byteLength) copy[at] = change(copy[at] ?? 0);
  return copy;
}

function splice(bytes: Buffer, at: number, remove: number, insert: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
}

/** Exchanges two quoted texts: what is well-formed stays so, and says something else. */
function swapValues(bytes: Buffer, pick: Pick): Buffer {
  const text = bytes.toString('latin1');
  const quoted = [...text.matchAll(/"[^"\\]{0,200}"/g)];
  const [a, b] = [quoted[pick(quoted.length)], quoted[pick(quoted.length)]].toSorted(
    (one, other) => (one?.index ?? 0) - (other?.index ?? 0),
  );
  if (a === undefined || b === undefined || a.index === b.index) return bytes;
  const [endA, endB] = [a.index + a[0].length, b.index + b[0].length];
  const swapped = text.slice(0, a.index) + b[0] + text.slice(endA, b.index) + a[0] + text.slice(endB);
  return Buffer.from(swapped, 'latin1');
}
