import { Script } from 'node:vm';
import * as z from 'zod';
import { GreenticError } from '../errors.ts';
import { Label } from './name.ts';
import { plainText } from './text.ts';

const common = {
  id: Label,
  title: plainText(3, 120),
  description: plainText(0, 600).exactOptional(),
  required: z.boolean().default(false),
};

/** One thing a pack asks an operator before it is bound. Secrets are never asked here: they are permissions. */
export const Question = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('string'),
    ...common,
    /** Regular expression (flag `u`) that the whole answer has to match, within a tenth of a second. */
    pattern: z
      .string()
      .max(200)
      .refine((pattern) => matches(pattern, '') !== undefined, 'must be a regular expression')
      .exactOptional(),
    maxLength: z.int().min(1).max(4096).default(256),
    default: z.string().exactOptional(),
  }),
  z.strictObject({
    type: z.literal('integer'),
    ...common,
    min: z.int().exactOptional(),
    max: z.int().exactOptional(),
    default: z.int().exactOptional(),
  }),
  z.strictObject({ type: z.literal('boolean'), ...common, default: z.boolean().exactOptional() }),
  z.strictObject({
    type: z.literal('choice'),
    ...common,
    choices: z.array(z.string()).min(1).max(64),
    default: z.string().exactOptional(),
  }),
]);
export type Question = z.infer<typeof Question>;

/** What an operator answered: question id → value. */
export const Answers = z.record(Label, z.union([z.string(), z.int(), z.boolean()]));
export type Answers = z.infer<typeof Answers>;

const MATCH_MS = 100;
const matching = new Script('new RegExp(pattern, "u").test(text)');

/**
 * Whether a pattern matches a text whole; undefined for what is no pattern, or takes too long. It is the pack's, and the host
 * waits for it: one that backtracks without end is cut off.
 */
function matches(pattern: string, text: string): boolean | undefined {
  try {
    const context = { pattern: `^(?:${pattern})$`, text };
    return matching.runInNewContext(context, { timeout: MATCH_MS }) as boolean;
  } catch {
    return undefined;
  }
}

function schemaOf(question: Question): z.ZodType<string | number | boolean> {
  switch (question.type) {
    case 'string': {
      const text = z.string().max(question.maxLength);
      const { pattern } = question;
      if (pattern === undefined) return text;
      return text.refine((value) => matches(pattern, value) === true, `must match ${pattern}`);
    }
    case 'integer':
      return z
        .int()
        .min(question.min ?? Number.MIN_SAFE_INTEGER)
        .max(question.max ?? Number.MAX_SAFE_INTEGER);
    case 'boolean':
      return z.boolean();
    case 'choice':
      return z.enum(question.choices);
  }
}

/**
 * The answers with defaults filled in. Throws `input/invalid` with the ids of all answers that are unknown, missing or wrong.
 */
export function resolveAnswers(questions: readonly Question[], given: Answers): Answers {
  const problems = Object.keys(given)
    .filter((id) => !questions.some((question) => question.id === id))
    .map((id) => `${id}: there is no such question`);
  const resolved: Answers = {};
  for (const question of questions) {
    const value = Object.hasOwn(given, question.id) ? given[question.id] : question.default;
    if (value === undefined) {
      if (question.required) problems.push(`${question.id}: an answer is required`);
      continue;
    }
    const outcome = schemaOf(question).safeParse(value);
    if (outcome.success) resolved[question.id] = outcome.data;
    else problems.push(`${question.id}: ${outcome.error.issues[0]?.message}`);
  }
  if (problems.length > 0)
    throw new GreenticError('input/invalid', `Answers are not valid: ${problems.join('; ')}.`, {
      details: { problems },
    });
  return resolved;
}
