import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Room } from '../testing/here.ts';

let room: Room;
const env = (...args: string[]) => room.json('op', 'env', ...args);

beforeEach(async () => {
  room = await Room.create();
});
afterEach(async () => {
  await room[Symbol.asyncDispose]();
});

describe('a new environment', () => {
  test.each([
    [[], 8080],
    [['--port', '0'], 0],
    [['--port', '65535'], 65_535],
  ])('with %j listens on this machine, on port %d', async (options, port) => {
    expect(await env('create', 'local', ...options)).toMatchObject({ exit: 0 });
    const { result } = await env('show', 'local');
    expect(result).toMatchObject({ environment: { listen: { host: '127.0.0.1', port } } });
  });

  test.each(['', 'abc', '-1', '65536', '80.5', '0x50', '1e3'])('is not made with the port %j', async (port) => {
    expect(await env('create', 'local', '--port', port)).toMatchObject({ exit: 2, error: { code: 'input/invalid' } });
    expect(await env('list')).toMatchObject({ exit: 0, result: [] });
  });

  test.each(['', 'Local', '../local', 'a b'])('is not made with the name %j', async (name) => {
    expect(await env('create', name)).toMatchObject({ exit: 2, error: { code: 'input/invalid' } });
  });

  test('is not made over another of its name', async () => {
    await env('create', 'local', '--port', '1');
    expect(await env('create', 'local')).toMatchObject({ exit: 5, error: { code: 'env/exists' } });
    expect((await env('show', 'local')).result).toMatchObject({ environment: { listen: { port: 1 } } });
  });
});

describe('the environments there are', () => {
  test('are listed with what they hold; one without a trust root believes nobody', async () => {
    await env('create', 'local');
    await env('create', 'prod');
    await room.json('op', 'bundles', 'add', 'prod', 'desk', 'acme');
    const { result } = await env('list');
    expect(result).toEqual([
      { name: 'local', class: null, generation: 1, packs: 0, deployments: 0 },
      { name: 'prod', class: null, generation: 2, packs: 0, deployments: 1 },
    ]);
  });

  test('one whose document is broken is listed with why, and hides no other', async () => {
    await env('create', 'local');
    await env('create', 'prod');
    await writeFile(path.join(room.root, 'local', 'environment.json'), '{');
    const { result } = await env('list');
    expect(result).toMatchObject([{ name: 'local', error: { code: expect.any(String) } }, { name: 'prod' }]);
    expect((await room.plain('op', 'env', 'list')).stdout).toContain('no trust root');
  });

  test('one that is not served is shown as such, and one that is not there is an error', async () => {
    await env('create', 'local');
    expect((await env('show', 'local')).result).toMatchObject({ trustRoot: null, running: null });
    expect(await env('show', 'prod')).toMatchObject({ exit: 4, error: { code: 'env/not-found' } });
  });
});
