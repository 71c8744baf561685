import { describe, expect, test } from 'vitest';
import { Environment } from './environment.ts';
import { projectRuntimeConfig, RuntimeConfig } from './runtime-config.ts';

const at = '2026-01-01T00:00:00.000Z';
const digest = `sha256:${'a'.repeat(64)}`;
const bundle = { name: 'acme.bundle.desk', version: '1.0.0', digest };
const revision = (sequence: number, state: string, endpoint?: string) => ({
  id: `desk.acme.${sequence}`,
  deployment: 'desk.acme',
  sequence,
  bundle,
  state,
  stagedAt: at,
  ...(endpoint === undefined ? {} : { endpoint }),
});

const environment = Environment.parse({
  schema: 'greentic.environment/1',
  name: 'local',
  generation: 7,
  createdAt: at,
  listen: { host: '127.0.0.1', port: 0 },
  bindings: [],
  deployments: [
    { id: 'desk.acme', bundle: 'desk', customer: 'acme', route: {}, nextSequence: 6, createdAt: at },
    {
      id: 'desk.rival',
      bundle: 'desk',
      customer: 'rival',
      route: { hosts: ['rival.example.com'] },
      nextSequence: 1,
      createdAt: at,
    },
  ],
  revisions: [
    revision(1, 'ready', 'unix:/run/1'),
    revision(2, 'draining', 'unix:/run/2'),
    revision(3, 'staged'),
    revision(4, 'failed', 'unix:/run/4'),
    revision(5, 'archived', 'unix:/run/5'),
  ],
  splits: [
    {
      deployment: 'desk.acme',
      generation: 3,
      entries: [{ revision: 'desk.acme.1', weightBps: 10_000 }],
      updatedAt: at,
      updatedBy: 'me',
      history: [],
    },
  ],
});

describe('projectRuntimeConfig', () => {
  const config = projectRuntimeConfig(environment);

  test('gives a valid configuration of the environment’s generation', () => {
    expect(RuntimeConfig.parse(config)).toEqual(config);
    expect(config.generation).toBe(7);
  });

  test('only ready and draining revisions can answer', () => {
    expect(config.deployments[0]?.targets.map((target) => target.revision)).toEqual(['desk.acme.1', 'desk.acme.2']);
  });

  test('a deployment whose dial was never set is routed to nobody', () => {
    expect(config.deployments[1]).toMatchObject({ splitGeneration: 0, entries: [], targets: [], customer: 'rival' });
  });

  test('the same environment gives the same configuration', () => {
    expect(projectRuntimeConfig(structuredClone(environment))).toEqual(config);
  });
});
