import { expect, test } from 'vitest';
import { createRouter } from './server.ts';
import { testKey } from './testbed.ts';

const routerAt = (port: number) =>
  createRouter({ listen: { host: '127.0.0.1', port }, keys: [testKey('a')], now: () => new Date() });

test('a port that is taken is told with its number and the way out, and the router can still be closed', async () => {
  const first = routerAt(0);
  const { port } = await first.listen();
  const second = routerAt(port);
  await expect(second.listen()).rejects.toMatchObject({
    code: 'runtime/port-unusable',
    message: `Nothing can listen on 127.0.0.1, port ${port}: EADDRINUSE.`,
    hint: expect.stringContaining('--port'),
  });
  await second.close({ drainMs: 0 });
  await first.close({ drainMs: 0 });
});
