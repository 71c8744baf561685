import { Answers, decode, parseJson, type Question } from '@greentic/core';
import { readInput } from './input-file.ts';
import { parsePair } from './reference.ts';

const MAX_BYTES = 256 * 1024;

/** Where answers come from: single ones win over those of a file. */
export interface AnswerOptions {
  readonly answer?: readonly string[];
  readonly answers?: string;
}

/** The operator's answers, each as the type its question asks. Throws `input/invalid`. */
export async function answersOf(
  { answer = [], answers: file }: AnswerOptions,
  questions: readonly Question[],
): Promise<Answers> {
  const fromFile = file === undefined ? {} : await readAnswers(file);
  const single = answer.map(parsePair).map(([id, text]) => [
    id,
    typedAnswer(
      text,
      questions.find((question) => question.id === id),
    ),
  ]);
  return { ...fromFile, ...Object.fromEntries(single) };
}

/** JSON Schema (draft 2020-12) of the answers file of a pack. */
export function answersSchema(questions: readonly Question[]): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    required: questions
      .filter((question) => question.required && question.default === undefined)
      .map((question) => question.id),
    properties: Object.fromEntries(questions.map((question) => [question.id, propertyOf(question)])),
  };
}

async function readAnswers(file: string): Promise<Answers> {
  const bytes = await readInput(file, { what: 'The answers file', maxBytes: MAX_BYTES });
  return decode(Answers, parseJson(bytes, { maxBytes: MAX_BYTES }), 'input/invalid', file);
}

/** Text of the command line as the question's type; what does not fit stays text, and is refused with the question's id. */
function typedAnswer(text: string, question: Question | undefined): string | number | boolean {
  if (question?.type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (question?.type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function propertyOf(question: Question): object {
  const { title, description } = question;
  const common = {
    title,
    ...(description === undefined ? {} : { description }),
    ...(question.default === undefined ? {} : { default: question.default }),
  };
  switch (question.type) {
    case 'string':
      return {
        type: 'string',
        maxLength: question.maxLength,
        ...(question.pattern === undefined ? {} : { pattern: `^(?:${question.pattern})$` }),
        ...common,
      };
    case 'integer':
      return {
        type: 'integer',
        ...(question.min === undefined ? {} : { minimum: question.min }),
        ...(question.max === undefined ? {} : { maximum: question.max }),
        ...common,
      };
    case 'boolean':
      return { type: 'boolean', ...common };
    case 'choice':
      return { enum: question.choices, ...common };
  }
}
