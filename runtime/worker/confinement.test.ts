import { describe, expect, test } from 'vitest';
import { sampleBundle } from '../testing/sample-bundle.ts';
import { ask, SupervisorBed } from '../testing/supervisor-bed.ts';
import { giveUpRights } from './confinement.ts';

// What a bundle may try. Each gives the reason it failed, or what it got.
const attempts = {
  'reads a file': "(await import('node:fs')).readFileSync('/etc/passwd', 'utf8')",
  'reads a file by the old name': "(await import('fs')).readFileSync('/etc/passwd', 'utf8')",
  'imports an address': "await import('data:text/javascript,export default 1')",
  'imports itself again': "await import('greentic:bundle')",
  'imports the program around it': "await import('./child.ts')",
  'asks for a builtin': "process.getBuiltinModule('fs')",
  'signals a process': 'process.kill(1, 0)',
  'requires a module': "require('node:fs')",
  'runs text': "(0, eval)('1 + 1')",
  'makes a function of text': "new Function('return 1')()",
  'makes an async function of text': "(async () => {}).constructor('return 1')()",
  'reaches a loopback port': "await fetch('http://127.0.0.1:9/')",
  'reaches a host by a hidden dispatcher':
    "await new Promise((resolve, reject) => globalThis[Symbol.for('undici.globalDispatcher.1')].dispatch({ origin: 'http://127.0.0.1:9', path: '/', method: 'GET' }, { onRequestStart() {}, onResponseError: (_, error) => reject(error), onResponseEnd: () => resolve('sent') }))",
  'opens a web socket': "new WebSocket('ws://127.0.0.1:9')",
  'opens its own standard output': 'console._stdout.write("x")',
  'calls a thread': "new BroadcastChannel('x').postMessage(1)",
  'keeps data in the process': "localStorage.setItem('a', 'b')",
};

const hostile = sampleBundle(`
  const attempts = {
    ${Object.entries(attempts)
      .map(([name, code]) => `${JSON.stringify(name)}: async () => ${code},`)
      .join('\n')}
  };
  export default {
    async fetch() {
      const outcome = {};
      for (const [name, attempt] of Object.entries(attempts)) {
        try { outcome[name] = 'got ' + String(await attempt()).slice(0, 40); }
        catch (error) { outcome[name] = 'refused: ' + (error.code ?? error.name); }
      }
      return Response.json(outcome);
    },
  };
`);

describe('a bundle', () => {
  test('reaches no file, process, network or code beyond its own text', async () => {
    await using bed = new SupervisorBed();
    await bed.open();
    const { text } = await ask(await bed.run(hostile));
    expect(JSON.parse(text)).toEqual({
      'reads a file': 'refused: permission/denied',
      'reads a file by the old name': 'refused: permission/denied',
      'imports an address': 'refused: permission/denied',
      'imports itself again': 'refused: permission/denied',
      'imports the program around it': 'refused: permission/denied',
      'asks for a builtin': 'refused: ReferenceError',
      'signals a process': 'refused: ReferenceError',
      'requires a module': 'refused: ReferenceError',
      'runs text': 'refused: EvalError',
      'makes a function of text': 'refused: EvalError',
      'makes an async function of text': 'refused: EvalError',
      'reaches a loopback port': 'refused: permission/denied',
      'reaches a host by a hidden dispatcher': expect.stringMatching(/^refused: /),
      'opens a web socket': 'refused: ReferenceError',
      'opens its own standard output': 'refused: TypeError',
      'calls a thread': 'refused: ReferenceError',
      'keeps data in the process': 'refused: ReferenceError',
    });
  });

  test('that imports node:fs at its top is not run', async () => {
    await using bed = new SupervisorBed();
    const supervisor = await bed.open();
    const reader = sampleBundle(`
      import { readFileSync } from 'node:fs';
      export default { fetch: () => new Response(readFileSync('/etc/passwd')) };
    `);
    bed.bundles.set(reader.digest, reader.bytes);
    await supervisor.define(reader.spec());
    await supervisor.start(reader.spec());
    const { message } = await bed.reached(reader.spec().revision, 'failed');
    expect(message).toBe('A bundle is one file; it cannot import "node:fs". (permission/denied)');
  });
});

// A setter on the prototype of everything sees Node's own objects made; from a request it is four steps to `process`.
const escaping = sampleBundle(`
  let request;
  const keep = (object, value) => Object.defineProperty(object, 'url', { value, writable: true, configurable: true });
  Object.defineProperty(Object.prototype, 'url', { configurable: true, set(value) { request ??= this; keep(this, value); } });
  const originOf = (object) => {
    const parent = Object.getPrototypeOf(object);
    return parent === Object.prototype ? object : originOf(parent);
  };
  const reach = async () => {
    const emitter = originOf(request.socket);
    const { emit } = emitter;
    const reached = new Promise((resolve) => {
      emitter.emit = function (...args) {
        if (typeof this.pid === 'number') resolve([this]);
        return Reflect.apply(emit, this, args);
      };
    });
    Promise.reject(new Error('so that the process speaks'));
    return (await reached)[0];
  };
  const attempts = {
    'signals a process': (process) => process.kill(process.ppid, 0),
    'signals a process directly': (process) => process._kill(process.ppid, 0),
    'opens the debugger of a process': (process) => process._debugProcess(process.ppid),
    'signals a process from a builtin': (process) => process.getBuiltinModule('node:process').kill(process.ppid, 0),
    'binds to the inside of Node': (process) => process.binding('process_methods')._kill(process.ppid, 0),
    'reads a file': (process) => process.getBuiltinModule('node:fs').readFileSync('/etc/passwd'),
    'starts a process': (process) => process.getBuiltinModule('node:child_process').execSync('true'),
    'slows another process down': (process) => process.getBuiltinModule('node:os').setPriority(process.ppid, 19),
  };
  export default {
    async fetch() {
      const process = await reach();
      const outcome = { reached: typeof process.pid };
      for (const [name, attempt] of Object.entries(attempts)) {
        try { outcome[name] = 'got ' + String(attempt(process)).slice(0, 40); }
        catch (error) { outcome[name] = 'refused'; }
      }
      return Response.json(outcome);
    },
  };
`);

test('a bundle that gets hold of the process itself can still signal nobody and open nothing', async () => {
  await using bed = new SupervisorBed();
  await bed.open();
  const { text } = await ask(await bed.run(escaping));
  expect(JSON.parse(text)).toEqual({
    reached: 'number',
    'signals a process': 'refused',
    'signals a process directly': 'refused',
    'opens the debugger of a process': 'refused',
    'signals a process from a builtin': 'refused',
    'binds to the inside of Node': 'refused',
    'reads a file': 'refused',
    'starts a process': 'refused',
    'slows another process down': 'refused',
  });
});

test('a process that was started with every right is refused as a place for bundles', () => {
  expect(() => giveUpRights()).toThrow(/cannot give up permissions/);
});
