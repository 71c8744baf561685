import { describe, expect, test } from 'vitest';
import { LEVELS, Policy } from './policy.ts';

const full = {
  namespaces: ['acme', 'greentic'],
  channels: ['1.2/stable', 'latest/edge'],
  minimumLevel: 'extended',
  requiredEvidence: { publish: 2, conformance: 1, provenance: 1, sbom: 1, approval: 64 },
  coolDown: 72,
  noDowngrade: true,
  maxAge: 9000,
};

describe('a policy', () => {
  test('may ask for nothing, for any one thing, or for all', () => {
    for (const policy of [{}, full, ...Object.entries(full).map(([name, value]) => ({ [name]: value }))])
      expect(Policy.parse(policy)).toEqual(policy);
  });

  test('that lists no namespace admits none: an empty list is not a missing one', () => {
    expect(Policy.parse({ namespaces: [] })).toEqual({ namespaces: [] });
  });

  test.each(Object.keys(full))('has %s or has it not: undefined is no value', (name) => {
    expect(Policy.safeParse({ [name]: undefined }).success).toBe(false);
    expect(Policy.safeParse({ [name]: null }).success).toBe(false);
  });

  test.each<[what: string, policy: Record<string, unknown>]>([
    ['a field nobody knows', { allow: 'all' }],
    ['a field in another spelling', { cooldown: 72 }],
    ['a namespace that is a pattern', { namespaces: ['*'] }],
    ['a namespace that is a name', { namespaces: ['acme.state.memory'] }],
    ['a namespace in capitals', { namespaces: ['Acme'] }],
    ['257 namespaces', { namespaces: Array(257).fill('acme') }],
    ['a channel without its risk', { channels: ['latest'] }],
    ['a channel without its track', { channels: ['/stable'] }],
    ['a channel of three parts', { channels: ['a/b/stable'] }],
    ['a channel with a line break', { channels: ['latest/stable\n'] }],
    ['65 channels', { channels: Array(65).fill('latest/stable') }],
    ['a level nobody knows', { minimumLevel: 'total' }],
    ['several levels', { minimumLevel: [...LEVELS] }],
    ['no signer where it asks for some', { requiredEvidence: { sbom: 0 } }],
    ['65 signers', { requiredEvidence: { sbom: 65 } }],
    ['half a signer', { requiredEvidence: { sbom: 1.5 } }],
    ['evidence nobody knows', { requiredEvidence: { opinion: 1 } }],
    ['no hours of cool-down', { coolDown: 0 }],
    ['hours in a text', { coolDown: '72' }],
    ['more than a year of hours', { maxAge: 9001 }],
    ['a downgrade in words', { noDowngrade: 'yes' }],
  ])('with %s is refused', (_, policy) => {
    expect(Policy.safeParse(policy).success).toBe(false);
  });
});

test('each level comes after those it includes', () => {
  expect(LEVELS).toEqual(['core', 'extended', 'adversarial']);
});
