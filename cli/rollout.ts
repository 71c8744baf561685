import { setTimeout as wait } from 'node:timers/promises';
import type { BrokerPorts, EnvironmentName, ErrorCode, LogLine, Slot } from '@greentic/core';
import { EnvironmentPacks, type RolloutPorts } from '@greentic/operator';
import { connectRuntime } from './serve/connection.ts';
import type { Session } from './session.ts';

/** Opens an environment's packs for one command, and closes them after it. */
export async function withPacks<T>(
  session: Session,
  name: EnvironmentName,
  use: (packs: EnvironmentPacks) => Promise<T>,
): Promise<T> {
  const packs = new EnvironmentPacks(await session.store.read(name), {
    cacheOf: session.cacheOf,
    now: session.now,
    onRefused: (slot, code) => recordRefusal(session, name, slot, code),
    brokerPorts: (): BrokerPorts => ({
      dataDir: session.dataOf(name),
      log: (line) => logOf(session, line),
      workers: connectRuntime(session, name).workers,
      secrets: async (secret) => {
        const { value } = await (await packs.client('secrets')).get({ tenant: '_env', name: secret });
        return Buffer.from(value, 'base64');
      },
    }),
  });
  try {
    return await use(packs);
  } finally {
    await packs.close();
  }
}

/** Rolls out in an environment: its deployer is opened when a step asks for it, and closed after the last. */
export async function withRollout<T>(
  session: Session,
  name: EnvironmentName,
  use: (ports: RolloutPorts) => Promise<T>,
): Promise<T> {
  return await withPacks(session, name, (packs) =>
    use({
      environment: name,
      store: session.store,
      runtime: connectRuntime(session, name),
      deployer: () => packs.client('deployer'),
      now: session.now,
      wait: async (ms) => {
        await wait(ms);
      },
      onProgress: (step) => session.output.progress(step),
    }),
  );
}

/** Records that the pack of a slot was not opened; nothing else changes. */
export async function recordRefusal(
  session: Session,
  name: EnvironmentName,
  slot: Slot,
  code: ErrorCode,
): Promise<void> {
  await session.store.record(name, { verb: 'env-packs.open', target: slot, code });
}

function logOf(session: Session, { level, pack, message }: LogLine): void {
  if (level === 'warn' || level === 'error') session.output.progress(`${pack}: ${message}`);
}
