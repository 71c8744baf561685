import { afterEach, describe, expect, test } from 'vitest';
import { childProcessEngine } from './child-process.ts';
import type { Sandbox, SandboxEnd } from './engine.ts';

const LIMITS = { memoryMib: 32, cpuMs: 500, messageBytes: 10_000 };
const pack = (body: string): string => `export default { open() { return { async run(input) { ${body} } }; } };`;
const OPEN = JSON.stringify({ t: 'open', id: 1, environment: 'test', answers: {}, placeholders: {} });
const RUN = JSON.stringify({ t: 'invoke', id: 2, method: 'run', input: 'in' });

class Watched {
  readonly messages: string[] = [];
  readonly ends: SandboxEnd[] = [];
  readonly sandbox: Sandbox;
  messagesAfterEnd = 0;

  constructor(module: string, limits: Partial<typeof LIMITS> = {}) {
    this.sandbox = childProcessEngine.start(
      module,
      { ...LIMITS, ...limits },
      {
        message: (text) => {
          this.messages.push(text);
          if (this.ends.length > 0) this.messagesAfterEnd++;
        },
        end: (end) => void this.ends.push(end),
      },
    );
    watched.push(this);
  }

  send(...texts: string[]): this {
    for (const text of texts) this.sandbox.send(text);
    return this;
  }

  async ended(): Promise<SandboxEnd | undefined> {
    await expect.poll(() => this.ends.length, { timeout: 20_000 }).toBe(1);
    return this.ends[0];
  }
}

let watched: Watched[] = [];
afterEach(() => {
  for (const { sandbox, messagesAfterEnd, ends } of watched) {
    sandbox.kill();
    expect(messagesAfterEnd).toBe(0);
    expect(ends).toHaveLength(1);
  }
  watched = [];
});

describe('a sandbox', () => {
  test('that is killed ends at once, once, and hears nothing more', async () => {
    const one = new Watched(pack('return input;')).send(OPEN);
    one.sandbox.kill();
    expect(one.ends).toEqual([{ code: 'pack/not-open', message: 'The sandbox was closed.' }]);
    one.sandbox.kill();
    one.send(RUN);
    await expect.poll(() => isAlive(one.sandbox.pid)).toBe(false);
    expect(one.ends).toHaveLength(1);
    expect(one.messages).toEqual([]);
  });

  test.skipIf(process.platform === 'win32')('whose process somebody kills has crashed, and says by what', async () => {
    const one = new Watched(pack('return input;')).send(OPEN);
    await expect.poll(() => one.messages.length, { timeout: 20_000 }).toBe(1);
    process.kill(one.sandbox.pid ?? 0, 'SIGKILL');
    expect(await one.ended()).toEqual({ code: 'pack/crashed', message: 'The sandbox ended by SIGKILL.' });
  });

  test.each([
    ['limit/cpu', 'for (;;);'],
    ['limit/message', "return 'x'.repeat(20_000);"],
    ['limit/memory', 'const all = []; for (;;) all.push(new Array(1e5).fill(1.5));'],
  ])('ends with %s when its program does: %s', async (code, body) => {
    const one = new Watched(pack(body), code === 'limit/memory' ? { cpuMs: 20_000 } : {}).send(OPEN, RUN);
    expect(await one.ended()).toMatchObject({ code });
    expect(one.messages).toHaveLength(1);
  });

  test('that does not load says so, in few words', async () => {
    const one = new Watched(`throw new Error('${'x'.repeat(50_000)}');`);
    const end = await one.ended();
    expect(end?.code).toBe('pack/open-failed');
    expect(end?.message.length).toBeLessThanOrEqual(2048);
  });

  test('is not started for a module that is too large', () => {
    const events = { message: () => undefined, end: () => undefined };
    expect(() => childProcessEngine.start(' '.repeat(17 * 2 ** 20), LIMITS, events)).toThrow(RangeError);
  });

  test('passes on what its program says, in order, and nothing it did not say', async () => {
    const one = new Watched(pack("console.log('said'); return input;")).send(OPEN, RUN);
    await expect.poll(() => one.messages.length, { timeout: 20_000 }).toBe(3);
    expect(one.messages.map((text) => JSON.parse(text) as object)).toEqual([
      { t: 'reply', id: 1, ok: true, value: null },
      expect.objectContaining({ t: 'call', port: 'console', args: { level: 'info', message: 'said' } }),
      { t: 'reply', id: 2, ok: true, value: 'in' },
    ]);
  });

  test('apart from another: the death of one leaves the other at work', async () => {
    const [one, other] = [new Watched(pack('for (;;);')), new Watched(pack('return input;'))];
    one.send(OPEN, RUN);
    other.send(OPEN);
    await one.ended();
    other.send(RUN);
    await expect.poll(() => other.messages.length, { timeout: 20_000 }).toBe(2);
    expect(other.ends).toEqual([]);
  });
});

function isAlive(pid: number | undefined): boolean {
  try {
    process.kill(pid ?? 0, 0);
    return true;
  } catch {
    return false;
  }
}
