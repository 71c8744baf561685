import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { digestOf } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { conclude, tryLapses } from '../../testing/lapse-trial.ts';
import { deployerChecks } from './index.ts';
import { showing } from './lapse.fixture.ts';
import { PLATFORM_LAPSES } from './platform-lapses.fixture.ts';
import { REVISION_LAPSES } from './revision-lapses.fixture.ts';

tryLapses('deployer', { ...REVISION_LAPSES, ...PLATFORM_LAPSES });

describe('a pack that runs its workers where the kit cannot look', () => {
  test.each(deployerChecks.map(({ id }) => id))('is not judged by %s, which is inconclusive', async (id) => {
    expect(await conclude('deployer', id, undefined, { permissions: [] })).toMatchObject({
      result: 'inconclusive',
      message: 'The pack does not use the host’s workers: the kit cannot look at the platform it runs them on.',
    });
  });
});

test('DEP-01 fails a pack whose answer was prepared: it does not repeat what it was asked', async () => {
  const answer = {
    revision: 'desk.acme.1',
    bundleDigest: digestOf('desk.acme.1'),
    bootId: 'prepared',
    nonce: 'prepared',
  };
  const server = createServer((_request, response) => response.end(JSON.stringify(answer)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const prepared = showing((seen) => seen.map((each) => (each.phase === 'ready' ? { ...each, endpoint } : each)));
  try {
    const { result, message } = await conclude('deployer', 'DEP-01', prepared);
    expect({ result, message }).toEqual({
      result: 'fail',
      message: expect.stringContaining(`What ${endpoint} was asked is "prepared", not "canary-`),
    });
  } finally {
    server.close();
  }
});
