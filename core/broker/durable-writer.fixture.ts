import { openKv } from './kv.ts';
import { openSeal } from './seal.ts';

// A process of its own for tests about several of them: `count` raises a counter so many times, `fill` writes until it is
// killed, `seal` opens the seal of a file as soon as it is told. What it did, it says on stdout, a line each.

const [task = '', file = '', amount = '0'] = process.argv.slice(2);

const say = (text: string) => process.stdout.write(`${text}\n`);

async function count(): Promise<void> {
  const kv = openKv(file, 1e6);
  for (let done = 0; done < Number(amount); ) {
    const entry = await kv.get('counter');
    const checks = [{ key: 'counter', version: entry?.version ?? 0 }];
    const writes = [{ key: 'counter', value: String(Number(entry?.value ?? 0) + 1) }];
    const outcome = await kv.commit({ checks, writes }).catch((error: { code?: string }) => {
      if (error.code !== 'kv/conflict') throw error;
    });
    if (outcome !== undefined) done++;
  }
  kv.close();
  say('done');
}

async function fill(): Promise<void> {
  const kv = openKv(file, 1e9);
  for (let n = 1; ; n++) {
    // Both or none: whoever reads later can tell a half commit by one that lacks its twin.
    const writes = ['left', 'right'].map((side) => ({ key: `${side}/${n}`, value: 'x'.repeat(200) }));
    await kv.commit({ writes });
    say(String(n));
  }
}

async function seal(): Promise<void> {
  say('waiting');
  await new Promise((resolve) => process.stdin.once('data', resolve));
  const { sealed } = await openSeal(file, 'identity').wrap({ plain: 'YQ==', context: 'c' });
  say(sealed);
}

const tasks: Record<string, () => Promise<void>> = { count, fill, seal };
await tasks[task]?.();
process.exit(0);
