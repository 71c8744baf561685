import { openForTest } from '@greentic/sdk/testing';
import { describe, expect, test } from 'vitest';
import pack from './index.ts';

const key = { deployment: 'desk.acme', session: 's' };
const open = (maxPins = 10) => openForTest(pack, { answers: { 'max-pins': maxPins } });

describe('greentic.sessions.memory', () => {
  test('of many first pins at once one wins, and all hear which', async () => {
    const sessions = await open();
    const revisions = Array.from({ length: 32 }, (_, i) => `desk.acme.${i + 1}`);
    const pins = await Promise.all(revisions.map((revision) => sessions.pin({ ...key, revision, ttlSeconds: 60 })));
    expect(pins.filter((pin) => pin.pinned)).toHaveLength(1);
    expect(new Set(pins.map((pin) => pin.revision)).size).toBe(1);
  });

  test('a released session may be pinned elsewhere; an unknown one is nothing, not an error', async () => {
    const sessions = await open();
    expect(await sessions.lookup(key)).toEqual({ revision: null });
    expect(await sessions.release(key)).toEqual({ released: false });
    expect(await sessions.extend({ ...key, ttlSeconds: 1 })).toEqual({ extended: false });
    await sessions.pin({ ...key, revision: 'desk.acme.1', ttlSeconds: 60 });
    expect(await sessions.extend({ ...key, ttlSeconds: 1 })).toEqual({ extended: true });
    expect(await sessions.release(key)).toEqual({ released: true });
    expect(await sessions.pin({ ...key, revision: 'desk.acme.2', ttlSeconds: 60 })).toMatchObject({ pinned: true });
    expect(await sessions.count({ deployment: 'desk.acme' })).toEqual({ count: 1 });
  });

  test('more pins than allowed are refused with sessions/full', async () => {
    const sessions = await open(1);
    await sessions.pin({ ...key, revision: 'desk.acme.1', ttlSeconds: 60 });
    await expect(
      sessions.pin({ deployment: 'desk.acme', session: 't', revision: 'desk.acme.1', ttlSeconds: 60 }),
    ).rejects.toThrow(expect.objectContaining({ code: 'sessions/full' }));
  });
});
