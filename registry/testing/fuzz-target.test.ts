import { GreenticError } from '@greentic/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FuzzTarget, fuzzOnce, fuzzTargets } from './fuzz-target.ts';
import { mutate, seeded } from './mutation.ts';
import { SampleRegistry } from './sample-registry.ts';

const ROUNDS = 400;

let registry: SampleRegistry;
let targets: FuzzTarget[];
beforeAll(async () => {
  registry = await SampleRegistry.create();
  targets = await fuzzTargets(registry);
});
afterAll(() => registry[Symbol.asyncDispose]());

test('every sample is taken as it is, so that each refusal is for what was changed', async () => {
  for (const target of targets) {
    for (const [i, sample] of target.samples.entries()) await target.take(sample, i);
  }
});

test.each(['manifest', 'image', 'group', 'evidence image', 'evidence', 'lock', 'trust root', 'revocations', 'index'])(
  '%s: whatever is changed is refused with a code, and nothing signed is read as something else',
  async (name) => {
    const target = targets.find((each) => each.name === name);
    if (target === undefined) throw new Error('sample');
    const pick = seeded(ROUNDS);
    for (let round = 0; round < ROUNDS; round++) expect(await fuzzOnce(target, pick)).toBeUndefined();
  },
);

describe('the fuzzer itself', () => {
  const sample = Buffer.from('{"name":"a","value":"b"}');
  const broken = (take: FuzzTarget['take'], signed = false): FuzzTarget => ({
    name: 'x',
    samples: [sample],
    take,
    signed,
  });

  async function failuresOf(target: FuzzTarget): Promise<number> {
    const pick = seeded(7);
    const found = [];
    for (let round = 0; round < 50; round++) found.push(await fuzzOnce(target, pick));
    return found.filter((failure) => failure !== undefined).length;
  }

  test('finds a parser that throws something without a code', async () => {
    expect(await failuresOf(broken((bytes) => JSON.parse(Buffer.from(bytes).toString())))).toBeGreaterThan(0);
  });

  test('finds one that reads of a signed thing what was not signed', async () => {
    const lenient = (bytes: Uint8Array) => ({ length: bytes.byteLength });
    expect(await failuresOf(broken(lenient, true))).toBeGreaterThan(0);
    expect(await failuresOf(broken(lenient))).toBe(0);
  });

  test('takes a refusal with a code for what it is, and an unforeseen one for a failure', async () => {
    const refusing = (code: 'input/invalid' | 'internal/unforeseen') =>
      broken(() => {
        throw new GreenticError(code);
      });
    expect(await failuresOf(refusing('input/invalid'))).toBe(0);
    expect(await failuresOf(refusing('internal/unforeseen'))).toBe(50);
  });

  test('makes the same changes for the same seed, and others for another', () => {
    const run = (seed: number) => {
      const pick = seeded(seed);
      return Array.from({ length: 20 }, () => mutate(sample, pick).toString('hex'));
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });
});
