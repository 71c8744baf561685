import {
  ArtifactName,
  type EnvironmentName,
  GreenticError,
  grantAll,
  isGreenticError,
  kindOf,
  toGreenticError,
} from '@greentic/core';
import { addPack, createEnvironment, type InstallPorts } from '@greentic/operator';
import { assertSuccession, type SignedTrustRoot } from '@greentic/registry';
import type { Invocation } from '../commands/command.ts';
import { type FirstOptions, firstRoot } from '../first-trust-root.ts';
import { MAX_PORT, parseWhole } from '../reference.ts';
import { connectRuntime } from '../serve/connection.ts';
import { environmentName, type Session } from '../session.ts';
import { nextTrustRoot, putInForce } from '../trust-succession.ts';

/** The packs of a new `local` environment; installed by name, as anybody's. */
const DEFAULT_PACKS = [
  'greentic.secrets.file',
  'greentic.state.sqlite',
  'greentic.sessions.memory',
  'greentic.telemetry.stdout',
  'greentic.deployer.local-process',
].map((name) => ArtifactName.parse(name));

interface CreateOptions extends FirstOptions {
  /** Key files of owners who sign here and now. */
  readonly key?: readonly string[];
  readonly port?: string;
  readonly packs: boolean;
}

/** `op env create` */
export async function create({ session, args: [text = ''], options }: Invocation<CreateOptions>): Promise<void> {
  const name = environmentName(text);
  const { store, output } = session;
  const port = options.port === undefined ? 8080 : parseWhole(options.port, '--port', MAX_PORT);
  const named = options.trust ?? options.owner ?? options.approver ?? options.policy;
  const first = named === undefined ? undefined : await signedFirst(session, name, options);
  const listen = { host: '127.0.0.1', port };
  await store.create(name, {
    verb: 'env.create',
    target: name,
    input: { listen },
    decide: (at) => createEnvironment({ name, listen }, at),
  });
  output.progress(`created ${name}`);
  const packs: string[] = [];
  if (first !== undefined) {
    await putInForce(session, name, first, 'trust-root.set');
    output.progress('pinned the trust root');
    if (name === 'local' && options.packs) packs.push(...(await bindDefaults(session)));
  }
  output.result(
    { environment: name, packs },
    () => `Environment ${name} is there${packs.length === 0 ? '' : `, with ${packs.length} packs`}.`,
  );
}

/** The first trust root, refused before there is an environment that nobody could finish. */
async function signedFirst(session: Session, name: EnvironmentName, options: CreateOptions): Promise<SignedTrustRoot> {
  const root = await firstRoot(session, name, options);
  const signed = await nextTrustRoot(
    session,
    undefined,
    () => root,
    options.key === undefined ? {} : { key: options.key },
  );
  assertSuccession({ ...signed, environment: name, former: undefined, now: session.now() });
  return signed;
}

async function bindDefaults(session: Session): Promise<string[]> {
  const bound: string[] = [];
  for (const pack of DEFAULT_PACKS) {
    const slot = kindOf(pack);
    if (slot === 'bundle') continue;
    try {
      const wish = { name: pack, range: '*', slot, grant: grantAll, answers: () => ({}) };
      await addPack(installPorts(session), environmentName('local'), wish);
    } catch (error) {
      const missing = DEFAULT_PACKS.filter((each) => !bound.includes(each)).join(', ');
      const { code, message, hint, cause, details } = toGreenticError(error);
      const rest = `local is there and lacks ${missing}: add each with gtc op env-packs add local <name>.`;
      throw new GreenticError(code, message, { hint: `${hint} ${rest}`, cause, ...(details && { details }) });
    }
    session.output.progress(`bound ${pack}`);
    bound.push(pack);
  }
  return bound;
}

/** What installing into an environment of this session works with. */
export function installPorts(session: Session): InstallPorts {
  return {
    store: session.store,
    cacheOf: session.cacheOf,
    now: session.now,
    events: {
      onFetch: ({ name, version, bytes, evidence }) =>
        session.output.progress(`verified ${name}@${version}: ${bytes} bytes, ${evidence} statements`),
    },
  };
}

/** `op env list` */
export async function list({ session }: Invocation<object>): Promise<void> {
  const rows = (await session.store.list()).map((listed) => {
    if ('error' in listed) return { name: listed.name, error: listed.error };
    const { environment, trustRoot } = listed.snapshot;
    const { generation, bindings, deployments } = environment;
    return {
      name: listed.name,
      class: trustRoot?.class ?? null,
      generation,
      packs: bindings.length,
      deployments: deployments.length,
    };
  });
  session.output.result(rows, (all) => ({
    head: ['environment', 'class', 'generation', 'packs', 'deployments'],
    rows: all.map((row) =>
      'error' in row
        ? [row.name, row.error.code, '', '', '']
        : [row.name, row.class ?? 'no trust root', `${row.generation}`, `${row.packs}`, `${row.deployments}`],
    ),
  }));
}

/** `op env show` */
export async function show({ session, args: [text = ''] }: Invocation<object>): Promise<void> {
  const name = environmentName(text);
  const { environment, trustRoot } = await session.store.read(name);
  const running = await connectRuntime(session, name)
    .status()
    .catch((error: unknown) => {
      if (isGreenticError(error, 'runtime/unreachable')) return null;
      throw error;
    });
  const result = {
    environment,
    trustRoot: trustRoot === undefined ? null : { version: trustRoot.version, class: trustRoot.class },
    running,
  };
  session.output.result(result, () => JSON.stringify(result, null, 2));
}
