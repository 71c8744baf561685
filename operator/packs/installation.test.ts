import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type ArtifactName, digestOf, grantAll } from '@greentic/core';
import { decodeLock } from '@greentic/registry';
import { beforeEach, describe, expect, test } from 'vitest';
import { echoPack, kitReport, PublishedPacks, publication, SHOP, STATE } from '../testing/published-packs.ts';
import { ENVIRONMENT } from '../testing/sample.ts';
import { temporaryStore } from '../testing/temporary-store.ts';
import { addPack, install, removePack, whyBound } from './installation.ts';

const code = (value: string) => expect.objectContaining({ code: value });

let published: PublishedPacks;
beforeEach(async () => {
  published = await PublishedPacks.create();
});

const lastEvent = async () => (await published.store.events(ENVIRONMENT)).at(-1);
const generation = async () => (await published.snapshot()).environment.generation;

describe('adding a pack', () => {
  test('binds the highest release, with what was granted and answered', async () => {
    const { result, decision } = await published.add({ answers: () => ({ word: 'hello' }) });
    expect(result).toEqual({ slot: 'state', generation: 1 });
    expect(decision).toMatchObject({ verdict: 'admitted', artifact: { name: STATE, version: '2.0.0' } });
    const { environment } = await published.snapshot();
    expect(environment.bindings).toMatchObject([
      {
        slot: 'state',
        pack: { name: STATE, version: '2.0.0', digest: echoPack('2.0.0').digest },
        grants: [{ kind: 'workers' }],
        answers: { word: 'hello' },
      },
    ]);
  });

  test('the lock names what the environment binds, and the environment records the lock’s digest', async () => {
    await published.add();
    const { environment, lock = new Uint8Array() } = await published.snapshot();
    const [binding] = environment.bindings;
    expect(decodeLock(lock).entries).toMatchObject([
      { slot: 'state', name: STATE, digest: binding?.pack.digest, grants: binding?.grants },
    ]);
    expect(environment.lock?.digest).toBe(digestOf(lock));
    const stored = await readFile(path.join(published.ports.cacheOf(ENVIRONMENT), '..', 'env.lock.json'));
    expect(digestOf(stored)).toBe(environment.lock?.digest);
  });

  test('the audit carries the decision document of the admission', async () => {
    const { decision } = await published.add();
    expect(await lastEvent()).toMatchObject({ verb: 'env-packs.add', target: 'state', outcome: 'committed', decision });
  });

  test('a taken slot is refused with env/slot-taken, and nothing changes', async () => {
    await published.add({ range: '1.0.0' });
    const before = await published.snapshot();
    await expect(published.add({ range: '2.0.0' })).rejects.toThrow(code('env/slot-taken'));
    expect(await published.snapshot()).toEqual(before);
  });

  test('told to replace, it puts another version in place, in environment and lock alike', async () => {
    await published.add({ range: '1.0.0' });
    const { result } = await published.add({ range: '2.0.0', replace: true });
    expect(result.generation).toBe(2);
    const { environment, lock = new Uint8Array() } = await published.snapshot();
    expect(environment.bindings.map(({ pack }) => pack.version)).toEqual(['2.0.0']);
    expect(decodeLock(lock).entries.map(({ version }) => version)).toEqual(['2.0.0']);
  });

  test('the same request again gets the stored result and changes nothing', async () => {
    const first = await published.add({ idempotencyKey: 'k1' });
    const before = await published.snapshot();
    const again = await published.add({ idempotencyKey: 'k1' });
    expect([first.replayed, again.replayed]).toEqual([false, true]);
    expect(again.result).toEqual(first.result);
    expect(await published.snapshot()).toEqual(before);
  });

  test('another request under the same key is refused with env/idempotency-conflict', async () => {
    await published.add({ idempotencyKey: 'k1' });
    const other = published.add({ idempotencyKey: 'k1', answers: () => ({ word: 'other' }), replace: true });
    await expect(other).rejects.toThrow(code('env/idempotency-conflict'));
  });

  test('an old generation is refused with env/stale', async () => {
    const before = await generation();
    await published.add({ range: '1.0.0' });
    const stale = published.add({ range: '2.0.0', replace: true, ifGeneration: before });
    await expect(stale).rejects.toThrow(code('env/stale'));
  });
});

describe('consent', () => {
  test('a permission that nobody granted is refused, listed with its reason and recorded with the decision', async () => {
    const before = await published.snapshot();
    await expect(published.add({ grant: () => [] })).rejects.toThrow(
      expect.objectContaining({
        code: 'permission/consent-required',
        details: { missing: [{ permission: 'workers', reason: 'Waits for the list of workers.' }] },
      }),
    );
    expect(await published.snapshot()).toEqual(before);
    expect(await lastEvent()).toMatchObject({
      verb: 'env-packs.add',
      target: STATE,
      outcome: 'refused',
      code: 'permission/consent-required',
      decision: { verdict: 'admitted', artifact: { name: STATE } },
    });
  });

  test('a grant the pack does not ask for is refused and recorded', async () => {
    const grant = () => [{ kind: 'workers' } as const, { kind: 'log' } as const];
    await expect(published.add({ grant })).rejects.toThrow(code('permission/exceeds-request'));
    expect(await lastEvent()).toMatchObject({ outcome: 'refused', code: 'permission/exceeds-request' });
  });

  test('what was granted to the former version is not granted to a newer one that asks for more', async () => {
    await published.publish(
      echoPack('3.0.0', {
        permissions: [
          { kind: 'workers', reason: 'Waits for the list of workers.' },
          { kind: 'log', reason: 'Writes lines that nobody asked for.' },
        ],
      }),
    );
    await published.add({ range: '2.0.0' });
    const before = await published.snapshot();
    const upgrade = published.add({ range: '3.0.0', replace: true, grant: () => [{ kind: 'workers' }] });
    await expect(upgrade).rejects.toThrow(code('permission/consent-required'));
    expect(await published.snapshot()).toEqual(before);
  });
});

describe('answers', () => {
  test.each([
    ['of another type', { word: 3 }],
    ['to a question the pack does not ask', { other: 'x' }],
  ])('an answer %s is refused with input/invalid, and nothing changes', async (_what, answers) => {
    const before = await published.snapshot();
    await expect(published.add({ answers: () => answers })).rejects.toThrow(code('input/invalid'));
    expect(await published.snapshot()).toEqual(before);
  });

  test('the operator sees the manifest of the version that was admitted', async () => {
    const seen: string[] = [];
    await published.add({
      range: '1.0.0',
      answers: (manifest) => {
        seen.push(`${manifest.version}: ${manifest.questions.map((question) => question.id)}`);
        return {};
      },
    });
    expect(seen).toEqual(['1.0.0: word']);
  });
});

describe('a refused artifact', () => {
  const unsigned = echoPack('9.0.0');

  test.each([
    ['no evidence at all', []],
    ['no conformance report', [publication(unsigned)]],
    ['no signature of its publisher', [kitReport(unsigned)]],
  ])('with %s changes nothing and is in the audit with the decision', async (_what, evidence) => {
    await published.publish(unsigned, evidence);
    const before = await published.snapshot();
    const failure = await published.add({ range: '9.0.0' }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: expect.stringMatching(/^trust\//) });
    expect(await published.snapshot()).toEqual(before);
    expect(await lastEvent()).toMatchObject({
      verb: 'env-packs.add',
      target: STATE,
      outcome: 'refused',
      code: (failure as { code: string }).code,
      decision: { verdict: 'refused', artifact: { version: '9.0.0', digest: unsigned.digest } },
    });
  });

  test('of another slot is refused with pack/slot-mismatch and recorded', async () => {
    await expect(published.add({ slot: 'secrets' })).rejects.toThrow(code('pack/slot-mismatch'));
    expect(await lastEvent()).toMatchObject({ outcome: 'refused', code: 'pack/slot-mismatch' });
  });

  test('that is a bundle fills no slot', async () => {
    const bundle = install(published.ports, ENVIRONMENT, { name: SHOP, range: '*', kind: 'state' }, 'sample.install');
    await expect(bundle).rejects.toThrow(code('pack/slot-mismatch'));
  });

  test('that nobody published is pack/not-found, which is no refusal: the audit stays as it is', async () => {
    const before = await lastEvent();
    await expect(published.add({ name: 'acme.state.nothing' as ArtifactName })).rejects.toThrow(code('pack/not-found'));
    expect(await lastEvent()).toEqual(before);
  });

  test('of an environment without a trust root is refused with trust/root-missing', async () => {
    const { store } = await temporaryStore();
    const order = { name: STATE, range: '*', slot: 'state', grant: grantAll, answers: () => ({}) } as const;
    const added = addPack({ ...published.ports, store }, ENVIRONMENT, order);
    await expect(added).rejects.toThrow(code('trust/root-missing'));
  });

  test('from a registry the trust root does not name is refused with index/unknown-registry', async () => {
    await expect(published.add({ registry: 'other' })).rejects.toThrow(code('index/unknown-registry'));
  });
});

describe('a bound slot', () => {
  test('says why its pack was admitted, as the lock has it', async () => {
    const { decision } = await published.add();
    expect(whyBound(await published.snapshot(), 'state')).toEqual(decision);
  });

  test('that is empty has no reason: env/slot-empty', async () => {
    const snapshot = await published.snapshot();
    expect(() => whyBound(snapshot, 'state')).toThrow(code('env/slot-empty'));
  });

  test('is emptied in environment and lock alike, once', async () => {
    await published.add();
    expect((await removePack(published.ports, ENVIRONMENT, 'state')).result).toEqual({ slot: 'state' });
    const { environment, lock = new Uint8Array() } = await published.snapshot();
    expect([environment.bindings, decodeLock(lock).entries]).toEqual([[], []]);
    await expect(removePack(published.ports, ENVIRONMENT, 'state')).rejects.toThrow(code('env/slot-empty'));
  });

  test('counts its generations on after it was emptied', async () => {
    await published.add();
    await removePack(published.ports, ENVIRONMENT, 'state');
    expect((await published.add()).result.generation).toBe(2);
  });
});
