import { GreenticError } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { sampleBundle } from '../testing/sample-bundle.ts';
import { ask, SupervisorBed } from '../testing/supervisor-bed.ts';
import type { Supervisor } from './supervisor.ts';

const desk = sampleBundle(`
  export default {
    async fetch(request) {
      if (new URL(request.url).pathname === '/') return new Response('desk');
      console.log('slow begins');
      await new Promise((resolve) => setTimeout(resolve, 500));
      return new Response('slow ends');
    },
  };
`);
const other = sampleBundle('export default { fetch: () => new Response("other") };');

describe('reviewing workers', () => {
  const revoked = new GreenticError('pack/revoked', 'Version 1.0.0 was revoked.');

  /** A supervisor with two workers of one bundle and one of another; what `refused` names is refused when it is asked for. */
  async function running(bed: SupervisorBed) {
    const refused = new Map<string, Error>();
    const supervisor = await bed.open({
      loadBundle: async ({ digest }) => {
        const error = refused.get(digest);
        if (error !== undefined) throw error;
        const bytes = bed.bundles.get(digest);
        if (bytes === undefined) throw new Error('sample');
        return bytes;
      },
    });
    await bed.run(desk, desk.spec(1));
    await bed.run(desk, desk.spec(2));
    await bed.run(other, other.spec(3));
    return { supervisor, refused };
  }

  const phases = async (supervisor: Supervisor) => (await supervisor.list()).workers.map(({ phase }) => phase);

  test('ends every worker of a bundle that is refused by now, says why, and no other', async () => {
    await using bed = new SupervisorBed();
    const { supervisor, refused } = await running(bed);
    const endpoint = await bed.running(desk.spec(1).revision);
    refused.set(desk.digest, revoked);
    await supervisor.review();
    await expect(ask(endpoint)).rejects.toThrow();
    for (const n of [1, 2]) {
      const { message, endpoint: gone } = await bed.reached(desk.spec(n).revision, 'failed');
      expect([message, gone]).toEqual(['Version 1.0.0 was revoked. (pack/revoked)', null]);
    }
    expect(bed.lines.filter(({ message }) => message.includes('The worker is ended.'))).toHaveLength(2);
    expect((await ask(await bed.running(other.spec(3).revision))).status).toBe(200);
  });

  test('leaves a worker its running request, and gives it no new one', async () => {
    await using bed = new SupervisorBed();
    const { supervisor, refused } = await running(bed);
    const endpoint = await bed.running(desk.spec(1).revision);
    const slow = ask(endpoint, '/slow');
    await eventually(() => bed.lines.some(({ message }) => message === 'slow begins'));
    refused.set(desk.digest, revoked);
    await supervisor.review();
    await expect(ask(endpoint)).rejects.toThrow();
    expect((await slow).text).toBe('slow ends');
  });

  test('lets the worker run again when the bundle is no longer refused', async () => {
    await using bed = new SupervisorBed();
    const { supervisor, refused } = await running(bed);
    refused.set(desk.digest, revoked);
    await supervisor.review();
    await bed.reached(desk.spec(1).revision, 'failed');
    refused.clear();
    expect((await ask(await bed.running(desk.spec(1).revision))).status).toBe(200);
  });

  test('leaves alone what is only unavailable just now, and what holds', async () => {
    await using bed = new SupervisorBed();
    const { supervisor, refused } = await running(bed);
    refused.set(desk.digest, new GreenticError('env/busy'));
    await supervisor.review();
    refused.set(desk.digest, new Error('disk'));
    await supervisor.review();
    refused.clear();
    await supervisor.review();
    expect(await phases(supervisor)).toEqual(['running', 'running', 'running']);
  });

  test('starts nothing that nobody wants', async () => {
    await using bed = new SupervisorBed();
    const { supervisor, refused } = await running(bed);
    await supervisor.stop(desk.spec(1));
    await bed.reached(desk.spec(1).revision, 'defined');
    refused.set(desk.digest, revoked);
    await supervisor.review();
    await bed.reached(desk.spec(2).revision, 'failed');
    expect(await bed.status(desk.spec(1).revision)).toMatchObject({ phase: 'defined', message: '' });
  });
});
