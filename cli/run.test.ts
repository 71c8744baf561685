import { readdir } from 'node:fs/promises';
import { generateKeyPair } from '@greentic/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { leaves, Room, runHere } from './testing/here.ts';

const LEAVES = leaves().map((leaf) => [leaf.words.join(' '), leaf] as const);
const ON_ENVIRONMENT = LEAVES.filter(([, { required }]) => required[0] === 'env');

/** Words that pass for the arguments and options a command cannot do without. */
const filled = ({ words, command, required }: (typeof LEAVES)[number][1], first: string): string[] => {
  const sample: Readonly<Record<string, string>> = {
    deployment: 'desk.acme',
    revision: 'desk.acme.1',
    slot: 'secrets',
    customer: 'acme',
    bundle: words.includes('bundles') ? 'desk' : 'example.bundle.desk',
    pack: 'example.secrets.vault',
    artifact: 'example.secrets.vault@1.0.0',
    key: generateKeyPair(Buffer.alloc(32, 1)).publicKey,
    share: '1=100%',
    name: 'api-key',
  };
  const rest = required.slice(1).map((name) => sample[name] ?? 'x');
  const options = command.options.filter((option) => option.mandatory).flatMap(({ long }) => [long ?? '', 'acme']);
  return [...words, first, ...rest, ...options, ...(COMPLETION[words.join(' ')] ?? [])];
};

/** Options without which a command is not complete, though each alone may be left out. */
const COMPLETION: Readonly<Record<string, readonly string[]>> = {
  'op env-packs override': ['--undo'],
  // In place of standard input.
  'op secrets put': ['--from', import.meta.filename],
};

let room: Room;

beforeEach(async () => {
  room = await Room.create();
});
afterEach(async () => {
  await room[Symbol.asyncDispose]();
});

describe('an error', () => {
  test('names the command as its result does: without its arguments, however they look', async () => {
    const failed = await room.json('op', 'deploy', 'nowhere', 'example.bundle.desk', '--customer', 'acme');
    expect(JSON.parse(failed.stderr)).toMatchObject({ command: 'op deploy', error: { code: 'env/not-found' } });
    const refused = await room.json('serve', 'nowhere');
    expect(JSON.parse(refused.stderr)).toMatchObject({ command: 'serve', error: { code: 'env/not-found' } });
  });

  test('of what is no command at all names gtc', async () => {
    for (const args of [['nothing'], ['--nothing'], ['nothing', 'op', 'env', 'list']]) {
      const { exit, stderr } = await runHere([...args, '--json']);
      expect(exit).toBe(2);
      expect(JSON.parse(stderr)).toMatchObject({ command: 'gtc', error: { code: 'input/invalid' } });
    }
  });

  test('of a noun without its verb names the noun', async () => {
    const { exit, stderr } = await runHere(['op', 'env', 'paint', '--json']);
    expect(exit).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({ command: 'op env', error: { code: 'input/invalid' } });
  });
});

describe('wrong usage', () => {
  test('is told to people once, on stderr, with exit code 2 and where to look', async () => {
    const { exit, stdout, stderr } = await runHere(['op', 'env', 'show', 'local', '--colour']);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr.match(/unknown option/g)).toHaveLength(1);
    expect(stderr).toContain('--help');
    expect(stderr).not.toContain('{');
  });

  test('is told to a machine in one line, and nothing else is printed', async () => {
    const { exit, stdout, stderr } = await runHere(['op', 'env', 'show', 'local', '--colour', '--json']);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(stderr).error.message).toBe("unknown option '--colour'");
  });

  test.each([[[]], [['op']], [['op', 'env']], [['registry']]])(
    'is a command line that stops before its verb; it gets the help of where it stopped: gtc %j',
    async (args) => {
      const { exit, stdout, stderr } = await runHere(args);
      expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
      expect(stderr).toContain(`Usage: ${['gtc', ...args].join(' ')}`);
    },
  );

  test.each(LEAVES.filter(([, { required }]) => required.length > 0))(
    'is %s without its arguments: it asks nobody for them',
    async (words, { required }) => {
      const { exit, stdout, error, stderr } = await runHere([...words.split(' '), '--json']);
      expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
      expect(JSON.parse(stderr)).toMatchObject({ command: words, error: { code: 'input/invalid' } });
      expect(error?.message).toMatch(new RegExp(`missing required argument '${required[0]}'|required option`));
    },
  );

  test.each(LEAVES.filter(([, { command }]) => command.registeredArguments.every((each) => !each.variadic)))(
    'is one argument too many, which is not swallowed: gtc %s',
    async (words, { required }) => {
      const given = [...required.map(() => 'x'), 'x', 'one-too-many', 'two-too-many'];
      const { exit, error } = await runHere([...words.split(' '), ...given, '--json']);
      expect(exit).toBe(2);
      expect(error?.message).toMatch(/too many arguments|required option/);
    },
  );
});

describe('a command on an environment', () => {
  test('there are many of them', () => {
    expect(ON_ENVIRONMENT.length).toBeGreaterThan(20);
  });

  // Whom an environment believes has commands that cannot be complete without a file; their own tests try them.
  test.each(ON_ENVIRONMENT.filter(([words]) => !words.startsWith('op trust-root')))(
    'that does not exist ends with 4, and makes nothing: gtc %s',
    async (words, leaf) => {
      const ran = await room.json(...filled(leaf, 'nowhere'));
      expect(ran).toMatchObject({ exit: 4, stdout: '', error: { code: 'env/not-found' } });
      expect(JSON.parse(ran.stderr).command).toBe(words);
      expect(await readdir(room.root).catch(() => [])).toEqual([]);
    },
  );

  test.each(ON_ENVIRONMENT)('whose name leads elsewhere ends with 2, and makes nothing: gtc %s', async (_, leaf) => {
    for (const name of ['../local', '/etc', 'a/b', '.', 'UPPER', '']) {
      const ran = await room.json(...filled(leaf, name));
      expect(ran).toMatchObject({ exit: 2, stdout: '', error: { code: 'input/invalid' } });
    }
    expect(await readdir(room.dir)).toEqual([]);
  });
});
