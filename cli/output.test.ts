import { GreenticError } from '@greentic/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Output } from './output.ts';

let out = '';
let err = '';

beforeEach(() => {
  [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

describe('output', () => {
  test('with --json a result is one line with its command, and progress says nothing', () => {
    const output = new Output('op env list', true);
    output.progress('working');
    output.result([1, 2], () => 'never');
    expect(out).toBe('{"command":"op env list","result":[1,2]}\n');
    expect(err).toBe('');
  });

  test('for people a table has its columns under one another', () => {
    new Output('x', false).result(null, () => ({
      head: ['slot', 'pack'],
      rows: [
        ['secrets', 'a'],
        ['state', 'b'],
      ],
    }));
    const lines = out.trimEnd().split('\n');
    expect(lines.slice(1)).toEqual(['secrets  a', 'state    b']);
    expect(err).toBe('');
  });

  test('an error gives its exit code, its hint, and neither cause nor stack', () => {
    const error = new GreenticError('env/stale', 'Changed.', { cause: new Error('a secret') });
    expect(new Output('op traffic set', true).error(error)).toBe(5);
    expect(JSON.parse(err)).toEqual({
      command: 'op traffic set',
      error: { code: 'env/stale', message: 'Changed.', hint: error.hint },
    });
    expect(out).toBe('');
    err = '';
    expect(new Output('x', false).error(new TypeError('odd'))).toBe(1);
    expect(err).toContain('internal/unforeseen');
    expect(err).not.toContain('at ');
  });

  test('what a stranger wrote cannot move the cursor of the person who reads it', () => {
    const output = new Output('x', false);
    output.progress('a\u001b[2Jb\rc');
    output.result(null, () => ({ head: ['h'], rows: [['x\u001b]0;title\u0007y\u009bz']] }));
    output.error(new GreenticError('pack/failed', 'm\u001b[1A\bn'));
    const own = /\[\d{1,2}m/;
    const pieces = (out + err).split('\u001b').slice(1);
    // Colours are ours; nothing else may begin with an escape.
    expect(pieces.filter((piece) => !own.test(piece.slice(0, 4)))).toEqual([]);
    expect([...(out + err)].filter((char) => /\p{Cc}/u.test(char) && char !== '\n' && char !== '\u001b')).toEqual([]);
  });
});
