import { decode, Environment, type EnvironmentName } from '@greentic/core';
import type { Decision } from '../decision.ts';

/** What an environment starts with. */
export interface CreateEnvironment {
  readonly name: EnvironmentName;
  /** Where `gtc serve` listens; port 8080 of this machine only, unless told. */
  readonly listen?: { readonly host: string; readonly port: number };
}

/** An empty environment: no trust root, so it believes nobody, and nothing bound or deployed. Throws `input/invalid`. */
export function createEnvironment(
  { name, listen = { host: '127.0.0.1', port: 8080 } }: CreateEnvironment,
  now: Date,
): Decision<{ name: string }> {
  const environment = decode(
    Environment,
    {
      schema: 'greentic.environment/1',
      name,
      generation: 1,
      createdAt: now.toISOString(),
      listen,
      bindings: [],
      deployments: [],
      revisions: [],
      splits: [],
    },
    'input/invalid',
    'The environment',
  );
  return { environment, result: { name } };
}
