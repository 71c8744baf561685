import { createReadStream } from 'node:fs';
import { decode, GreenticError, isGreenticError, Label, type Secrets } from '@greentic/core';
import type { Invocation } from '../commands/command.ts';
import { withPacks } from '../rollout.ts';
import { environmentName, type Session } from '../session.ts';

interface OwnerOptions {
  readonly customer?: string;
}

const MAX_BYTES = 64 * 1024;

/** A customer's label, or what stands for the environment itself. */
function tenantOf({ customer }: OwnerOptions): string {
  return customer === undefined ? '_env' : decode(Label, customer, 'input/invalid', 'The customer');
}

async function withSecrets<T>(session: Session, text: string, use: (secrets: Secrets) => Promise<T>): Promise<T> {
  return await withPacks(session, environmentName(text), async (packs) => await use(await packs.client('secrets')));
}

/** `op secrets put` */
export async function put({
  session,
  args: [text = '', name = ''],
  options,
}: Invocation<OwnerOptions & { from?: string }>): Promise<void> {
  const tenant = tenantOf(options);
  const environment = environmentName(text);
  const bytes = await readValue(options.from);
  const { version } = await withSecrets(session, text, (secrets) =>
    secrets.put({ tenant, name, value: bytes.toString('base64') }),
  );
  await session.store.mutate(environment, {
    verb: 'secrets.put',
    target: `${tenant}/${name}`,
    input: { tenant, name, version },
    decide: (snapshot) => ({ environment: snapshot.environment, result: { version } }),
  });
  session.output.result({ tenant, name, version }, () => `Secret ${name} is stored as version ${version}.`);
}

/** The value, from a file or from standard input; no more is read than a secret may have. */
async function readValue(file: string | undefined): Promise<Buffer> {
  const source: AsyncIterable<Buffer> = file === undefined ? process.stdin : createReadStream(file);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of source) {
      bytes += chunk.byteLength;
      if (bytes > MAX_BYTES) throw new GreenticError('secret/too-large');
      chunks.push(chunk);
    }
  } catch (error) {
    if (isGreenticError(error)) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new GreenticError('input/invalid', `The value cannot be read from ${file ?? 'standard input'} (${code}).`);
  }
  if (bytes === 0)
    throw new GreenticError('input/invalid', `${file ?? 'Standard input'} holds nothing: a secret has a value.`, {
      hint: 'Write the value to standard input, or name its file: --from.',
    });
  return Buffer.concat(chunks);
}

/** `op secrets get` */
export async function get({
  session,
  args: [text = '', name = ''],
  options,
}: Invocation<OwnerOptions & { reveal?: boolean }>): Promise<void> {
  const tenant = tenantOf(options);
  const { value, version } = await withSecrets(session, text, (secrets) => secrets.get({ tenant, name }));
  if (options.reveal !== true) {
    session.output.result(
      { tenant, name, version },
      () => `Secret ${name} is there, in version ${version}. --reveal prints it.`,
    );
    return;
  }
  session.output.result({ tenant, name, version, value }, () => Buffer.from(value, 'base64').toString());
}

/** `op secrets list` */
export async function list({ session, args: [text = ''], options }: Invocation<OwnerOptions>): Promise<void> {
  const tenant = tenantOf(options);
  const names = await withSecrets(session, text, async (secrets) => {
    const all: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await secrets.list({ tenant, limit: 500, ...(after === undefined ? {} : { after }) });
      all.push(...page.names);
      if (page.next === null) return all;
      after = page.next;
    }
  });
  session.output.result(names, (all) => ({ head: ['secret'], rows: all.map((name) => [name]) }));
}
