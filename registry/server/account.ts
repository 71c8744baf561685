import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalize, decode, GreenticError, Instant, Label, parseJson } from '@greentic/core';
import * as z from 'zod';
import { readBounded } from '../layout/bounded-file.ts';
import { writeDurable } from '../layout/durable-file.ts';
import { withFolderLock } from '../layout/folder-lock.ts';
import { namespaceOfRepository } from './repository-name.ts';

/** File of a registry folder that says who may do what, mode 0600. */
export const ACCOUNTS_FILE = 'accounts.json';

const MAX_BYTES = 4 * 2 ** 20;
const TOKEN_BYTES = 32;
const INVALID = 'registry/accounts-invalid';

/** What somebody may do: `pull` reads, `push` adds, `delete` removes. */
export const ACTIONS = ['pull', 'push', 'delete'] as const;
export type Action = (typeof ACTIONS)[number];

/** Somebody who may use a registry over HTTP. All may read; owners may write in their namespaces, admins anywhere. */
export const Account = z.strictObject({
  name: Label,
  role: z.enum(['admin', 'owner', 'reader']),
  /** Namespaces of an owner. */
  namespaces: z.array(Label).max(64),
  /** SHA-256 of the token, hex. The token is 256 random bits: nothing slower would make it harder to guess. */
  tokenHash: z.string().regex(/^[0-9a-f]{64}$/),
  created: Instant,
});
export type Account = z.infer<typeof Account>;

const AccountsFile = z.strictObject({
  schema: z.literal('greentic.accounts/1'),
  accounts: z
    .array(Account)
    .max(10_000)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'must name each account once'),
});

/** Whether an account may do something in a repository. */
export function mayDo({ role, namespaces }: Account, action: Action, repository: string): boolean {
  if (action === 'pull' || role === 'admin') return true;
  return role === 'owner' && namespaces.includes(namespaceOfRepository(repository));
}

/** Whether an account may publish in the index under a namespace. */
export function mayPublish({ role, namespaces }: Account, namespace: string): boolean {
  return role === 'owner' && namespaces.includes(namespace);
}

/**
 * Adds an account to a registry folder, and gives its token: it is kept nowhere, and shown once. Throws `input/invalid` for a
 * name that is taken, and `registry/accounts-invalid`.
 */
export async function addAccount(
  folder: string,
  { name, role, namespaces, now }: Pick<Account, 'name' | 'role' | 'namespaces'> & { now: Date },
): Promise<string> {
  if (role === 'owner' && namespaces.length === 0)
    throw new GreenticError('input/invalid', 'An owner needs at least one namespace.');
  const token = `gtc_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
  const fields = { name, role, namespaces, tokenHash: hashOf(token).toString('hex'), created: now.toISOString() };
  const account = decode(Account, fields, 'input/invalid', 'The account');
  await changeAccounts(folder, (accounts) => {
    if (accounts.some((other) => other.name === name))
      throw new GreenticError('input/invalid', `There is an account ${name} already.`, {
        hint: `Remove it first: gtc registry account remove ${folder} ${name}.`,
      });
    return [...accounts, account];
  });
  return token;
}

/** Removes an account; its tokens are refused from then on. Throws `input/invalid` when there is none. */
export async function removeAccount(folder: string, name: string): Promise<void> {
  await changeAccounts(folder, (accounts) => {
    const others = accounts.filter((account) => account.name !== name);
    if (others.length === accounts.length) throw new GreenticError('input/invalid', `There is no account ${name}.`);
    return others;
  });
}

/** Every account of a registry folder, without their tokens' hashes. Throws `registry/accounts-invalid`. */
export async function listAccounts(folder: string): Promise<Omit<Account, 'tokenHash'>[]> {
  return (await readAccounts(folder)).map(({ tokenHash: _, ...shown }) => shown);
}

async function changeAccounts(folder: string, change: (accounts: Account[]) => Account[]): Promise<void> {
  await withFolderLock(folder, async () => {
    const accounts = change(await readAccounts(folder));
    const file = { schema: 'greentic.accounts/1', accounts };
    await writeDurable(join(folder, ACCOUNTS_FILE), Buffer.from(`${canonicalize(file)}\n`), 0o600);
  });
}

async function readAccounts(folder: string): Promise<Account[]> {
  const path = join(folder, ACCOUNTS_FILE);
  const bytes = await readBounded(path, MAX_BYTES, INVALID);
  if (bytes === undefined) return [];
  const { mode } = await stat(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw new GreenticError(INVALID, `Others may read ${path}.`, { hint: `chmod 600 ${path}` });
  return decode(AccountsFile, parseJson(bytes, { maxBytes: MAX_BYTES, code: INVALID }), INVALID, path).accounts;
}

/** The accounts of a folder as they are at every moment: read again when the file changed. */
export class AccountBook {
  readonly #folder: string;
  #stamp = '';
  #accounts = new Map<string, Account>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The account of a name; undefined when there is none. Throws `registry/accounts-invalid`. */
  async find(name: string): Promise<Account | undefined> {
    const stats = await stat(join(this.#folder, ACCOUNTS_FILE), { bigint: true }).catch(() => undefined);
    const stamp = stats === undefined ? 'none' : `${stats.ino}.${stats.size}.${stats.mtimeNs}.${stats.mode}`;
    if (stamp !== this.#stamp) {
      this.#accounts = new Map((await readAccounts(this.#folder)).map((account) => [account.name, account]));
      this.#stamp = stamp;
    }
    return this.#accounts.get(name);
  }

  /** The account whose name and token these are. Takes as long for a name that is not there as for one that is. */
  async login(name: string, token: string): Promise<Account | undefined> {
    const account = await this.find(name);
    const expected = Buffer.from(account?.tokenHash ?? '0'.repeat(64), 'hex');
    return timingSafeEqual(hashOf(token), expected) ? account : undefined;
  }
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
