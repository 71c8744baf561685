import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  ACCOUNTS_FILE,
  type Account,
  AccountBook,
  addAccount,
  listAccounts,
  mayDo,
  mayPublish,
  removeAccount,
} from './account.ts';

const now = new Date('2031-05-01T12:00:00.000Z');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'accounts-'));
});
afterEach(() => rm(folder, { recursive: true }));

const owner = (name: string, namespaces = ['acme']) => addAccount(folder, { name, role: 'owner', namespaces, now });

test('the token is not in the file, and the file is for its owner only', async () => {
  const token = await owner('ann');
  const file = join(folder, ACCOUNTS_FILE);
  expect(token).toMatch(/^gtc_[A-Za-z0-9_-]{43}$/);
  expect(await readFile(file, 'utf8')).not.toContain(token);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('two accounts never get the same token', async () => {
  expect(await owner('ann')).not.toBe(await owner('bob'));
});

test('the right token logs in; a wrong one, another’s and an unknown name do not', async () => {
  const [ann, bob] = [await owner('ann'), await owner('bob')];
  const book = new AccountBook(folder);
  expect(await book.login('ann', ann)).toMatchObject({ name: 'ann' });
  for (const [name, token] of [
    ['ann', bob],
    ['ann', `${ann}x`],
    ['ann', ''],
    ['eve', ann],
    ['', ''],
  ] as const)
    expect(await book.login(name, token)).toBeUndefined();
});

test('a removed account is refused at once, without a restart', async () => {
  const token = await owner('ann');
  const book = new AccountBook(folder);
  expect(await book.login('ann', token)).toBeDefined();
  await removeAccount(folder, 'ann');
  expect(await book.login('ann', token)).toBeUndefined();
});

test('an account that is added is known at once', async () => {
  const book = new AccountBook(folder);
  expect(await book.find('ann')).toBeUndefined();
  await owner('ann');
  expect(await book.find('ann')).toBeDefined();
});

test('a name is taken once', async () => {
  await owner('ann');
  await expect(owner('ann')).rejects.toMatchObject({ code: 'input/invalid' });
});

test('an owner of nothing and a name that is no label are refused', async () => {
  await expect(owner('ann', [])).rejects.toMatchObject({ code: 'input/invalid' });
  await expect(owner('../ann')).rejects.toMatchObject({ code: 'input/invalid' });
  await expect(owner('ann', ['Acme'])).rejects.toMatchObject({ code: 'input/invalid' });
});

test('who is not there cannot be removed', async () => {
  await expect(removeAccount(folder, 'ann')).rejects.toMatchObject({ code: 'input/invalid' });
});

test('the list shows no hash', async () => {
  await owner('ann');
  expect(await listAccounts(folder)).toEqual([
    { name: 'ann', role: 'owner', namespaces: ['acme'], created: now.toISOString() },
  ]);
});

test.skipIf(process.platform === 'win32')('a file that others may read is refused', async () => {
  await owner('ann');
  await chmod(join(folder, ACCOUNTS_FILE), 0o644);
  await expect(new AccountBook(folder).find('ann')).rejects.toMatchObject({ code: 'registry/accounts-invalid' });
});

test.each([
  ['no JSON', 'x'],
  ['an unknown key', '{"schema":"greentic.accounts/1","accounts":[],"extra":1}'],
  ['another schema', '{"schema":"greentic.accounts/2","accounts":[]}'],
])('a file with %s is refused, and nobody gets in', async (_, text) => {
  await writeFile(join(folder, ACCOUNTS_FILE), text, { mode: 0o600 });
  await expect(new AccountBook(folder).find('ann')).rejects.toMatchObject({ code: 'registry/accounts-invalid' });
});

test('one name twice is refused', async () => {
  await owner('ann');
  const file = JSON.parse(await readFile(join(folder, ACCOUNTS_FILE), 'utf8')) as { accounts: unknown[] };
  file.accounts.push(file.accounts[0]);
  await writeFile(join(folder, ACCOUNTS_FILE), JSON.stringify(file), { mode: 0o600 });
  await expect(new AccountBook(folder).find('ann')).rejects.toMatchObject({ code: 'registry/accounts-invalid' });
});

test('who may do what', () => {
  const account = (role: Account['role'], namespaces: string[] = []) => ({ role, namespaces }) as Account;
  const table = [
    [account('reader'), 'acme/x', [true, false, false], false],
    [account('owner', ['acme']), 'acme/x', [true, true, true], true],
    [account('owner', ['acme']), 'acme', [true, true, true], true],
    [account('owner', ['acme']), 'acmes/x', [true, false, false], true],
    [account('owner', ['other']), 'acme/x', [true, false, false], false],
    [account('admin'), 'acme/x', [true, true, true], false],
  ] as const;
  for (const [who, repository, may, publish] of table) {
    expect((['pull', 'push', 'delete'] as const).map((action) => mayDo(who, action, repository))).toEqual(may);
    expect(mayPublish(who, 'acme')).toBe(publish);
  }
});
