import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { encodeFrame, FrameDecoder } from './frame.ts';
import { guestLaunch } from './launch.ts';

const LIMITS = { memoryMib: 32, cpuMs: 500, messageBytes: 10_000 };
let guests: Guest[] = [];

afterEach(async () => {
  await Promise.all(guests.map((guest) => guest.kill()));
  guests = [];
});

/** A sandbox process, spoken to in frames. */
class Guest {
  readonly said: Record<string, unknown>[] = [];
  readonly process: ChildProcess;
  readonly ended: Promise<unknown>;

  constructor() {
    this.process = spawn(process.execPath, guestLaunch().args, { env: {}, stdio: ['pipe', 'pipe', 'ignore'] });
    const decoder = new FrameDecoder(2 ** 24);
    (this.process.stdout as Readable).on('data', (chunk: Buffer) => {
      for (const text of decoder.push(chunk)) this.said.push(JSON.parse(text) as Record<string, unknown>);
    });
    this.ended = once(this.process, 'close');
  }

  tell(message: object): this {
    this.process.stdin?.write(encodeFrame(JSON.stringify(message)));
    return this;
  }

  async hear(count: number): Promise<Record<string, unknown>[]> {
    await expect.poll(() => this.said.length, { timeout: 60_000 }).toBeGreaterThanOrEqual(count);
    return this.said;
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended;
  }
}

function start(module: string, limits: Partial<typeof LIMITS> = {}): Guest {
  const guest = new Guest();
  guests.push(guest);
  return guest.tell({ t: 'init', prelude: guestLaunch().prelude, module, limits: { ...LIMITS, ...limits } });
}

const pack = (body: string) => `export default { open() { return { async run(input) { ${body} } }; } };`;
const OPEN = { t: 'open', id: 1, environment: 'test', answers: {}, placeholders: {} };
const run = (id: number, input: unknown = {}) => ({ t: 'invoke', id, method: 'run', input });
const opened = { t: 'reply', id: 1, ok: true, value: null };
const breach = (code: string) => ({ t: 'breach', code, message: expect.any(String) });

describe('a sandbox process', () => {
  test('runs what it was told before it was ready, in order', async () => {
    const guest = start(pack('return input;')).tell(OPEN).tell(run(2, 'a')).tell(run(3, 'b'));
    expect(await guest.hear(3)).toEqual([
      opened,
      { t: 'reply', id: 2, ok: true, value: 'a' },
      { t: 'reply', id: 3, ok: true, value: 'b' },
    ]);
  });

  test('fires timers of its own accord, the shorter first, and not those that were cleared', async () => {
    const body = `const fired = [];
      setTimeout(() => fired.push('long'), 60); setTimeout(() => fired.push('short'), 1);
      clearTimeout(setTimeout(() => fired.push('cleared'), 5));
      await new Promise((resolve) => setTimeout(resolve, 120));
      return fired;`;
    const guest = start(pack(body)).tell(OPEN).tell(run(2));
    expect(await guest.hear(2)).toEqual([opened, { t: 'reply', id: 2, ok: true, value: ['short', 'long'] }]);
  });

  test('ends with its host: nothing else keeps it', async () => {
    // Again and again, at the moment it works hardest: an exit that waits for the isolate hangs now and then.
    for (let round = 0; round < 5; round++) {
      const guest = start(pack('setInterval(() => {}, 1); await new Promise(() => {});')).tell(OPEN).tell(run(2));
      await guest.hear(1);
      guest.process.stdin?.end();
      expect(await guest.ended).toEqual([null, 'SIGKILL']);
    }
  });

  test.each([
    ['that does not parse', 'export default {'],
    ['without a default export', 'export const open = 1;'],
    ['whose default export cannot be opened', 'export default { open: 1 };'],
    ['that imports', "import 'node:fs'; export default { open() {} };"],
    ['that throws', "throw new Error('no');"],
    ['that throws something long', "throw new Error('x'.repeat(100000));"],
  ])('tells a module %s as pack/open-failed, and ends', async (_, module) => {
    const guest = start(module).tell(OPEN);
    await guest.ended;
    expect(guest.said).toEqual([breach('pack/open-failed')]);
    expect(String(guest.said[0]?.['message']).length).toBeLessThan(2000);
    expect(guest.process.signalCode).toBe('SIGKILL');
  });

  test.each([
    ['limit/cpu', 'for (;;);'],
    ['limit/cpu', 'await null; for (;;);'],
    ['limit/memory', 'const all = []; for (;;) all.push(new Array(100000).fill(1.5));'],
    ['limit/message', "return 'é'.repeat(5000);"],
  ])('ends with %s, said once and last, when the pack does: %s', async (code, body) => {
    const guest = start(pack(body), { cpuMs: 2000 }).tell(OPEN).tell(run(2));
    await guest.ended;
    expect(guest.said.at(-1)).toEqual(breach(code));
    expect(guest.said.filter((message) => message['t'] === 'breach')).toHaveLength(1);
    expect(guest.said.filter((message) => message['id'] === 2)).toEqual([]);
  });

  test('stops a module that never finishes loading', async () => {
    const guest = start('for (;;);').tell(OPEN);
    await guest.ended;
    expect(guest.said).toEqual([breach('limit/cpu')]);
  });

  test('passes a rejection nobody handles on as a note of at most 2,000 characters, and lives', async () => {
    const guest = start(pack("Promise.reject(new Error('x'.repeat(5000))); return 1;")).tell(OPEN).tell(run(2));
    const said = await guest.hear(3);
    const note = said.find((message) => message['t'] === 'note');
    expect(String(note?.['message'])).toMatch(/x{1000}/);
    expect(String(note?.['message']).length).toBeLessThanOrEqual(2000);
    guest.tell(run(3));
    await expect.poll(() => guest.said, { timeout: 5000 }).toContainEqual({ t: 'reply', id: 3, ok: true, value: 1 });
  });
});
