import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { LockEntry } from '@greentic/registry';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ended, spawnGtc } from '../testing/gtc.ts';
import { ENVIRONMENT_FILES, Site } from '../testing/site.ts';

let site: Site;

beforeAll(async () => {
  site = await Site.create();
}, 60_000);

afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

const PACK = 'greentic.telemetry.stdout';
const ADD = ['env-packs', 'add', 'local', PACK, '--grant', 'all', '--replace'];

async function entryOf(slot: string): Promise<LockEntry> {
  const entry = (await site.lock()).entries.find((candidate) => candidate.slot === slot);
  if (entry === undefined) throw new Error(`The lock has no entry for ${slot}.`);
  return entry;
}

const blob = (digest = '') => path.join(site.registry.folder, 'blobs', 'sha256', digest.replace('sha256:', ''));
const cached = (digest: string) => site.file('cache', 'blobs', 'sha256', digest.replace('sha256:', ''));
const metadata = (file: string) => path.join(site.registry.folder, 'tuf', file);
const parse = async (file: string) => JSON.parse(await readFile(file, 'utf8'));

/** The newest metadata file of a role, and the role that names it. */
async function role(name: string): Promise<string> {
  const timestamp = await parse(metadata('timestamp.json'));
  const snapshot = metadata(`${timestamp.signed.meta['snapshot.json'].version}.snapshot.json`);
  if (name === 'snapshot') return snapshot;
  return metadata(`${(await parse(snapshot)).signed.meta[`${name}.json`].version}.${name}.json`);
}

async function versionsDocument(): Promise<string> {
  const { signed } = await parse(await role('greentic'));
  return metadata(`targets/greentic/${signed.targets[`greentic/${PACK}.json`].hashes.sha256}.${PACK}.json`);
}

async function group(): Promise<string> {
  const { versions } = await parse(await versionsDocument());
  return blob(versions[0].group);
}

/** Runs something while one byte of a file is another, in its middle unless told; then puts the byte back. */
async function flipped<T>(file: string, work: () => Promise<T>, at = 0.5): Promise<T> {
  const before = await readFile(file);
  const bytes = Buffer.from(before);
  const offset = Math.floor(bytes.byteLength * at);
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  await writeFile(file, bytes);
  try {
    return await work();
  } finally {
    await writeFile(file, before);
  }
}

const sequence = async () => (await site.audit()).at(-1)?.sequence ?? 0;

type Place = [place: string, file: () => Promise<string>, code: string];

describe('one flipped bit in a registry', () => {
  const PLACES: Place[] = [
    ['the description', async () => blob((await entryOf('telemetry')).config.digest), 'blob/digest-mismatch'],
    ['the module', async () => blob((await entryOf('telemetry')).module.digest), 'blob/digest-mismatch'],
    ['the image manifest', async () => blob((await entryOf('telemetry')).digest), 'blob/digest-mismatch'],
    ['an evidence blob', async () => blob((await entryOf('telemetry')).evidence[0]?.digest), 'blob/digest-mismatch'],
    ['the outer index', group, 'blob/digest-mismatch'],
    ['the versions document', versionsDocument, 'index/invalid'],
    ['the namespace role', () => role('greentic'), 'index/invalid'],
    ['the targets role', () => role('targets'), 'index/invalid'],
    ['the timestamp role', async () => metadata('timestamp.json'), 'index/invalid'],
  ];

  test.each(PLACES)('in %s: the install is refused, nothing changes, and the audit says so', async (_, file, code) => {
    const [before, last] = [await site.files(), await sequence()];
    const refused = await flipped(await file(), () => site.op(ADD));
    expect(refused).toMatchObject({ exit: 3, stdout: '', error: { code } });
    expect(await site.files()).toEqual(before);
    expect(await site.audit(last)).toMatchObject([{ verb: 'env-packs.add', target: PACK, outcome: 'refused', code }]);
  });

  test('the root a registry shows is not believed: the pinned one is', async () => {
    const added = await flipped(metadata('1.root.json'), () => site.op(ADD));
    expect(added).toMatchObject({ exit: 0, result: { verdict: 'admitted' } });
  });

  test('in the snapshot role: an environment that has not seen it is refused; one that has keeps to what it verified', async () => {
    await site.gtc(['env', 'create', 'new', '--class', 'local', '--trust', site.registry.trustFile]);
    const add = ['env-packs', 'add', 'new', PACK, '--grant', 'all'];
    const seen = await flipped(await role('snapshot'), async () => [await site.op(add), await site.op(ADD)]);
    expect(seen).toMatchObject([{ exit: 3, error: { code: 'index/invalid' } }, { exit: 0 }]);
  });

  test('with the bits back in place the same install is admitted', async () => {
    expect(await site.op(ADD)).toMatchObject({ exit: 0, result: { verdict: 'admitted' } });
  });
});

describe('one flipped bit in an environment', () => {
  const SHOW = ['env', 'show', 'local'];
  const VERIFY = ['audit', 'verify', 'local'];
  const LINE = 0.5;
  const LAST_LINE = 0.999;
  const PLACES: [file: string, at: number, command: string[], code: string][] = [
    ['environment.json', LINE, SHOW, 'env/invalid'],
    ['environment.json', LINE, ADD, 'env/invalid'],
    ['env.lock.json', LINE, SHOW, 'lock/mismatch'],
    ['env.lock.json', LINE, ADD, 'lock/mismatch'],
    ['trust-root.json', LINE, SHOW, 'trust/root-changed'],
    ['trust-root.json', LINE, ADD, 'trust/root-changed'],
    ['audit.jsonl', LINE, VERIFY, 'audit/broken'],
    ['audit.jsonl', LAST_LINE, SHOW, 'audit/broken'],
    ['audit.jsonl', LAST_LINE, ADD, 'audit/broken'],
  ];

  test.each(PLACES)('in %s at %d: gtc op %j is refused with %s and leaves every file as it is', async (...row) => {
    const [name, at, command, code] = row;
    const others = [...ENVIRONMENT_FILES, 'audit.jsonl'].filter((other) => other !== name);
    const read = () => Promise.all(others.map((other) => readFile(site.file(other), 'latin1')));
    const before = await read();
    const seen = await flipped(
      site.file(name),
      async () => ({ ran: await site.op(command), bytes: await readFile(site.file(name)) }),
      at,
    );
    expect(seen.ran).toMatchObject({ exit: 3, stdout: '', error: { code } });
    expect(await read()).toEqual(before);
    // What was flipped was left for whoever looks into it, neither mended nor overwritten.
    const mended = await readFile(site.file(name));
    expect(seen.bytes.byteLength).toBe(mended.byteLength);
    expect(seen.bytes.equals(mended)).toBe(false);
  });

  test('an environment whose files are whole again is as sound as before', async () => {
    expect(await site.op(VERIFY)).toMatchObject({ exit: 0 });
  });
});

describe('one flipped bit in the copies an environment runs from', () => {
  const PARTS: [part: string, digest: (entry: LockEntry) => string][] = [
    ['the module', (entry) => entry.module.digest],
    ['the description', (entry) => entry.config.digest],
    ['the image manifest', (entry) => entry.digest],
    ['a piece of evidence', (entry) => entry.evidence[0]?.digest ?? ''],
  ];

  test.each(PARTS)('in %s: the command that needs the pack is refused, and the audit says so', async (_, digest) => {
    const [before, last] = [await site.files(), await sequence()];
    const code = 'blob/digest-mismatch';
    const file = cached(digest(await entryOf('secrets')));
    const refused = await flipped(file, () => site.op(['secrets', 'list', 'local']));
    expect(refused).toMatchObject({ exit: 3, stdout: '', error: { code } });
    expect(await site.files()).toEqual(before);
    expect(await site.audit(last)).toMatchObject([
      { verb: 'env-packs.open', target: 'secrets', outcome: 'refused', code },
    ]);
  });

  test('an environment with a changed copy is not served, not even in part', async () => {
    const last = await sequence();
    const file = cached((await entryOf('state')).module.digest);
    const serving = spawnGtc(['serve', 'local', '--root', site.root, '--json']);
    const refused = await flipped(file, () => ended(serving));
    expect(refused).toMatchObject({ exit: 3, stdout: '', error: { code: 'blob/digest-mismatch' } });
    expect(await site.audit(last)).toMatchObject([{ verb: 'env-packs.open', target: 'state', outcome: 'refused' }]);
  });

  test('a copy that is whole again is opened', async () => {
    expect(await site.op(['secrets', 'list', 'local'])).toMatchObject({ exit: 0, result: [] });
  });
});
