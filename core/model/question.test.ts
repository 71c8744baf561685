import { describe, expect, test } from 'vitest';
import { type Answers, Question, resolveAnswers } from './question.ts';

const questions = [
  { id: 'address', type: 'string', title: 'Address', required: true, pattern: 'https://.+' },
  { id: 'replicas', type: 'integer', title: 'Replicas', min: 1, max: 5, default: 2 },
  { id: 'verbose', type: 'boolean', title: 'Verbose' },
  { id: 'tier', type: 'choice', title: 'Tier', choices: ['small', 'large'], default: 'small' },
].map((question) => Question.parse(question));
const address = 'https://vault';
const hostile = { id: 'name', type: 'string', title: 'Name', pattern: '(?:a+)+b', default: 'a'.repeat(60) } as const;

describe('questions', () => {
  test.each(['(', '[b-a]', '\\p{Nothing}', 'a{2,1}'])('the pattern %s, which is none, is refused', (pattern) => {
    expect(Question.safeParse({ ...hostile, pattern }).success).toBe(false);
  });

  test('a pattern that would keep the host busy for ever is cut off, and matches nothing', () => {
    const started = performance.now();
    expect(() => resolveAnswers([Question.parse(hostile)], {})).toThrow(
      expect.objectContaining({ code: 'input/invalid' }),
    );
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('answers', () => {
  test('may have an id that every object has: its answer is the operator’s, or its default, or none', () => {
    const question = Question.parse({ type: 'string', id: 'constructor', title: 'Who builds it' });
    expect(resolveAnswers([question], {})).toEqual({});
    expect(resolveAnswers([question], { constructor: 'we' } as unknown as Answers)).toEqual({ constructor: 'we' });
    expect(resolveAnswers([{ ...question, default: 'they' } as Question], {})).toEqual({ constructor: 'they' });
    expect(() => resolveAnswers([{ ...question, required: true }], {})).toThrow(/constructor: an answer is required/);
  });

  test('defaults are filled in, and what has none stays out', () => {
    expect(resolveAnswers(questions, { address })).toEqual({ address, replicas: 2, tier: 'small' });
    expect(resolveAnswers(questions, { address, verbose: false, tier: 'large' })).toMatchObject({
      verbose: false,
      tier: 'large',
    });
  });

  test.each([
    ['a required answer is missing', {}, 'address: an answer is required'],
    ['nobody asked', { address, colour: 'red' }, 'colour: there is no such question'],
    ['the pattern matches only a part', { address: 'x https://vault' }, 'address: '],
    ['the number is out of range', { address, replicas: 6 }, 'replicas: '],
    ['the type is wrong', { address, verbose: 'yes' }, 'verbose: '],
    ['the choice is not offered', { address, tier: 'huge' }, 'tier: '],
  ])('refused when %s', (_name, given, problem) => {
    expect(() => resolveAnswers(questions, given as never)).toThrow(
      expect.objectContaining({ code: 'input/invalid', details: { problems: [expect.stringContaining(problem)] } }),
    );
  });
});
