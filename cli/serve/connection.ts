import { type EnvironmentName, isGreenticError, type Workers } from '@greentic/core';
import type { Runtime } from '@greentic/operator';
import { connectControl, controlPath } from '@greentic/runtime';
import * as z from 'zod';
import type { Session } from '../session.ts';
import type { ServedStatus } from './served-environment.ts';

/** The running half of an environment, from another process. Everything throws `runtime/unreachable` when there is none. */
export interface Connection extends Runtime {
  status(): Promise<ServedStatus>;
  readonly workers: Workers;
  stop(): Promise<void>;
}

const RouterFacts = z.looseObject({ router: z.custom<ServedStatus['router']>() });

/** Connects to whoever serves an environment; nothing is sent before something is asked. */
export function connectRuntime(session: Session, name: EnvironmentName): Connection {
  const control = connectControl(controlPath(session.folderOf(name)));
  return {
    workers: control.workers,
    witness: (order) => control.witness(order),
    stop: () => control.stop(),
    // The router's counts come from our own process of the same version; they are shown, never acted on.
    status: async () => {
      const status = await control.status();
      return { ...status, router: RouterFacts.parse(status).router };
    },
    assertReachable: async () => {
      await control.status();
    },
    reload: async (generation) => {
      await control.reload({ generation });
    },
  };
}

/**
 * Lets a running environment take up what was just stored; one that does not run takes it up when it starts. Throws
 * `runtime/not-acknowledged` when it runs and does not.
 */
export async function reloadIfRunning(session: Session, name: EnvironmentName, generation: number): Promise<void> {
  try {
    await connectRuntime(session, name).reload(generation);
  } catch (error) {
    if (!isGreenticError(error, 'runtime/unreachable')) throw error;
  }
}
