import type { BuiltArtifact } from '@greentic/registry';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runPlain } from '../testing/gtc.ts';
import type { PublishedRegistry } from '../testing/published-registry.ts';
import { Site } from '../testing/site.ts';

let site: Site;

beforeAll(async () => {
  site = await Site.create();
}, 60_000);

afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

/** A pack that nobody has published yet: the telemetry pack under another name. */
async function another(name: string): Promise<BuiltArtifact> {
  return await site.registry.variant('telemetry/stdout', { name });
}

const add = (name: string, ...options: string[]) =>
  site.op(['env-packs', 'add', 'local', name, '--replace', ...options]);
const sequence = async () => (await site.audit()).at(-1)?.sequence ?? 0;

describe('a pack whose proof does not hold', () => {
  type Evidence = (registry: PublishedRegistry, pack: BuiltArtifact, other: BuiltArtifact) => string[];
  const CASES: [label: string, what: string, code: string, evidence: Evidence][] = [
    ['unsigned', 'that nobody signed', 'trust/threshold', (r, pack) => [r.report(pack)]],
    [
      'stranger',
      'that a stranger signed',
      'trust/threshold',
      (r, pack) => [r.publication(pack, { key: r.keys.stranger }), r.report(pack)],
    ],
    ['unproven', 'without a report', 'trust/conformance-missing', (r, pack) => [r.publication(pack)]],
    [
      'self-proven',
      'with a report that its publisher signed itself',
      'trust/conformance-missing',
      (r, pack) => [r.publication(pack), r.report(pack, { key: r.keys.publisher })],
    ],
    [
      'failed',
      'with a report that says it failed',
      'trust/conformance-failed',
      (r, pack) => [r.publication(pack), r.report(pack, { passed: false })],
    ],
    [
      'borrowed',
      'with the report of other bytes under its own name',
      'trust/conformance-failed',
      (r, pack, other) => [r.publication(pack), r.report(pack, { about: other })],
    ],
    [
      'contradicted',
      'with a good report and one that says it failed',
      'trust/conformance-failed',
      (r, pack) => [r.publication(pack), r.report(pack), r.report(pack, { passed: false })],
    ],
  ];

  test.each(CASES)('%s: a pack %s is refused with %s, and nothing changes but the record', async (...row) => {
    const [label, , code, evidence] = row;
    const name = `example.telemetry.${label}`;
    const pack = await another(name);
    await site.registry.publish(pack, evidence(site.registry, pack, await another('example.telemetry.lender')));
    const [before, last] = [await site.files(), await sequence()];
    expect(await add(name, '--grant', 'all')).toMatchObject({ exit: 3, stdout: '', error: { code } });
    expect(await site.files()).toEqual(before);
    const [event, ...more] = await site.audit(last);
    expect(more).toEqual([]);
    expect(event).toMatchObject({ verb: 'env-packs.add', target: name, outcome: 'refused', code });
    expect(event?.decision).toMatchObject({ schema: 'greentic.decision/1', verdict: 'refused' });
  });

  test('a report for other bytes cannot even be published with a pack', async () => {
    const [pack, other] = [await another('example.telemetry.one'), await another('example.telemetry.other')];
    const { registry } = site;
    const evidence = [registry.publication(pack), registry.report(other)];
    await expect(registry.publish(pack, evidence)).rejects.toMatchObject({ code: 'trust/statement-mismatch' });
    expect(await add(pack.name, '--grant', 'all')).toMatchObject({ exit: 4, error: { code: 'pack/not-found' } });
  });

  test('a pack of a namespace nobody is trusted for is not found, and changes nothing', async () => {
    const before = await site.files();
    expect(await add('acme.telemetry.any', '--grant', 'all')).toMatchObject({ exit: 4, stdout: '' });
    expect(await site.files()).toEqual(before);
  });
});

describe('consent', () => {
  const NAME = 'greentic.secrets.file';

  test('without --grant the missing permissions are listed, and nothing changes', async () => {
    const before = await site.files();
    const refused = await add(NAME);
    expect(refused).toMatchObject({ exit: 3, stdout: '', error: { code: 'permission/consent-required' } });
    expect(refused.error?.message).toContain('kv:secrets');
    expect(refused.error?.message).toContain('seal:master');
    expect(refused.error?.hint).toContain('--grant');
    expect(await site.files()).toEqual(before);
  });

  test('with one of two permissions granted, the other one is missing', async () => {
    const refused = await add(NAME, '--grant', 'kv:secrets');
    expect(refused).toMatchObject({ exit: 3, error: { code: 'permission/consent-required' } });
    expect(refused.error?.message).toContain('seal:master');
    expect(refused.error?.message).not.toContain('kv:secrets');
  });

  test('a grant the pack does not ask for is refused', async () => {
    expect(await add(NAME, '--grant', 'workers')).toMatchObject({
      exit: 3,
      error: { code: 'permission/exceeds-request' },
    });
  });

  test('with each permission granted by name the pack is bound', async () => {
    const bound = await add(NAME, '--grant', 'kv:secrets', '--grant', 'seal:master');
    expect(bound).toMatchObject({ exit: 0, result: { slot: 'secrets', verdict: 'admitted' } });
  });

  test('a slot that is taken is not taken over without being told so', async () => {
    const before = await site.files();
    const refused = await site.op(['env-packs', 'add', 'local', NAME, '--grant', 'all']);
    expect(refused).toMatchObject({ exit: 5, error: { code: 'env/slot-taken' } });
    expect(await site.files()).toEqual(before);
  });
});

describe('why a pack was admitted', () => {
  test('is a decision document in which every rule passed', async () => {
    const decision = await site.gtc<{ rules: { verdict: string; id: string; looked: string }[] }>([
      ...['env-packs', 'why', 'local', 'secrets'],
    ]);
    expect(decision).toMatchObject({
      schema: 'greentic.decision/1',
      verdict: 'admitted',
      artifact: { name: 'greentic.secrets.file', version: '1.0.0' },
    });
    expect(decision.rules.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['trust-root/fresh', 'index/fresh', 'publisher/threshold', 'conformance/report']),
    );
    expect(new Set(decision.rules.map(({ verdict }) => verdict))).toEqual(new Set(['pass']));
  });

  test('is told to people rule by rule, with the identity and the trust root', async () => {
    const { exit, stdout } = await runPlain(['op', 'env-packs', 'why', 'local', 'secrets', '--root', site.root]);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^greentic\.secrets\.file 1\.0\.0 was admitted on 2\d{3}-/);
    expect(stdout).toMatch(/sha256:[0-9a-f]{64}/);
    expect(stdout).toContain('under trust root 1');
    expect(stdout).toMatch(/✓ publisher\/threshold +1 of 1 needed/);
    expect(stdout).not.toContain('✗');
  });

  test('of an empty slot is an error, not an empty document', async () => {
    await site.gtc(['env-packs', 'remove', 'local', 'telemetry']);
    expect(await site.op(['env-packs', 'why', 'local', 'telemetry'])).toMatchObject({
      exit: 4,
      stdout: '',
      error: { code: 'env/slot-empty' },
    });
  });
});

describe('why a pack would not be admitted', () => {
  const NAME = 'example.telemetry.unlikely';

  test('is told rule by rule with the way out, exits 3, and installs and records nothing', async () => {
    const pack = await another(NAME);
    await site.registry.publish(pack, [site.registry.publication(pack)]);
    const [before, last] = [await site.files(), await sequence()];
    const { exit, stdout, stderr } = await runPlain(['op', 'env-packs', 'why-not', 'local', NAME, '--root', site.root]);
    expect(exit).toBe(3);
    expect(stdout).toContain(`${NAME} 1.0.0 would be refused`);
    expect(stdout).toMatch(/✓ publisher\/threshold/);
    expect(stdout).toMatch(/✗ conformance\/report .*\n {4}→ trust\/conformance-missing: /);
    expect(stderr).toContain('trust/conformance-missing');
    expect([await site.files(), await sequence()]).toEqual([before, last]);
  });

  test('of one that would be admitted exits 0, and names what needs consent', async () => {
    const json = await site.op(['env-packs', 'why-not', 'local', 'greentic.telemetry.stdout@1.0.0']);
    expect(json).toMatchObject({
      exit: 0,
      result: { decision: { schema: 'greentic.decision/1', verdict: 'admitted' } },
    });
    const { exit, stdout } = await runPlain([
      ...['op', 'env-packs', 'why-not', 'local', 'greentic.state.sqlite', '--root', site.root],
    ]);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/permission kv:\S+: .*\(granted now\)/);
  });

  test('a trust root that would refuse what is bound is told by --dry-run, exits 3 and is not put in force', async () => {
    const { keyId } = site.registry.keys.kit;
    const before = await site.files();
    const told = await site.op([
      'trust-root',
      'rotate',
      'local',
      keyId,
      site.registry.keys.stranger.publicKey,
      '--dry-run',
    ]);
    expect(told).toMatchObject({ exit: 3, error: { code: 'trust/conformance-missing' } });
    const { forecasts } = told.result as { forecasts: { verdict: string; refusals: { rule: string }[] }[] };
    expect(forecasts.length).toBeGreaterThan(3);
    for (const each of forecasts) {
      expect(each).toMatchObject({ verdict: 'refused', refusals: [{ rule: 'conformance/report' }] });
    }
    expect(await site.files()).toEqual(before);
  });
});
