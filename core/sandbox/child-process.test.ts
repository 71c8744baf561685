import { expect, test } from 'vitest';
import { childProcessEngine } from './child-process.ts';
import type { SandboxEnd } from './engine.ts';

const limits = { memoryMib: 32, cpuMs: 1000, messageBytes: 4 * 2 ** 20 };

test.skipIf(process.platform === 'win32')(
  'a sandbox that does not read what it is sent is ended before that fills the memory of the host',
  async () => {
    const ended = Promise.withResolvers<SandboxEnd>();
    const sandbox = childProcessEngine.start('export default {}', limits, {
      message: () => undefined,
      end: ended.resolve,
    });
    process.kill(sandbox.pid ?? 0, 'SIGSTOP');
    const answer = JSON.stringify({ t: 'result', id: 1, ok: true, value: 'x'.repeat(2 ** 20) });
    for (let i = 0; i < 80; i++) sandbox.send(answer);
    expect(await ended.promise).toEqual({
      code: 'limit/message',
      message: 'The sandbox does not read what it is sent.',
    });
  },
);
