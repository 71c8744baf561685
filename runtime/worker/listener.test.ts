import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { sampleBundle } from '../testing/sample-bundle.ts';
import { ask, SupervisorBed } from '../testing/supervisor-bed.ts';

const bundle = sampleBundle(`
  const encoder = new TextEncoder();
  const routes = {
    '/throw': () => { throw new Error('the secret detail'); },
    '/reject': async () => { throw new Error('the secret detail'); },
    '/nothing': () => undefined,
    '/stray': () => { Promise.reject(new Error('a stray one')); return new Response('ok'); },
    '/echo': (request) => new Response(request.body, { status: 201, headers: { 'x-method': request.method } }),
    '/cookies': () => new Response('', { headers: [['set-cookie', 'a=1'], ['set-cookie', 'b=2']] }),
    '/abort': async (request) => {
      console.log('waiting');
      await new Promise((resolve) => request.signal.addEventListener('abort', resolve));
      console.log('aborted');
      return new Response('');
    },
    '/stream': () => {
      let n = 0;
      return new Response(new ReadableStream({
        async pull(controller) {
          controller.enqueue(encoder.encode('part ' + n + ';'));
          if (++n === 3) controller.close();
        },
      }));
    },
    '/log': () => { console.log('one', { two: 2 }); console.error('bad\\nworse'); console.info('x'.repeat(20_000)); return new Response(''); },
  };
  export default { fetch: (request) => routes[new URL(request.url).pathname](request) };
`);

describe('a worker over HTTP', () => {
  test.each(['/throw', '/reject', '/nothing'])(
    'answers a failure of %s with worker/failed and no detail; the log has it',
    async (target) => {
      await using bed = new SupervisorBed();
      await bed.open();
      const { status, text } = await ask(await bed.run(bundle), target);
      expect(status).toBe(500);
      expect(JSON.parse(text)).toEqual({
        error: { code: 'worker/failed', message: 'The worker failed.', hint: 'Read its log.' },
      });
      const reason = target === '/nothing' ? 'gave no Response' : 'the secret detail';
      await eventually(() => bed.lines.some(({ level, message }) => level === 'error' && message.includes(reason)));
    },
  );

  test('streams a body in and out, with status, headers and cookies', async () => {
    await using bed = new SupervisorBed();
    await bed.open();
    const endpoint = await bed.run(bundle);
    const body = 'a'.repeat(300_000);
    const echo = await ask(endpoint, '/echo', { method: 'PUT', body });
    expect([echo.status, echo.headers['x-method'], echo.text === body]).toEqual([201, 'PUT', true]);
    expect((await ask(endpoint, '/stream')).text).toBe('part 0;part 1;part 2;');
    expect((await ask(endpoint, '/cookies')).headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(await ask(endpoint, '/stream', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });

  test('aborts the request’s signal when the visitor goes away', async () => {
    await using bed = new SupervisorBed();
    await bed.open();
    const socketPath = (await bed.run(bundle)).slice('unix:'.length);
    const going = request({ socketPath, path: '/abort', agent: false }).end();
    going.on('error', () => undefined);
    await eventually(() => bed.lines.some(({ message }) => message === 'waiting'));
    going.destroy();
    await eventually(() => bed.lines.some(({ message }) => message === 'aborted'));
  });

  test('goes on after a rejection nobody looked at, and logs it', async () => {
    await using bed = new SupervisorBed();
    await bed.open();
    const endpoint = await bed.run(bundle);
    expect((await ask(endpoint, '/stray')).text).toBe('ok');
    await eventually(() => bed.lines.some(({ message }) => message.includes('a stray one')));
    expect((await ask(endpoint, '/stream')).status).toBe(200);
    expect(await bed.status(bundle.spec().revision)).toMatchObject({ starts: 1 });
  });

  test('has a console whose lines come out bounded, with level and revision', async () => {
    await using bed = new SupervisorBed();
    await bed.open();
    await ask(await bed.run(bundle), '/log');
    const long = await eventually(() => bed.lines.find(({ message }) => message.startsWith('xxx')));
    expect(Buffer.byteLength(long.message)).toBe(8 * 1024);
    const shown = bed.lines.map(({ revision, level, message }) => ({ revision, level, message }));
    const { revision } = bundle.spec();
    expect(shown).toContainEqual({ revision, level: 'info', message: 'one { two: 2 }' });
    await eventually(() => bed.lines.some(({ level, message }) => level === 'error' && message === 'worse'));
  });
});
