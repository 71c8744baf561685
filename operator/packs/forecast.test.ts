import { rm } from 'node:fs/promises';
import { generateKeyPair, type Statement, signStatement, type TrustRoot } from '@greentic/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { echoPack, kitReport, PublishedPacks, publication, SHOP, STATE } from '../testing/published-packs.ts';
import { ENVIRONMENT, NOW } from '../testing/sample.ts';
import { setTrustRoot } from '../verbs/trust-roots.ts';
import { assess } from './assessment.ts';
import { forecast } from './forecast.ts';
import { trustRootOf } from './installation.ts';

let published: PublishedPacks;
beforeEach(async () => {
  published = await PublishedPacks.create();
});

const rootNow = async () => trustRootOf(await published.snapshot());
const foretell = async (changes: Partial<TrustRoot>) =>
  await forecast(await published.snapshot(), { ...(await rootNow()), ...changes }, published.ports);
const everything = async () => [await published.snapshot(), await published.store.events(ENVIRONMENT)];

/** Puts a changed trust root in force. */
async function enforce(changes: Partial<TrustRoot>): Promise<void> {
  const root = await rootNow();
  await published.store.mutate(ENVIRONMENT, {
    verb: 'trust-root.set',
    target: ENVIRONMENT,
    input: {},
    decide: (snapshot, at) => setTrustRoot(snapshot, { root: { ...root, ...changes, version: root.version + 1 } }, at),
  });
}

describe('what a trust root would say of what is bound', () => {
  test('is nothing where nothing is bound', async () => {
    expect(await foretell({})).toEqual([]);
  });

  test('admits what the present one admits, and changes nothing', async () => {
    await published.add();
    const before = await everything();
    expect(await foretell({})).toEqual([
      expect.objectContaining({ slot: 'state', name: STATE, version: '2.0.0', verdict: 'admitted', refusals: [] }),
    ]);
    expect(await everything()).toEqual(before);
  });

  test('names each rule that would refuse, with its code', async () => {
    await published.add();
    const { keyId, publicKey } = generateKeyPair(new Uint8Array(32).fill(9));
    const stranger = [{ namespace: 'acme', keys: [{ keyId, publicKey }], threshold: 1 }] as TrustRoot['publishers'];
    const [found] = await foretell({ publishers: stranger, policy: { requiredEvidence: { sbom: 1 }, coolDown: 9000 } });
    expect(found).toMatchObject({ verdict: 'refused' });
    expect(found?.refusals.map(({ rule, code }) => [rule, code])).toEqual([
      ['publisher/threshold', 'trust/threshold'],
      ['policy/evidence', 'policy/refused'],
    ]);
  });

  test('says so of what cannot be opened at all', async () => {
    await published.add();
    await rm(published.ports.cacheOf(ENVIRONMENT), { recursive: true });
    expect(await foretell({})).toMatchObject([{ verdict: 'refused', refusals: [{ code: 'lock/uncached' }] }]);
  });
});

describe('what would be decided about an artifact', () => {
  const judge = (range: string, name = STATE) =>
    assess(published.ports, ENVIRONMENT, { name, range, kind: name === SHOP ? 'bundle' : 'state' });

  test('is the decision an install would come to, with nothing kept, bound or recorded', async () => {
    const before = await everything();
    const { decision, permissions } = await judge('1.0.0');
    expect(decision).toMatchObject({
      verdict: 'admitted',
      artifact: { version: '1.0.0' },
      decidedAt: NOW.toISOString(),
    });
    expect(permissions).toEqual([
      { permission: 'workers', reason: expect.any(String), optional: false, granted: false },
    ]);
    expect(await everything()).toEqual(before);
    const { decision: installed } = await published.add({ range: '1.0.0' });
    expect(installed).toEqual(decision);
  });

  test('knows what is granted now to the pack of this name', async () => {
    await published.add({ range: '1.0.0' });
    expect((await judge('2.0.0')).permissions).toMatchObject([{ permission: 'workers', granted: true }]);
  });

  test('of a refused one is a document too, and not an error', async () => {
    const unproven = echoPack('3.0.0');
    await published.publish(unproven, [publication(unproven)]);
    const { decision } = await judge('3.0.0');
    expect(decision.verdict).toBe('refused');
    expect(decision.rules).toContainEqual(
      expect.objectContaining({ id: 'conformance/report', code: 'trust/conformance-missing' }),
    );
  });

  test('of a bundle asks for no permission; of what is not there is an error', async () => {
    expect(await judge('1.0.0', SHOP)).toMatchObject({ decision: { verdict: 'admitted' }, permissions: [] });
    await expect(judge('9.9.9')).rejects.toMatchObject({ code: 'pack/version-not-found' });
  });
});

describe('a policy in force', () => {
  test('refuses an install, and records which policy it was', async () => {
    await enforce({ policy: { requiredEvidence: { conformance: 2 } } });
    await expect(published.add()).rejects.toMatchObject({
      code: 'policy/refused',
      details: { rule: 'policy/evidence' },
    });
    const [event] = (await published.store.events(ENVIRONMENT)).toReversed();
    expect(event).toMatchObject({ outcome: 'refused', decision: { policy: expect.stringMatching(/^sha256:/) } });
    expect((await published.snapshot()).environment.bindings).toEqual([]);
  });

  test('lets no version in with weaker evidence than the one that is there had, also the same one again', async () => {
    const second = generateKeyPair(new Uint8Array(32).fill(8));
    const { keyId, publicKey } = second;
    const { conformance } = await rootNow();
    await enforce({ conformance: { ...conformance, keys: [...conformance.keys, { keyId, publicKey }] } });
    for (const [version, labs] of [
      ['3.0.0', 2],
      ['3.1.0', 1],
      ['3.2.0', 2],
    ] as const) {
      const pack = echoPack(version);
      const report = kitReport(pack);
      const reports = labs === 1 ? [report] : [report, signStatement(statementOf(report), second.secretKey)];
      await published.publish(pack, [publication(pack), ...reports]);
    }
    await published.add({ range: '3.0.0' });
    await enforce({ policy: { noDowngrade: true } });
    const add = (range: string) => published.add({ range, replace: true });
    await expect(add('3.1.0')).rejects.toMatchObject({
      code: 'policy/downgrade',
      details: { rule: 'policy/downgrade' },
    });
    await add('3.0.0');
    await add('3.2.0');
    // Once the second lab is believed no more, what it had signed counts for nothing any more, and that is weaker too.
    await enforce({ conformance });
    await expect(add('3.2.0')).rejects.toMatchObject({ code: 'policy/downgrade' });
  });
});

/** The statement in a piece of evidence. */
function statementOf(evidence: string): Statement {
  const { dsseEnvelope } = JSON.parse(evidence) as { dsseEnvelope: { payload: string } };
  return JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString()) as Statement;
}
