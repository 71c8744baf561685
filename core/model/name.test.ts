import { describe, expect, test } from 'vitest';
import {
  ArtifactName,
  DeploymentId,
  EnvironmentName,
  Instant,
  kindOf,
  namespaceOf,
  RevisionId,
  Version,
} from './name.ts';

const accepts = (schema: { safeParse(value: unknown): { success: boolean } }, values: string[]) =>
  values.filter((value) => !schema.safeParse(value).success);
const refuses = (schema: { safeParse(value: unknown): { success: boolean } }, values: string[]) =>
  values.filter((value) => schema.safeParse(value).success);

describe('names', () => {
  test('an environment’s name is safe as a folder, a host and a Kubernetes name', () => {
    expect(accepts(EnvironmentName, ['local', 'zain-prod', 'a', 'e2e', 'x'.repeat(40)])).toEqual([]);
    const bad = ['', '.', '..', 'A', 'Local', 'a_b', 'a--b', '-a', 'a-', '1a', 'a/b', 'a\\b', 'a:b', 'é', 'a b', 'a\n'];
    expect(refuses(EnvironmentName, [...bad, 'con', 'nul', 'com1', 'lpt9', 'x'.repeat(41)])).toEqual([]);
  });

  test('an artifact’s name says its namespace and its slot', () => {
    const name = ArtifactName.parse('acme.secrets.vault-kv');
    expect([namespaceOf(name), kindOf(name)]).toEqual(['acme', 'secrets']);
    expect(kindOf(ArtifactName.parse('acme.bundle.desk'))).toBe('bundle');
    expect(
      refuses(ArtifactName, ['acme.vault', 'acme.database.x', 'Acme.secrets.x', 'acme.secrets.x.y', 'acme.secrets.']),
    ).toEqual([]);
  });

  test('a version is exact and has no build metadata', () => {
    expect(accepts(Version, ['0.1.0', '1.2.3', '1.0.0-beta.1', '10.20.30-rc-1.x7'])).toEqual([]);
    expect(
      refuses(Version, ['1', '1.2', 'v1.2.3', '1.2.3+b', '01.2.3', '1.2.3-01', '^1.2.3', '1.2.3\n', 'latest']),
    ).toEqual([]);
  });

  test('ids of deployments and revisions are built of labels, so they cannot climb or collide', () => {
    expect(accepts(DeploymentId, ['support-desk.acme'])).toEqual([]);
    expect(refuses(DeploymentId, ['support-desk', 'a.b.c', '../a.b', 'a.b\0'])).toEqual([]);
    expect(accepts(RevisionId, ['support-desk.acme.1', 'a.b.9999999999'])).toEqual([]);
    expect(refuses(RevisionId, ['a.b', 'a.b.0', 'a.b.01', 'a.b.-1', 'a.b.1e3', 'a.b.c.1'])).toEqual([]);
  });

  test('an instant is UTC with milliseconds, so that equal instants are equal texts', () => {
    expect(accepts(Instant, ['2026-01-02T03:04:05.678Z'])).toEqual([]);
    expect(refuses(Instant, ['2026-01-02', '2026-01-02T03:04:05Z', '2026-01-02T03:04:05.678+01:00'])).toEqual([]);
  });
});
