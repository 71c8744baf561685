import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProgram } from '../program.ts';
import { REPOSITORY, run, runPlain } from '../testing/gtc.ts';
import { Site } from '../testing/site.ts';

let site: Site;

beforeAll(async () => {
  site = await Site.create();
}, 60_000);

afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

interface Leaf {
  readonly words: string[];
  readonly command: Command;
}

function leavesOf(command: Command, words: string[] = []): Leaf[] {
  if (command.commands.length === 0) return [{ words, command }];
  return command.commands.flatMap((child) => leavesOf(child, [...words, child.name()]));
}

const LEAVES = leavesOf(createProgram());

describe('a command that fails', () => {
  /** What is asked, how it ends, and with what code; `<root>` stands for the folder of environments. */
  const FAILURES: [exit: number, code: string, args: string][] = [
    [2, 'input/invalid', 'op env show'],
    [2, 'input/invalid', 'op env show local --no-such-option'],
    [2, 'input/invalid', 'op no-such-noun'],
    [2, 'input/invalid', 'no-such-command'],
    [2, 'input/invalid', 'op env show UPPER'],
    [2, 'input/invalid', 'op env show ../local'],
    [2, 'input/invalid', 'op env-packs add local not-a-name'],
    [2, 'input/invalid', 'op env-packs add local greentic.nothing.file'],
    [2, 'input/invalid', 'op env-packs add local greentic.secrets.file@not-a-range --grant all'],
    [2, 'index/unknown-registry', 'op env-packs add local greentic.secrets.file --registry other --grant all'],
    [2, 'input/invalid', 'op traffic set local support-desk.acme 1=lots'],
    [2, 'input/invalid', 'op traffic set local support-desk.acme 1=100% --if-generation soon'],
    [2, 'input/invalid', 'op audit list local --limit many'],
    [2, 'input/invalid', 'op audit list local --limit 0'],
    [2, 'input/invalid', 'serve local --port 70000'],
    [2, 'conformance/check-unknown', 'conformance explain XYZ-99'],
    [3, 'trust/key-invalid', 'op trust-root add local --publisher acme=AAAA'],
    [4, 'env/not-found', 'op env show nowhere'],
    [4, 'env/not-found', 'op env-packs list nowhere'],
    [4, 'env/not-found', 'op traffic show nowhere'],
    [4, 'env/not-found', 'op secrets list nowhere'],
    [4, 'env/not-found', 'op audit verify nowhere'],
    [4, 'env/not-found', 'serve nowhere'],
    [4, 'pack/not-found', 'op env-packs add local greentic.secrets.nothing --grant all'],
    [4, 'pack/version-not-found', 'op env-packs add local greentic.secrets.file@^9 --grant all --replace'],
    [4, 'deployment/not-found', 'op bundles remove local support-desk.acme'],
    [5, 'env/exists', 'op env create local'],
    [5, 'env/slot-taken', 'op env-packs add local greentic.secrets.file --grant all'],
    [7, 'runtime/unreachable', 'op deploy local example.bundle.support-desk --customer acme'],
  ];

  test.each(FAILURES)('ends with %i and one line of JSON that says %s: gtc %s', async (exit, code, text) => {
    const words = text.split(' ');
    const ran = await run(words[0] === 'op' || words[0] === 'serve' ? [...words, '--root', site.root] : words);
    expect(ran).toMatchObject({ exit, stdout: '' });
    expect(ran.stderr.trimEnd().split('\n')).toHaveLength(1);
    const said = JSON.parse(ran.stderr) as { command: string; error: Record<string, string> };
    expect(Object.keys(said)).toEqual(['command', 'error']);
    expect(Object.keys(said.error)).toEqual(['code', 'message', 'hint']);
    expect(said.error['code']).toBe(code);
    expect(said.error['message']).not.toBe('');
    expect(said.error['hint']).not.toBe('');
    expect(said.command === 'gtc' || text.startsWith(said.command)).toBe(true);
    expect(ran.stderr).not.toMatch(/\n\s+at /);
  });

  test('tells people the code, the sentence and the way out on stderr, and nothing on stdout', async () => {
    const { exit, stdout, stderr } = await runPlain(['op', 'env', 'show', 'nowhere', '--root', site.root]);
    expect({ exit, stdout }).toEqual({ exit: 4, stdout: '' });
    expect(stderr).toMatch(/^error env\/not-found: .+\n→ .*gtc op env create/);
  });

  test('tells people about wrong usage and where to look', async () => {
    const { exit, stdout, stderr } = await runPlain(['op', 'env', 'show']);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain('--help');
  });
});

describe('a command that succeeds', () => {
  test.each([
    'op env list',
    'op env show local',
    'op env-packs list local',
    'op bundles list local',
    'op revisions list local',
    'op traffic show local',
    'op trust-root show local',
    'op audit list local',
    'op audit verify local',
  ])('prints one line of JSON with its own name, and nothing on stderr: gtc %s', async (text) => {
    const ran = await run([...text.split(' '), '--root', site.root]);
    expect(ran).toMatchObject({ exit: 0, stderr: '' });
    expect(ran.stdout.trimEnd().split('\n')).toHaveLength(1);
    const said = JSON.parse(ran.stdout) as { command: string };
    expect(Object.keys(said)).toEqual(['command', 'result']);
    expect(text.startsWith(said.command)).toBe(true);
    expect(said.command.split(' ')).toHaveLength(3);
  });

  test('shows the schema of a pack’s answers as JSON Schema', async () => {
    const args = ['op', 'env-packs', 'add', 'local', 'greentic.secrets.file', '--schema', '--root', site.root];
    const { exit, stdout } = await runPlain(args);
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object', additionalProperties: false });
  });
});

describe('help', () => {
  test.each([['--help'], ['op', '--help'], ['op', 'traffic', 'set', '--help'], ['help', 'pack']])(
    'is printed on stdout with exit code 0: gtc %s %s',
    async (...args) => {
      const { exit, stdout, stderr } = await runPlain(args);
      expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
      expect(stdout).toContain('Usage: gtc');
    },
  );

  test.each(LEAVES.map(({ words, command }) => [words.join(' '), command] as const))(
    'of %s says what it does, and what each argument and option is',
    (words, command) => {
      const text = command.helpInformation();
      expect(text).toContain(`Usage: gtc ${words}`);
      expect(command.description()).toMatch(/^[A-Z`].*\.$/);
      expect(command.options.filter(({ description }) => description === '')).toEqual([]);
      expect(command.options.map(({ long }) => long)).toEqual(expect.arrayContaining(['--json', '--root']));
    },
  );

  test('no command offers to turn a check off', () => {
    const names = LEAVES.flatMap(({ command }) => command.options.map(({ long }) => long ?? ''));
    expect(names.length).toBeGreaterThan(50);
    expect(names.filter((name) => /insecure|skip|force|unsafe|no-verify|allow|ignore/.test(name))).toEqual([]);
  });
});

test.each(['--version', '-V'])('%s prints the version of the package', async (flag) => {
  const { version } = JSON.parse(readFileSync(path.join(REPOSITORY, 'cli', 'package.json'), 'utf8'));
  expect(await runPlain([flag])).toMatchObject({ exit: 0, stdout: `${version}\n`, stderr: '' });
});
