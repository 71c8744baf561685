import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answer, ask, SandboxPacks } from './sandbox-pack.fixture.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const packs = new SandboxPacks();
const healthy = packs.state(answer("'alive'"));
let server: Server;
let origin: string;
const requests: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request.url ?? '');
    if (request.url === '/v1/away') response.writeHead(302, { location: 'http://127.0.0.1:9/v1/x' }).end();
    else if (request.url === '/v1/huge') response.end(Buffer.alloc(100 * 2 ** 20));
    else response.end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await packs.close();
  server.close();
});

/** Whatever one pack did, the host answers and another pack works. */
async function expectOthersUnharmed(): Promise<void> {
  expect(await ask(healthy)).toBe('alive');
}

const reach = (expression: string) => `try { ${answer(expression)} } catch (error) { ${answer('error.name')} }`;
const http = () => ({ kind: 'http', binding: 'api', origins: [origin], methods: ['GET'], paths: ['/v1/*'] });
const fetchCode = (expression: string) =>
  `try { await ${expression}; ${answer("'reached'")} } catch (error) { ${answer('error.code')} }`;

describe('a pack finds nothing of the host', () => {
  test.each([
    'require',
    'process',
    'Buffer',
    'module',
    '__dirname',
    'global',
    'Deno',
    'WebAssembly',
    'SharedArrayBuffer',
    '__greentic',
  ])('%s is not there', async (name) => {
    expect(await ask(packs.state(answer(`typeof ${name}`)))).toBe('undefined');
  });

  test.each([
    "constructor.constructor('return process')()",
    "(function () {}).constructor('return require')()('node:fs')",
    "(async () => {}).constructor('return process')().next",
    "context.kv.constructor('return process')()",
    "context.http.constructor.constructor('return this.process.env')()",
    "fetch.constructor('return process.exit(1)')()",
    "Reflect.getPrototypeOf(context.log.write).constructor('return globalThis.process.pid')()",
    'Error.prepareStackTrace = (_, sites) => sites[0].getThis().process.pid, new Error().stack.length && process',
  ])('%s leads nowhere', async (expression) => {
    const outcome = await ask(packs.state(reach(`await (${expression})`)));
    expect(['ReferenceError', 'TypeError', 'undefined']).toContain(outcome);
    await expectOthersUnharmed();
  });

  test('an import of anything is refused when the pack is loaded', async () => {
    const pack = packs.module(
      `import fs from 'node:fs'; export default { slot: 'state', open() { return { get() { return fs; } }; } };`,
    );
    await expect(ask(pack)).rejects.toThrow(code('pack/open-failed'));
    const dynamic = packs.state(`await import('node:fs'); ${answer("'in'")}`);
    await expect(ask(dynamic)).rejects.toThrow(code('pack/failed'));
    await expectOthersUnharmed();
  });

  test('an error of the host carries no object of the host', async () => {
    const body = `try { await context.kv('none').get('k'); } catch (error) {
      ${answer("[error.constructor.constructor('return typeof process')(), Object.keys(error).sort().join()].join()")} }`;
    expect(await ask(packs.state(body))).toMatch(/^undefined,/);
  });
});

describe('a pack reaches only what it was granted', () => {
  test.each([
    ['any host', "fetch('https://example.com/')"],
    ['the metadata service', "fetch('http://169.254.169.254/latest/meta-data/')"],
    ['this machine', "fetch('http://127.0.0.1:1/v1/x')"],
    ['a binding it has not', "context.http('other').fetch('/v1/x')"],
    ['entries', "context.kv('entries').get('k')"],
    ['keys', "context.seal('master').wrap({ plain: '', context: '' })"],
    ['workers', 'context.workers.list()'],
    ['the output', "context.log.write({ level: 'info', message: 'x' })"],
    ['a secret', "context.secretValue('token')"],
  ])('without a grant, %s is permission/denied', async (_name, expression) => {
    requests.length = 0;
    expect(await ask(packs.state(fetchCode(expression)))).toBe('permission/denied');
    expect(requests).toEqual([]);
    await expectOthersUnharmed();
  });

  test('with a grant the request goes out, and only where it is granted', async () => {
    const permissions = [http()];
    expect(
      await ask(
        packs.state(`const r = await context.http('api').fetch('/v1/a'); ${answer('await r.text()')}`, { permissions }),
      ),
    ).toBe('ok');
    expect(await ask(packs.state(fetchCode(`fetch('${origin}/v2/a')`), { permissions }))).toBe('permission/denied');
    expect(await ask(packs.state(fetchCode("context.http('api').fetch('/v1/away')"), { permissions }))).toBe(
      'egress/redirect-denied',
    );
    expect(await ask(packs.state(fetchCode("context.http('api').fetch('/v1/huge')"), { permissions }))).toBe(
      'limit/message',
    );
    await expectOthersUnharmed();
  });

  test('a refusal is a line for the operator', async () => {
    await ask(packs.state(fetchCode("fetch('https://exfiltrate.example.com/')")));
    const line = packs.lines.find((each) => each.message.includes('exfiltrate'));
    expect(line).toMatchObject({
      level: 'warn',
      pack: 'acme.state.suspect@1.0.0',
      fields: { code: 'permission/denied' },
    });
  });
});

describe('a pack that uses too much is stopped, and it alone', () => {
  const limits = { cpuMs: 100, callMs: 1000, memoryMib: 16 };

  test.each([
    ['an endless loop', 'for (;;);'],
    ['an endless loop after an await', 'await 0; for (;;);'],
    [
      'an endless chain of microtasks',
      'await new Promise(() => { (function again() { Promise.resolve().then(again); })(); });',
    ],
    ['a regular expression without end', "/^(a+)+$/.test('a'.repeat(40) + 'b');"],
  ])('%s ends with limit/cpu', async (_name, body) => {
    await expect(ask(packs.state(body, { limits }))).rejects.toThrow(code('limit/cpu'));
    await expectOthersUnharmed();
  });

  test.each([
    ['arrays', 'const all = []; for (;;) all.push(new Array(1e5).fill(1));'],
    ['buffers', 'const all = []; for (;;) all.push(new Uint8Array(1e6).fill(1));'],
    ['one text', "let all = 'x'; for (;;) all += all + Math.random();"],
  ])('an allocation bomb of %s is stopped', async (_name, body) => {
    const pack = packs.state(body, { limits: { ...limits, cpuMs: 10_000, callMs: 20_000 } });
    // Some ways to ask for too much are refused inside the isolate, and the pack lives to tell; others end it.
    await expect(ask(pack)).rejects.toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^(limit\/memory|pack\/failed)$/) }),
    );
    await expectOthersUnharmed();
  });

  test('work in the background is stopped too', async () => {
    const body = `setInterval(() => { const end = Date.now() + 80; while (Date.now() < end); }, 0); ${answer("'started'")}`;
    const pack = packs.state(body, { limits });
    expect(await ask(pack)).toBe('started');
    await expect
      .poll(
        () => packs.lines.some((line) => line.fields['code'] === 'limit/cpu' && /nobody calls/.test(line.message)),
        { timeout: 10_000 },
      )
      .toBe(true);
    await expectOthersUnharmed();
  });

  test('a call that never ends is limit/deadline, and a pack that hangs is started anew', async () => {
    const pack = packs.state(
      `if (!globalThis.hung) { globalThis.hung = true; await new Promise(() => {}); } ${answer("'again'")}`,
      { limits },
    );
    await expect(ask(pack, { deadlineMs: 50 })).rejects.toThrow(code('limit/deadline'));
    expect(await ask(pack)).toBe('again');
    await expect
      .poll(() => packs.lines.some((line) => line.fields['code'] === 'limit/deadline'), { timeout: 10_000 })
      .toBe(true);
  });

  // Megabytes over the wall take their time where many work at once; what ends the pack must be its message.
  test('a reply of 100 MB is refused', async () => {
    const big = packs.state("return { entry: { value: 'x'.repeat(100 * 2 ** 20), revision: 1 } };", {
      limits: { memoryMib: 512, cpuMs: 60_000, callMs: 60_000 },
    });
    await expect(ask(big)).rejects.toThrow(code('limit/message'));
    await expectOthersUnharmed();
  }, 90_000);

  test('a flood of calls to the host is bounded', async () => {
    const body = `const all = await Promise.allSettled(Array.from({ length: 5000 }, () => context.kv('k').get('k')));
      ${answer("all.filter((each) => each.reason?.code === 'limit/concurrency').length > 0")}`;
    const permissions = [{ kind: 'kv', binding: 'k', quotaBytes: 1024 }];
    const outcome = await ask(packs.state(body, { permissions })).catch((error: { code: string }) => error.code);
    expect(['true', 'false']).toContain(outcome);
    await expectOthersUnharmed();
  });

  test('a refusal that would repeat megabytes of its own words reaches the pack in few, and the host lives', async () => {
    const body = `try { await context.kv('k').list({ ['x'.repeat(1_500_000)]: 1 }); } catch (error) {
      ${answer('error.code + (error.message.length < 2000)')} }`;
    expect(await ask(packs.state(body))).toBe('input/invalidtrue');
    await expectOthersUnharmed();
  });

  test('more calls at once than the host allows are refused with limit/concurrency', async () => {
    const pack = packs.state(`await new Promise((done) => setTimeout(done, 100)); ${answer("'done'")}`, {
      hostLimits: { calls: 2 },
    });
    const outcomes = await Promise.allSettled([ask(pack), ask(pack), ask(pack), ask(pack)]);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    for (const outcome of refused) expect(outcome.reason).toEqual(code('limit/concurrency'));
  });
});

describe('a pack that lies is not believed', () => {
  test('a rejection it leaves unhandled is a line in the log, whatever it says, and ends nothing', async () => {
    const pack = packs.state(`Promise.reject(new Error('Isolate is disposed: timed out')); ${answer("'still here'")}`);
    expect(await ask(pack)).toBe('still here');
    expect(await ask(pack)).toBe('still here');
    expect(packs.lines.some((line) => line.message.includes('Unhandled: Isolate is disposed'))).toBe(true);
  });

  test.each([
    ['a result of another shape', 'return { entry: { value: 1, revision: 1 } };'],
    ['a result with more in it', "return { entry: null, extra: 'x' };"],
    ['nothing', 'return undefined;'],
    ['a number that is none', "return { entry: { value: 'x', revision: NaN } };"],
    ['a getter that throws', "return { get entry() { throw new Error('x'); } };"],
  ])('%s is refused', async (_name, body) => {
    await expect(packs.state(body).call('get', { tenant: 'acme', key: 'k' })).rejects.toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^pack\/(result-invalid|failed)$/) }),
    );
  });

  test('an error code that is not of the contract does not pass for one of the host', async () => {
    const body = "throw Object.assign(new Error('trust me'), { code: 'trust/signature-invalid' });";
    await expect(ask(packs.state(body))).rejects.toThrow(code('pack/failed'));
  });

  test('prototype pollution inside the pack, or over a message, changes nothing outside', async () => {
    const body = `Object.prototype.polluted = 'yes'; Object.prototype.toJSON = function () { return { t: 'reply', id: 1, ok: true }; };
      Array.prototype.map = () => { throw new Error('patched'); }; JSON.stringify = () => '{}'; Promise.prototype.then = undefined;
      ${answer("'patched'")}`;
    await ask(packs.state(body)).catch(() => undefined);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    const over = packs.state('return JSON.parse(\'{"entry":null,"__proto__":{"polluted":"yes"}}\');');
    await expect(over.call('get', { tenant: 'acme', key: 'k' })).rejects.toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^pack\/(protocol|result-invalid)$/) }),
    );
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    await expectOthersUnharmed();
  });
});
