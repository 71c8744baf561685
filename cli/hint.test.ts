import { ERRORS } from '@greentic/core';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { createProgram } from './program.ts';

/** Follows the words of a hint into the command tree: how far it gets, and the word it stumbles over. */
function follow(command: Command, words: readonly string[]): { command: Command; next: string | undefined } {
  const [word, ...rest] = words;
  const child = command.commands.find((candidate) => candidate.name() === word);
  return child === undefined ? { command, next: word } : follow(child, rest);
}

describe('hints', () => {
  const named = Object.entries(ERRORS).flatMap(([code, { hint }]) =>
    [...hint.matchAll(/gtc ((?:[a-z][a-z-]* ?)+)/g)].map((match) => [code, (match[1] ?? '').trim()] as const),
  );

  test('name commands in many places', () => {
    expect(named.length).toBeGreaterThan(10);
  });

  test.each(named)('%s names a command that exists: gtc %s', (_code, text) => {
    const { command, next } = follow(createProgram(), text.split(' '));
    expect(command.name()).not.toBe('gtc');
    // Inside a group of commands, the next word has to be one of them.
    if (command.commands.length > 0) expect(next).toBeUndefined();
  });
});
