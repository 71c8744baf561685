import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GreenticError } from '@greentic/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sampleBundle } from '../testing/sample-bundle.ts';
import { type Control, type ControlHandlers, createControl } from './control.ts';
import { connectControl } from './control-client.ts';
import { controlPath } from './control-path.ts';

let root: string;
let socket: string;
let control: Control | undefined;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'gtc-control-'));
  socket = path.join(root, 'c.sock');
});
afterEach(async () => {
  await control?.close();
  control = undefined;
  rmSync(root, { recursive: true, force: true });
});

const { revision, ...rest } = sampleBundle('').spec();
const spec = { revision, ...rest };
const status = {
  environment: 'local',
  pid: 1,
  startedAt: '2026-01-01T00:00:00.000Z',
  generation: 4,
  listen: null,
  workers: [],
};
const witness = { revision, bundleDigest: spec.bundle.digest, bootId: 'b', observedAt: '2026-01-01T00:00:00.000Z' };

/** Handlers that write down what they were asked; some are replaced. */
function recording(replaced: Partial<ControlHandlers> = {}) {
  const asked: unknown[][] = [];
  const take = (name: string, answer: unknown) => async (order?: unknown) => {
    asked.push([name, order]);
    return answer as never;
  };
  const handlers: ControlHandlers = {
    status: () => status,
    reload: take('reload', { generation: 5 }),
    witness: take('witness', witness),
    stop: () => void asked.push(['stop']),
    workers: {
      define: take('define', {}),
      start: take('start', {}),
      stop: take('stop', {}),
      remove: take('remove', {}),
      list: take('list', { workers: [] }),
    },
    ...replaced,
  };
  return { asked, handlers };
}

/** Opens a control and gives a client of it. */
async function open(handlers: ControlHandlers, reloadMs = 5000) {
  control = await createControl({ path: socket, handlers, reloadMs });
  return connectControl(socket);
}

/** One raw request, and the status and code it was answered with. */
async function raw(method: string, route: string, body: string): Promise<[number | undefined, string]> {
  const asking = request({ socketPath: socket, method, path: route, agent: false });
  asking.end(body);
  const [response] = await once(asking, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return [response.statusCode, JSON.parse(text).error.code];
}

describe('control', () => {
  test('carries every order to its handler and the answer back', async () => {
    const { asked, handlers } = recording();
    const client = await open(handlers);
    expect(await client.status()).toEqual(status);
    expect(await client.reload({ generation: 5 })).toEqual({ generation: 5 });
    expect(await client.witness({ revision, bundleDigest: spec.bundle.digest, endpoint: 'unix:/x' })).toEqual(witness);
    await client.workers.define(spec);
    await client.workers.start({ revision });
    await client.workers.stop({ revision });
    await client.workers.remove({ revision });
    expect(await client.workers.list()).toEqual({ workers: [] });
    expect(asked.map(([name]) => name)).toEqual(['reload', 'witness', 'define', 'start', 'stop', 'remove', 'list']);
    expect(asked[2]).toEqual(['define', spec]);
  });

  test('answers the order to stop before it is carried out', async () => {
    const stopped = Promise.withResolvers<void>();
    const client = await open(recording({ stop: () => stopped.resolve() }).handlers);
    await client.stop();
    await stopped.promise;
  });

  test('gives an error of a handler back as it was: code, message, hint, details', async () => {
    const refuse = async () => {
      throw new GreenticError('deploy/revision-conflict', 'Another bundle.', {
        hint: 'Stage anew.',
        details: { known: 'x' },
      });
    };
    const { handlers } = recording();
    const client = await open({ ...handlers, workers: { ...handlers.workers, define: refuse } });
    const error = {
      code: 'deploy/revision-conflict',
      message: 'Another bundle.',
      hint: 'Stage anew.',
      details: { known: 'x' },
    };
    await expect(client.workers.define(spec)).rejects.toMatchObject(error);
    expect(await raw('POST', '/workers/define', JSON.stringify(spec))).toEqual([409, error.code]);
  });

  test('says no more than internal/unforeseen of an error nobody foresaw', async () => {
    const status = () => {
      throw new Error('password is hunter2');
    };
    const seen = (await open(recording({ status }).handlers)).status();
    await expect(seen).rejects.toMatchObject({
      code: 'internal/unforeseen',
      message: expect.not.stringContaining('hunter2'),
    });
  });

  test('refuses orders that are malformed, unknown or too large', async () => {
    const { asked, handlers } = recording();
    await open(handlers);
    expect(await raw('POST', '/reload', '{')).toEqual([400, 'input/invalid']);
    expect(await raw('POST', '/reload', '{"generation":0}')).toEqual([400, 'input/invalid']);
    expect(await raw('POST', '/reload', '{"generation":1,"force":true}')).toEqual([400, 'input/invalid']);
    expect(await raw('POST', '/workers/start', '{"revision":"../x"}')).toEqual([400, 'input/invalid']);
    expect(await raw('GET', '/workers/list', '')).toEqual([400, 'input/invalid']);
    expect(await raw('POST', '/constructor', '')).toEqual([400, 'input/invalid']);
    expect(await raw('POST', '/workers/define', ' '.repeat(2 ** 20 + 1))).toEqual([413, 'input/too-large']);
    expect(asked).toEqual([]);
  });

  test('does not wait for a reload longer than it may: runtime/not-acknowledged', async () => {
    let aborted = false;
    const reload: ControlHandlers['reload'] = (_order, signal) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return new Promise(() => undefined);
    };
    const client = await open(recording({ reload }).handlers, 50);
    await expect(client.reload({ generation: 5 })).rejects.toMatchObject({ code: 'runtime/not-acknowledged' });
    expect(aborted).toBe(true);
  });

  test('does not take an older generation for an acknowledgement', async () => {
    const client = await open(recording().handlers);
    await expect(client.reload({ generation: 6 })).rejects.toMatchObject({ code: 'runtime/not-acknowledged' });
  });

  test('is open to its owner alone', async () => {
    await open(recording().handlers);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
  });
});

describe('who serves', () => {
  test('nobody is runtime/unreachable, also once somebody closed', async () => {
    const client = connectControl(socket);
    await expect(client.status()).rejects.toMatchObject({ code: 'runtime/unreachable' });
    await open(recording().handlers);
    await client.status();
    await control?.close();
    control = undefined;
    await expect(client.status()).rejects.toMatchObject({ code: 'runtime/unreachable' });
    expect(existsSync(socket)).toBe(false);
  });

  test('a second one is refused with runtime/already-running', async () => {
    const client = await open(recording().handlers);
    const second = createControl({ path: socket, handlers: recording().handlers });
    await expect(second).rejects.toMatchObject({ code: 'runtime/already-running' });
    expect(await client.status()).toEqual(status);
  });

  test('takes over the socket of one that was killed', async () => {
    const program = `require('node:net').createServer().listen(${JSON.stringify(socket)}, () => console.log('up'))`;
    const dead = spawn(process.execPath, ['--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(dead.stdout, 'data');
    dead.kill('SIGKILL');
    await once(dead, 'exit');
    expect(existsSync(socket)).toBe(true);
    await expect(connectControl(socket).status()).rejects.toMatchObject({ code: 'runtime/unreachable' });
    expect(await (await open(recording().handlers)).status()).toEqual(status);
  });
});

test.skipIf(process.platform === 'win32')(
  'no order goes to a socket in a folder that others can enter, whoever answers there',
  async () => {
    const { asked, handlers } = recording();
    const client = await open(handlers);
    chmodSync(root, 0o755);
    await expect(client.reload({ generation: 5 })).rejects.toMatchObject({ code: 'runtime/socket-folder' });
    expect(asked).toEqual([]);
  },
);

test('the path of the control depends on the environment’s folder alone', () => {
  expect(controlPath('/srv/environments/local')).toBe(controlPath('/srv/environments/local/'));
  expect(controlPath('/srv/environments/local')).not.toBe(controlPath('/srv/environments/other'));
});
