import { once } from 'node:events';
import { GreenticError } from '@greentic/core';
import * as registry from '@greentic/registry/server';
import type { Invocation } from '../commands/command.ts';
import { readInput } from '../input-file.ts';
import { readOnlineKey } from '../signing-key.ts';

const DRAIN_MS = 10_000;
const PEM_MAX_BYTES = 2 ** 20;

interface ServeOptions {
  readonly listen: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly publicRead?: boolean;
  readonly onlineKey?: string;
}

/** `registry serve`: one line of JSON on stdout for each event, so that a log collector reads them; ends on SIGINT or SIGTERM. */
export async function serve({ session, args: [folder = ''], options }: Invocation<ServeOptions>): Promise<void> {
  const stopping = new AbortController();
  const server = await registry.RegistryServer.start({
    folder,
    ...parseListen(options.listen),
    tls: await readTls(options),
    onlineKeys: options.onlineKey === undefined ? undefined : await readOnlineKey(options.onlineKey),
    publicRead: options.publicRead === true,
    now: session.now,
    log: print,
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  const said = (event: string) => print({ event, at: session.now().toISOString(), url: server.url, pid: process.pid });
  said('serving');
  if (!stopping.signal.aborted) await once(stopping.signal, 'abort');
  said('stopping');
  await server.close(DRAIN_MS);
  said('stopped');
}

/** `<address>:<port>`, or `[<address>]:<port>`. Throws `input/invalid`. */
function parseListen(text: string): { host: string; port: number } {
  const [, v6, v4, port = ''] = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = v6 ?? v4;
  if (host === undefined || Number(port) > 65_535)
    throw new GreenticError('input/invalid', `${text} is no address and port.`, {
      hint: 'Write --listen 127.0.0.1:5000 or --listen [::1]:5000.',
    });
  return { host, port: Number(port) };
}

async function readTls({ tlsCert, tlsKey }: ServeOptions): Promise<{ cert: Buffer; key: Buffer } | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined)
    throw new GreenticError('input/invalid', '--tls-cert and --tls-key go together.');
  const read = async (file: string) => await readInput(file, { what: 'The PEM file', maxBytes: PEM_MAX_BYTES });
  return { cert: await read(tlsCert), key: await read(tlsKey) };
}

function print(event: registry.LogEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** `registry catalogue` */
export async function catalogue({ session, args: [folder = ''], options }: Invocation<{ out: string }>): Promise<void> {
  const { files, omitted } = await registry.writeCatalogue(folder, { out: options.out, now: session.now() });
  const left = omitted.map(({ name, error: { code, message } }) => ({ name, code, message }));
  for (const { name, message } of left) session.output.progress(`left out ${name}: ${message}`);
  session.output.result(
    { out: options.out, files: files.size, omitted: left },
    () => `Wrote ${files.size} files to ${options.out}: open index.html.`,
  );
}

interface AddOptions {
  readonly namespace?: readonly string[];
  readonly admin?: boolean;
  readonly read?: boolean;
}

/** `registry account add` */
export async function addAccount({
  session,
  args: [folder = '', name = ''],
  options,
}: Invocation<AddOptions>): Promise<void> {
  const { namespace: namespaces = [], admin = false, read = false } = options;
  const roles = [namespaces.length > 0, admin, read].filter(Boolean).length;
  if (roles !== 1)
    throw new GreenticError(
      'input/conflicting-options',
      'An account is for namespaces, for all of them, or for reading.',
      {
        hint: 'Give one of --namespace, --admin and --read.',
      },
    );
  const role = admin ? 'admin' : read ? 'reader' : 'owner';
  const token = await registry.addAccount(folder, { name, role, namespaces: [...namespaces], now: session.now() });
  session.output.result(
    { name, role, namespaces, token },
    () => `Account ${name}, ${role}. Its token, shown once:\n${token}`,
  );
}

/** `registry account list` */
export async function listAccounts({ session, args: [folder = ''] }: Invocation<object>): Promise<void> {
  session.output.result(await registry.listAccounts(folder), (accounts) => ({
    head: ['account', 'role', 'namespaces', 'created'],
    rows: accounts.map(({ name, role, namespaces, created }) => [name, role, namespaces.join(' '), created]),
  }));
}

/** `registry account remove` */
export async function removeAccount({ session, args: [folder = '', name = ''] }: Invocation<object>): Promise<void> {
  await registry.removeAccount(folder, name);
  session.output.result({ name }, () => `Account ${name} is gone.`);
}
