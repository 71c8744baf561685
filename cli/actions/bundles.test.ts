import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Room } from '../testing/here.ts';

let room: Room;
const bundles = (...args: string[]) => room.json('op', 'bundles', ...args);
const add = (...args: string[]) => bundles('add', 'local', ...args);

beforeEach(async () => {
  room = await Room.withEnvironment('local');
});
afterEach(async () => {
  await room[Symbol.asyncDispose]();
});

describe('adding a deployment', () => {
  test('names it after bundle and customer, on every host and path unless told', async () => {
    expect(await add('desk', 'acme')).toMatchObject({ exit: 0, stderr: '', result: { deployment: 'desk.acme' } });
    expect((await bundles('list', 'local')).result).toMatchObject([
      { id: 'desk.acme', customer: 'acme', route: { hosts: [], pathPrefix: '/' } },
    ]);
  });

  test('takes as many hosts as are given, and a path', async () => {
    await add('desk', 'acme', '--host', 'a.test', '--host', 'b.test', '--path-prefix', '/desk');
    expect((await bundles('list', 'local')).result).toMatchObject([
      { route: { hosts: ['a.test', 'b.test'], pathPrefix: '/desk' } },
    ]);
  });

  test('twice is refused with exit code 5, and the first stays', async () => {
    await add('desk', 'acme', '--host', 'a.test');
    const { exit, error } = await add('desk', 'acme', '--host', 'b.test');
    expect({ exit, code: error?.code }).toEqual({ exit: 5, code: 'deployment/exists' });
    expect((await bundles('list', 'local')).result).toMatchObject([{ route: { hosts: ['a.test'] } }]);
  });

  test('where another one answers is refused: two never share a host and a path', async () => {
    await add('desk', 'acme', '--host', 'a.test', '--host', 'b.test');
    expect(await add('desk', 'globex', '--host', 'b.test')).toMatchObject({
      exit: 5,
      error: { code: 'deployment/route-conflict' },
    });
    expect(await add('desk', 'globex', '--host', 'b.test', '--path-prefix', '/globex')).toMatchObject({ exit: 0 });
  });

  test.each([
    [['Desk', 'acme']],
    [['desk', 'acme.globex']],
    [['desk', '']],
    [['desk', 'acme', '--host', 'not a host']],
    [['desk', 'acme', '--path-prefix', 'desk']],
    [['desk', 'acme', '--path-prefix', '/a/../b']],
    [['desk', 'acme', '--path-prefix', '/.well-known/greentic']],
  ])('%j is refused with exit code 2 and changes nothing', async (args) => {
    const before = (await room.json('op', 'env', 'show', 'local')).result;
    expect(await add(...args)).toMatchObject({ exit: 2, stdout: '', error: { code: 'input/invalid' } });
    expect((await room.json('op', 'env', 'show', 'local')).result).toEqual(before);
  });
});

describe('removing a deployment', () => {
  test('takes it out of the list; once more it is not there', async () => {
    await add('desk', 'acme');
    expect(await bundles('remove', 'local', 'desk.acme')).toMatchObject({ exit: 0, stderr: '' });
    expect((await bundles('list', 'local')).result).toEqual([]);
    expect(await bundles('remove', 'local', 'desk.acme')).toMatchObject({
      exit: 4,
      error: { code: 'deployment/not-found' },
    });
  });

  test.each(['desk', 'desk.acme.1', 'acme', '*'])('%s is no deployment and is refused', async (id) => {
    await add('desk', 'acme');
    expect(await bundles('remove', 'local', id)).toMatchObject({ exit: 2, error: { code: 'input/invalid' } });
    expect((await bundles('list', 'local')).result).toHaveLength(1);
  });
});

describe('for people', () => {
  test('the list is a table that says "any" for no host, and says so when it is empty', async () => {
    expect((await room.plain('op', 'bundles', 'list', 'local')).stdout).toContain('(none)');
    await add('desk', 'acme');
    await add('desk', 'globex', '--host', 'a.test', '--path-prefix', '/desk');
    const { stdout, stderr } = await room.plain('op', 'bundles', 'list', 'local');
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/deployment +customer +hosts +paths +revisions/);
    expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
      ['desk.acme', 'acme', '(any)', '/', '0'],
      ['desk.globex', 'globex', 'a.test', '/desk', '0'],
    ]);
    expect(stderr).toBe('');
  });

  test('a change is one sentence on stdout', async () => {
    const { stdout, stderr } = await room.plain('op', 'bundles', 'add', 'local', 'desk', 'acme');
    expect({ stdout, stderr }).toEqual({ stdout: 'Deployment desk.acme is there.\n', stderr: '' });
    const gone = await room.plain('op', 'bundles', 'remove', 'local', 'desk.acme');
    expect(gone.stdout).toBe('Deployment desk.acme is gone.\n');
  });
});
