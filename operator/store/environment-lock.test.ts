import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryRoot } from '../testing/temporary-store.ts';
import { acquireLock } from './environment-lock.ts';

const lockFile = async () => path.join(await temporaryRoot(), 'lock.sqlite');
const take = (file: string, timeoutMs = 10_000) => acquireLock(file, { timeoutMs, random: Math.random });

describe('the lock', () => {
  test('is held by one caller of a process at a time, and each gets it in the end', async () => {
    const file = await lockFile();
    let holders = 0;
    const seen: number[] = [];
    await Promise.all(
      Array.from({ length: 30 }, async () => {
        const lock = await take(file);
        seen.push(++holders);
        await new Promise(setImmediate);
        holders--;
        lock.release();
      }),
    );
    expect(seen).toEqual(Array(30).fill(1));
  });

  test('that stays taken is refused with env/busy, not before the time given', async () => {
    const file = await lockFile();
    const lock = await take(file);
    const begun = performance.now();
    await expect(take(file, 60)).rejects.toMatchObject({ code: 'env/busy' });
    expect(performance.now() - begun).toBeGreaterThanOrEqual(59);
    lock.release();
    (await take(file, 0)).release();
  });

  test('in a folder that does not exist is refused with env/unwritable', async () => {
    await expect(take(path.join(await temporaryRoot(), 'absent', 'lock.sqlite'))).rejects.toMatchObject({
      code: 'env/unwritable',
    });
  });

  test('in a file that is no database is refused with env/unwritable', async () => {
    const file = await lockFile();
    await writeFile(file, 'x'.repeat(4096));
    await expect(take(file)).rejects.toMatchObject({ code: 'env/unwritable' });
  });
});
