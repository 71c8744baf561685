import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Question, resolveAnswers } from '@greentic/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answersOf, answersSchema } from './answers.ts';

const question = (id: string, rest: object) => Question.parse({ id, title: id, required: false, ...rest });
const QUESTIONS = [
  question('region', { type: 'string', pattern: '[a-z]{2}-[a-z]+', maxLength: 20, description: 'Where it runs.' }),
  question('replicas', { type: 'integer', min: 1, max: 9, default: 3 }),
  question('verbose', { type: 'boolean', default: false }),
  question('tier', { type: 'choice', choices: ['small', 'large'], required: true }),
];

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'gtc-answers-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

async function fileOf(content: unknown): Promise<string> {
  const file = path.join(dir, 'answers.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('answers', () => {
  test('from the command line win over those of the file, one by one', async () => {
    const answers = await fileOf({ region: 'eu-west', replicas: 2 });
    expect(await answersOf({ answer: ['replicas=5'], answers }, QUESTIONS)).toEqual({ region: 'eu-west', replicas: 5 });
  });

  test('given twice on the command line are the last ones given', async () => {
    expect(await answersOf({ answer: ['replicas=5', 'replicas=6'] }, QUESTIONS)).toEqual({ replicas: 6 });
  });

  test('that nobody gave are none: defaults are the questions’ own', async () => {
    expect(await answersOf({}, QUESTIONS)).toEqual({});
    expect(resolveAnswers(QUESTIONS, { tier: 'small' })).toMatchObject({ replicas: 3, verbose: false });
  });

  test('get the type their question asks for', async () => {
    const answer = ['region=12', 'replicas=-7', 'verbose=true', 'tier=true'];
    expect(await answersOf({ answer }, QUESTIONS)).toEqual({ region: '12', replicas: -7, verbose: true, tier: 'true' });
  });

  test.each(['replicas=many', 'replicas=1.5', 'replicas=0x2', 'replicas=', 'verbose=yes', 'verbose=TRUE', 'tier=huge'])(
    'that do not fit stay as they were typed, and are refused by the question: %s',
    async (pair) => {
      const given = await answersOf({ answer: ['tier=small', pair] }, QUESTIONS);
      expect(given).toMatchObject({ [pair.split('=')[0] ?? '']: pair.split('=')[1] });
      expect(() => resolveAnswers(QUESTIONS, given)).toThrow(
        expect.objectContaining({ message: expect.stringContaining(pair.split('=')[0] ?? '') }),
      );
    },
  );

  test('to questions that nobody asked are refused by their id, not dropped', async () => {
    const given = await answersOf({ answer: ['tier=small', 'colour=red'] }, QUESTIONS);
    expect(() => resolveAnswers(QUESTIONS, given)).toThrow(/colour/);
  });

  test('named after what every object has are ordinary answers, which reach no prototype', async () => {
    const given = await answersOf({ answer: ['__proto__=x', 'constructor=y'] }, QUESTIONS);
    expect(Object.keys(given).sort()).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(given)).toBe(Object.prototype);
    expect(() => resolveAnswers(QUESTIONS, { tier: 'small', ...given })).toThrow();
  });
});

describe('an answers file', () => {
  test.each([
    ['is no JSON', '{', 'input/invalid'],
    ['is a list', [], 'input/invalid'],
    ['has an answer that is an object', { region: { a: 1 } }, 'input/invalid'],
    ['has an answer that is null', { region: null }, 'input/invalid'],
    ['is larger than 256 KiB', `{"region":"${'x'.repeat(257 * 1024)}"}`, 'input/invalid'],
  ])('that %s is refused', async (_, content, code) => {
    await expect(answersOf({ answers: await fileOf(content) }, QUESTIONS)).rejects.toMatchObject({ code });
  });

  test('that is not there, or is a folder, is refused with its name', async () => {
    for (const answers of [path.join(dir, 'nothing.json'), dir])
      await expect(answersOf({ answers }, QUESTIONS)).rejects.toMatchObject({
        code: 'input/invalid',
        message: expect.stringContaining(answers),
      });
  });
});

describe('the schema of an answers file', () => {
  const schema = answersSchema(QUESTIONS) as {
    required: string[];
    additionalProperties: boolean;
    properties: Record<string, Record<string, unknown>>;
  };

  test('asks only for what has to be answered and has no default', () => {
    expect(schema).toMatchObject({ additionalProperties: false, required: ['tier'] });
    const withDefault = [question('tier', { type: 'choice', choices: ['a'], default: 'a', required: true })];
    expect(answersSchema(withDefault)).toMatchObject({ required: [] });
  });

  test('says of every question what it takes', () => {
    expect(schema.properties).toEqual({
      region: {
        type: 'string',
        maxLength: 20,
        pattern: '^(?:[a-z]{2}-[a-z]+)$',
        title: 'region',
        description: 'Where it runs.',
      },
      replicas: { type: 'integer', minimum: 1, maximum: 9, title: 'replicas', default: 3 },
      verbose: { type: 'boolean', title: 'verbose', default: false },
      tier: { enum: ['small', 'large'], title: 'tier' },
    });
  });

  test('takes a pattern whole: alternatives do not escape the anchors', () => {
    const { properties } = answersSchema([question('one', { type: 'string', pattern: 'x|y' })]) as typeof schema;
    const pattern = new RegExp(String(properties['one']?.['pattern']));
    expect(['x', 'y', 'xz', 'zy'].filter((text) => pattern.test(text))).toEqual(['x', 'y']);
  });
});
