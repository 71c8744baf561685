import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ran, runPlain } from '../testing/gtc.ts';
import { Site } from '../testing/site.ts';

const VALUE = 'correct-horse-battery-staple-4711';
const NEXT = 'another-value-that-nobody-guesses-0815';
/** Every spelling under which a value could lie about. */
const SPELLINGS = [VALUE, NEXT].flatMap((value) => [
  value,
  Buffer.from(value).toString('base64').replaceAll('=', ''),
  Buffer.from(value).toString('hex'),
]);

let site: Site;

beforeAll(async () => {
  site = await Site.create();
}, 60_000);

afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

const secrets = (args: string[], input?: string) => site.op(['secrets', ...args], input);
const leaks = (text: string) => SPELLINGS.filter((spelling) => text.includes(spelling));
const said = ({ stdout, stderr }: Ran) => `${stdout}\n${stderr}`;

test('a secret is put from standard input, and its output does not repeat it', async () => {
  const put = await secrets(['put', 'local', 'api-key', '--customer', 'acme'], VALUE);
  expect(put).toMatchObject({ exit: 0, result: { tenant: 'acme', name: 'api-key', version: 1 } });
  expect(leaks(said(put))).toEqual([]);
});

test('get says that a secret is there, in JSON and to people, and not what it is', async () => {
  const get = await secrets(['get', 'local', 'api-key', '--customer', 'acme']);
  expect(get.result).toEqual({ tenant: 'acme', name: 'api-key', version: 1 });
  const plain = await runPlain(['op', 'secrets', 'get', 'local', 'api-key', '--customer', 'acme', '--root', site.root]);
  expect(plain.stdout).toContain('--reveal');
  expect(leaks(said(get) + said(plain))).toEqual([]);
});

test('get --reveal gives back exactly what was put', async () => {
  const args = ['op', 'secrets', 'get', 'local', 'api-key', '--customer', 'acme', '--reveal', '--root', site.root];
  const { exit, stdout } = await runPlain(args);
  expect({ exit, stdout }).toEqual({ exit: 0, stdout: `${VALUE}\n` });
});

test('a secret of one customer is not there for another, nor for the environment', async () => {
  for (const owner of [['--customer', 'globex'], []]) {
    const get = await secrets(['get', 'local', 'api-key', '--reveal', ...owner]);
    expect(get).toMatchObject({ exit: 4, stdout: '', error: { code: 'secret/not-found' } });
  }
});

test('list names secrets and shows no value; another put is another version', async () => {
  await site.gtc(['secrets', 'put', 'local', 'other', '--customer', 'acme'], VALUE);
  const put = await secrets(['put', 'local', 'api-key', '--customer', 'acme'], NEXT);
  expect(put).toMatchObject({ exit: 0, result: { version: 2 } });
  const list = await secrets(['list', 'local', '--customer', 'acme']);
  expect(list.result).toEqual(['api-key', 'other']);
  expect(leaks(said(list))).toEqual([]);
});

test('a command that fails does not show the value it was given', async () => {
  const failing = [
    await secrets(['put', 'local', 'no such name!'], VALUE),
    await secrets(['put', 'nowhere', 'api-key'], VALUE),
    await secrets(['put', 'local', 'large'], VALUE.repeat(3000)),
    await secrets(['put', 'local', 'api-key', '--customer', 'Not A Label'], VALUE),
  ];
  expect(failing.map(({ exit }) => exit)).toEqual([expect.any(Number), 4, 2, 2]);
  expect(failing[0]?.exit).not.toBe(0);
  for (const ran of failing) {
    expect(ran.stdout).toBe('');
    expect(leaks(ran.stderr)).toEqual([]);
  }
});

test('no file of the environment holds a value in any spelling, the audit included', async () => {
  const entries = await readdir(site.root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const texts = await Promise.all(files.map((file) => readFile(file, 'latin1')));
  // The look is not in vain: what names the secrets is found, where the pack keeps them and where the change is recorded.
  expect(files.filter((_, i) => texts[i]?.includes('api-key')).map((file) => path.basename(file))).toEqual(
    expect.arrayContaining(['audit.jsonl']),
  );
  expect(files.filter((_, i) => leaks(texts[i] ?? '').length > 0)).toEqual([]);
  expect((await site.audit()).filter(({ verb }) => verb === 'secrets.put')).toHaveLength(3);
});
