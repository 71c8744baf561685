import { networkInterfaces } from 'node:os';
import { Desk } from './desk.ts';
import { eventually } from './eventually.ts';
import { gtc } from './gtc.ts';
import { BUNDLE } from './published-registry.ts';
import { serve } from './serving.ts';

/** What became of a rollout on a machine that knows only itself. */
export interface AirGapped {
  /** Addresses of the machine other than those it has for itself. */
  readonly outside: readonly string[];
  /** The slots whose pack was installed. */
  readonly slots: readonly string[];
  /** The subject of a ticket, as the rolled out bundle gave it back. */
  readonly subject: string;
  /** Whether the bundle signed with its secret. */
  readonly signed: boolean;
}

const SECRET = 'a key for signing webhooks';

/** Creates an environment from a trust file, starts its packs, and rolls the sample bundle out. */
async function rollOut(root: string, trustFile: string): Promise<AirGapped> {
  const op = <T>(args: readonly string[], input?: string) => gtc<T>(['op', ...args, '--root', root], input);
  await op(['env', 'create', 'local', '--trust', trustFile, '--port', '0']);
  const packs = await op<{ slot: string; pack: object | null }[]>(['env-packs', 'list', 'local']);
  await op(['secrets', 'put', 'local', 'webhook-key', '--customer', 'acme'], SECRET);
  await using serving = await serve(root);
  await op(['deploy', 'local', `${BUNDLE}@1.0.0`, '--customer', 'acme']);
  const desk = new Desk(serving.url);
  const number = await eventually(() => desk.file('no network').catch(() => undefined));
  return {
    outside: Object.values(networkInterfaces()).flatMap((all) =>
      (all ?? []).filter(({ internal }) => !internal).map(({ address }) => address),
    ),
    slots: packs.filter(({ pack }) => pack !== null).map(({ slot }) => slot),
    subject: await desk.subjectOf(number),
    signed: await desk.signsWith(SECRET, number),
  };
}

const [root = '', trustFile = ''] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await rollOut(root, trustFile))}\n`);
