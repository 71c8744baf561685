import { GreenticError } from '@greentic/core';
import type { RevocationCheck } from '@greentic/operator';
import { describe, expect, test } from 'vitest';
import { type WatchLine, watchRevocations } from './revocation-watch.ts';

const revoked = {
  name: 'acme.state.x',
  version: '1.0.0',
  slots: ['state'],
  revisions: [],
} as unknown as RevocationCheck['revoked'][number];
const nothing: RevocationCheck = { revoked: [], liftable: [], failed: [], changed: false, generation: 1 };

/** Watches for as many looks as there are answers, each a check's result or what it throws. */
async function watch(answers: readonly (RevocationCheck | Error)[]) {
  const stopping = new AbortController();
  const lines: WatchLine[] = [];
  const waited: number[] = [];
  let takenUp = 0;
  let look = 0;
  await watchRevocations(
    {
      check: async () => {
        const answer = answers[look++] ?? nothing;
        if (answer instanceof Error) throw answer;
        return answer;
      },
      takeUp: async () => {
        takenUp++;
      },
      log: (line) => lines.push(line),
      wait: async (ms) => {
        waited.push(ms);
        if (look >= answers.length) stopping.abort();
      },
    },
    1000,
    stopping.signal,
  );
  return { lines, waited, takenUp, looks: look };
}

describe('watching for revocations', () => {
  test('looks at once, and again after each wait, and takes up what is stored each time', async () => {
    expect(await watch([nothing, nothing, nothing])).toMatchObject({
      looks: 3,
      takenUp: 3,
      waited: [1000, 1000, 1000],
      lines: [],
    });
  });

  test('tells what was revoked once, when it becomes known', async () => {
    const known = { ...nothing, revoked: [revoked] };
    const { lines } = await watch([{ ...known, changed: true }, known]);
    expect(lines).toEqual([{ event: 'revoked', details: revoked }]);
  });

  test('tells which registry could not be asked, and takes up what is known all the same', async () => {
    const failure = { registry: 'main', error: new GreenticError('registry/unreachable').toData() };
    const { lines, takenUp } = await watch([{ ...nothing, failed: [failure] }]);
    expect(lines).toEqual([{ event: 'registry-unasked', details: failure }]);
    expect(takenUp).toBe(1);
  });

  test('goes on after a look that failed, and takes up what is stored all the same: overrides run out', async () => {
    const { lines, looks, takenUp } = await watch([new GreenticError('env/busy'), nothing]);
    expect(takenUp).toBe(2);
    expect(lines).toMatchObject([{ event: 'revocations-unchecked', details: { code: 'env/busy' } }]);
    expect(looks).toBe(2);
  });

  test('a failure that nobody foresaw is told without its cause', async () => {
    const { lines } = await watch([new TypeError('boom', { cause: 'secret' })]);
    expect(lines).toMatchObject([{ details: { code: 'internal/unforeseen' } }]);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  test('ends when the signal does, also in the middle of a wait', async () => {
    const stopping = new AbortController();
    let looks = 0;
    const watching = watchRevocations(
      {
        check: async () => {
          looks++;
          return nothing;
        },
        takeUp: async () => undefined,
        log: () => undefined,
        wait: (_, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new Error('aborted')));
            setImmediate(() => stopping.abort());
          }),
      },
      1000,
      stopping.signal,
    );
    await watching;
    expect(looks).toBe(1);
  });
});
