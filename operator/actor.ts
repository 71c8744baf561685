import os from 'node:os';
import { GreenticError } from '@greentic/core';
import * as z from 'zod';

/** Who changes an environment. The name is for the record; rights come from the policy. */
export const Actor = z.strictObject({ kind: z.literal('local-user'), name: z.string().min(1).max(128) });
export type Actor = z.infer<typeof Actor>;

/** What somebody is about to do. */
export interface Intent {
  readonly actor: Actor;
  readonly environment: string;
  readonly verb: string;
  readonly target: string;
}

/** The policy: returns when the intent is allowed, throws `permission/denied` when it is not. */
export type Authorise = (intent: Intent) => void;

/** The user this process runs as. */
export function localActor(): Actor {
  try {
    return { kind: 'local-user', name: os.userInfo().username.slice(0, 128) || 'unnamed' };
  } catch {
    // A container may run as a user id that has no name.
    return { kind: 'local-user', name: `uid-${process.getuid?.() ?? 'unknown'}` };
  }
}

/**
 * The policy of a store on one's own disk: the named local user may do everything, because the folder's mode (0700)
 * already keeps everybody else out; any other actor is refused.
 */
export function onlyActor(owner: Actor): Authorise {
  return ({ actor, verb, environment }) => {
    if (actor.kind === owner.kind && actor.name === owner.name) return;
    throw new GreenticError('permission/denied', `${actor.name} may not do ${verb} in ${environment}.`, {
      hint: `Ask ${owner.name}, who owns the environment.`,
    });
  };
}
