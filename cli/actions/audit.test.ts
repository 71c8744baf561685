import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { EnvironmentName } from '@greentic/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Output } from '../output.ts';
import { openSession } from '../session.ts';
import { Room } from '../testing/here.ts';

let room: Room;
const audit = (...args: string[]) => room.json('op', 'audit', ...args);
const LOCAL = EnvironmentName.parse('local');
const add = (customer: string) =>
  room.json('op', 'bundles', 'add', 'local', 'desk', customer, '--path-prefix', `/${customer}`);
const chain = () => path.join(room.root, 'local', 'audit.jsonl');

beforeEach(async () => {
  room = await Room.withEnvironment('local');
  for (const customer of ['acme', 'globex']) await add(customer);
  const { store } = openSession(room.root, new Output('test', true));
  await store.record(LOCAL, { verb: 'env-packs.open', target: 'secrets', code: 'trust/threshold' });
});
afterEach(async () => {
  await room[Symbol.asyncDispose]();
});

describe('the audit', () => {
  test('lists every change and refusal in order, with who asked and what became of it', async () => {
    const { exit, stderr, result } = await audit('list', 'local');
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    const events = result as Record<string, unknown>[];
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    expect(events.map(({ verb, target, outcome, code }) => [verb, target, outcome, code])).toEqual([
      ['env.create', 'local', 'committed', undefined],
      ['bundles.add', 'desk.acme', 'committed', undefined],
      ['bundles.add', 'desk.globex', 'committed', undefined],
      ['env-packs.open', 'secrets', 'refused', 'trust/threshold'],
    ]);
    expect(events.every(({ actor }) => (actor as { kind: string }).kind === 'local-user')).toBe(true);
  });

  test('is paged by sequence and number, and a page can be empty', async () => {
    const sequences = async (...args: string[]) =>
      ((await audit('list', 'local', ...args)).result as { sequence: number }[]).map(({ sequence }) => sequence);
    expect(await sequences('--limit', '2')).toEqual([1, 2]);
    expect(await sequences('--after', '2', '--limit', '1')).toEqual([3]);
    expect(await sequences('--after', '3')).toEqual([4]);
    expect(await sequences('--after', '4')).toEqual([]);
  });

  test.each([
    ['--after', ''],
    ['--after', '-1'],
    ['--after', '1.5'],
    ['--limit', ''],
    ['--limit', '0'],
    ['--limit', '1e2'],
  ])('refuses %s %j with exit code 2', async (option, value) => {
    expect(await audit('list', 'local', option, value)).toMatchObject({ exit: 2, error: { code: 'input/invalid' } });
  });

  test('shows people a refusal by its code and a change by its outcome', async () => {
    const { stdout } = await room.plain('op', 'audit', 'list', 'local');
    const rows = stdout.trimEnd().split('\n').slice(1);
    expect(rows.map((row) => row.split(/ {2,}/).at(-1))).toEqual([
      'committed',
      'committed',
      'committed',
      'trust/threshold',
    ]);
  });

  test('does not keep ordinary conflicts and usage errors, which would bury what tells of safety', async () => {
    expect((await add('acme')).exit).toBe(5);
    expect((await add('Not A Label')).exit).toBe(2);
    expect((await room.json('op', 'bundles', 'remove', 'local', 'desk.initech')).exit).toBe(4);
    expect(await room.audit('local')).toHaveLength(4);
  });

  test('is not written by looking: asking leaves the chain as it was', async () => {
    const before = await readFile(chain());
    for (const args of [
      ['op', 'audit', 'list', 'local'],
      ['op', 'audit', 'verify', 'local'],
      ['op', 'env', 'show', 'local'],
      ['op', 'env', 'list'],
      ['op', 'bundles', 'list', 'local'],
      ['op', 'traffic', 'show', 'local'],
      ['op', 'revisions', 'list', 'local'],
      ['op', 'env-packs', 'list', 'local'],
      ['op', 'trust-root', 'show', 'local'],
    ])
      await room.json(...args);
    expect(await readFile(chain())).toEqual(before);
  });
});

describe('verifying the audit', () => {
  test('gives its head, which every event moves', async () => {
    const head = async () => (await audit('verify', 'local')).result as { sequence: number; digest: string };
    const first = await head();
    expect(first).toMatchObject({ sequence: 4, digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
    await add('initech');
    const second = await head();
    expect(second.sequence).toBe(5);
    expect(second.digest).not.toBe(first.digest);
  });

  const lines = async () => (await readFile(chain(), 'utf8')).trimEnd().split('\n');
  test.each<[string, (all: string[]) => string[]]>([
    ['an event was changed', (all) => all.map((line, n) => (n === 1 ? line.replace('desk.acme', 'desk.evil') : line))],
    ['an event was taken out', (all) => all.filter((_, n) => n !== 1)],
    ['the last event was taken out', (all) => all.slice(0, -2)],
    ['two events changed places', ([a = '', b = '', c = '', d = '']) => [a, c, b, d]],
    ['an event is there twice', (all) => [...all, all.at(-1) ?? '']],
    ['a refusal became a change', (all) => all.map((line) => line.replace('"refused"', '"committed"'))],
    ['the first event was taken out', (all) => all.slice(1)],
  ])('fails when %s', async (_, tamper) => {
    await writeFile(chain(), `${tamper(await lines()).join('\n')}\n`);
    const ran = await audit('verify', 'local');
    expect(ran).toMatchObject({ stdout: '', error: { code: expect.stringMatching(/^(?:audit|env)\//) } });
    expect(ran.exit).toBeGreaterThan(2);
  });
});
