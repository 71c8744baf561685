import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GreenticError, type Workers } from '@greentic/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { sampleBundle } from '../testing/sample-bundle.ts';
import { type Control, type ControlHandlers, createControl } from './control.ts';
import { connectControl } from './control-client.ts';
import { CONTROL_MAX_BYTES } from './control-route.ts';

let root: string;
let socket: string;
let control: Control;
let asked: string[];
let handlers: ControlHandlers;

const spec = sampleBundle('').spec();
const { revision } = spec;
const witness = { revision, bundleDigest: spec.bundle.digest, endpoint: 'unix:/x' };

beforeEach(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'gtc-order-'));
  socket = path.join(root, 'c.sock');
  asked = [];
  const take = (name: string) => async () => {
    asked.push(name);
    return {} as never;
  };
  const methods: (keyof Workers)[] = ['define', 'start', 'stop', 'remove', 'list'];
  const workers = Object.fromEntries(methods.map((method) => [method, take(method)])) as unknown as Workers;
  handlers = { status: take('status'), reload: take('reload'), witness: take('witness'), stop: take('stop'), workers };
  // Handlers are looked up at each order, so that a test may replace one.
  control = await createControl({ path: socket, handlers: new Proxy(handlers, {}) });
});
afterEach(async () => {
  await control.close();
  rmSync(root, { recursive: true, force: true });
});

/** One raw request, and the status and code it was answered with. */
async function raw(method: string, route: string, body = ''): Promise<[number | undefined, string | undefined]> {
  const headers = { 'content-length': Buffer.byteLength(body) };
  const asking = request({ socketPath: socket, method, path: route, headers, agent: false });
  asking.end(body);
  const [response] = await once(asking, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return [response.statusCode, JSON.parse(text).error?.code];
}

describe('an order is refused with input/invalid, and nothing is done,', () => {
  test.each([
    ['that nobody knows', 'POST', '/workers/constructor', {}],
    ['that only looks like one', 'POST', '/reload/', { generation: 1 }],
    ['that has a query', 'POST', '/reload?force', { generation: 1 }],
    ['in other letters', 'POST', '/Reload', { generation: 1 }],
    ['by another method', 'PUT', '/reload', { generation: 1 }],
    ['to look by POST', 'POST', '/status', {}],
    ['to stop by GET', 'GET', '/stop', {}],
    ['for no generation', 'POST', '/reload', {}],
    ['for half a generation', 'POST', '/reload', { generation: 1.5 }],
    ['for a generation that is a text', 'POST', '/reload', { generation: '1' }],
    ['for a generation no number holds', 'POST', '/reload', { generation: 2 ** 53 }],
    ['for a list', 'POST', '/reload', [{ generation: 1 }]],
    ['to look at a revision that is none', 'POST', '/witness', { ...witness, revision: '../desk' }],
    ['to look for bytes without a digest', 'POST', '/witness', { ...witness, bundleDigest: 'sha256:1' }],
    ['to look at a place too long to be one', 'POST', '/witness', { ...witness, endpoint: 'u'.repeat(301) }],
    ['to look at nothing', 'POST', '/witness', { revision, bundleDigest: spec.bundle.digest }],
    ['for a worker of no customer', 'POST', '/workers/define', { ...spec, customer: '' }],
    ['for a worker with rights', 'POST', '/workers/define', { ...spec, flags: ['--inspect'] }],
    [
      'for a worker of no version',
      'POST',
      '/workers/define',
      { ...spec, bundle: { ...spec.bundle, version: 'latest' } },
    ],
    ['to start two', 'POST', '/workers/start', { revision, and: 'desk.acme.2' }],
    ['to stop what has no name', 'POST', '/workers/stop', {}],
    ['to remove everything', 'POST', '/workers/remove', { revision: '*' }],
    ['to list some', 'POST', '/workers/list', { prefix: 'desk' }],
  ])('%s', async (_what, method, route, order) => {
    expect(await raw(method, route, JSON.stringify(order))).toEqual([400, 'input/invalid']);
    expect(asked).toEqual([]);
  });

  test.each([
    ['no JSON', '{"generation":1'],
    ['two JSON texts', '{"generation":1}{"generation":2}'],
    ['a number that is none', '{"generation":NaN}'],
    ['bytes that are no text', '{"generation":1}\u00ff'],
    ['a word of JSON', 'null'],
  ])('with %s for its body', async (_what, body) => {
    expect((await raw('POST', '/reload', body))[0]).toBe(400);
    expect(asked).toEqual([]);
  });
});

describe('the ear of a serving process', () => {
  test('takes an order of 1 MiB, and one byte more is input/too-large', async () => {
    const order = JSON.stringify({ revision });
    const padded = (bytes: number) => order + ' '.repeat(bytes - order.length);
    expect(await raw('POST', '/workers/start', padded(CONTROL_MAX_BYTES))).toEqual([200, undefined]);
    expect(await raw('POST', '/workers/start', padded(CONTROL_MAX_BYTES + 1))).toEqual([413, 'input/too-large']);
    expect(asked).toEqual(['start']);
  });

  test('takes an order without a body where the order says nothing', async () => {
    expect(await raw('POST', '/workers/list')).toEqual([200, undefined]);
    expect(await raw('POST', '/stop')).toEqual([200, undefined]);
    await eventually(() => asked.length === 2);
    expect(asked).toEqual(['list', 'stop']);
  });

  test('answers an error that is none of the platform’s as unforeseen, with its own status', async () => {
    handlers.workers.start = () => Promise.reject({ code: 'state/conflict', message: 'forged' });
    expect(await raw('POST', '/workers/start', JSON.stringify({ revision }))).toEqual([500, 'internal/unforeseen']);
    handlers.workers.start = () => Promise.reject(new GreenticError('worker/not-found'));
    expect(await raw('POST', '/workers/start', JSON.stringify({ revision }))).toEqual([404, 'worker/not-found']);
  });

  test('goes on after who asked has gone in the middle of an order', async () => {
    const leaving = connect(socket);
    leaving.write('POST /workers/start HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"rev');
    await once(leaving, 'connect');
    leaving.destroy();
    expect(await raw('POST', '/workers/list')).toEqual([200, undefined]);
    expect(asked).toEqual(['list']);
  });

  test('ends with an order under way: who asked hears that nobody answers any more', async () => {
    handlers.workers.list = () => {
      asked.push('list');
      return new Promise(() => undefined);
    };
    const listing = connectControl(socket).workers.list();
    const refused = expect(listing).rejects.toMatchObject({ code: 'runtime/unreachable' });
    await eventually(() => asked.length === 1);
    await control.close();
    await refused;
    control = await createControl({ path: socket, handlers });
  });
});
