// A process of its own that changes an environment: arguments are the root, the mode and a number.

import { onlyActor, openFileStore } from '../index.ts';
import { acquireLock } from '../store/environment-lock.ts';
import { environmentFolder } from '../store/file-store.ts';
import { ENVIRONMENT } from './sample.ts';

const [root = '', mode = '', count = '1'] = process.argv.slice(2);
const actor = { kind: 'local-user', name: 'ada' } as const;
const store = openFileStore({ root, actor, authorise: onlyActor(actor), now: () => new Date(), lockTimeoutMs: 20_000 });

const change = (ifGeneration?: number) =>
  store.mutate(ENVIRONMENT, {
    verb: 'sample.count',
    target: 'count',
    input: process.pid,
    ...(ifGeneration === undefined ? {} : { ifGeneration }),
    decide: ({ environment }) => {
      const next = Number(environment['count'] ?? 0) + 1;
      return { environment: { ...environment, count: next }, result: next };
    },
  });

if (mode === 'count') {
  for (let i = 0; i < Number(count); i++) process.stdout.write(`${(await change()).result}\n`);
} else if (mode === 'compare') {
  await change(Number(count)).then(
    () => process.stdout.write('won\n'),
    (error: { code?: string }) => process.stdout.write(`${error.code}\n`),
  );
} else if (mode === 'hold') {
  await acquireLock(`${environmentFolder(root, ENVIRONMENT)}/lock.sqlite`, { timeoutMs: 20_000, random: Math.random });
  process.stdout.write('held\n');
  setInterval(() => undefined, 60_000);
}
