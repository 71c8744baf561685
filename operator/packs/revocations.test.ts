import { rename } from 'node:fs/promises';
import { type BrokerPorts, grantAll } from '@greentic/core';
import type { Source } from '@greentic/registry';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PublishedPacks, STATE } from '../testing/published-packs.ts';
import { ENVIRONMENT, NOW } from '../testing/sample.ts';
import { temporaryRoot } from '../testing/temporary-store.ts';
import { endOverride, overrideRevocation, recordRevocations } from '../verbs/revocations.ts';
import { EnvironmentPacks } from './environment-packs.ts';
import { nextEnd } from './holding.ts';
import { addPack } from './installation.ts';
import { checkRevocations } from './revocations.ts';

const code = (value: string) => expect.objectContaining({ code: value });

let published: PublishedPacks;
let packs: EnvironmentPacks | undefined;
beforeEach(async () => {
  published = await PublishedPacks.create();
  await published.add({ range: '1.0.0' });
});
afterEach(async () => {
  await packs?.close();
  packs = undefined;
});

const check = () => checkRevocations(published.ports, ENVIRONMENT);
const events = () => published.store.events(ENVIRONMENT);

async function open(now: () => Date = () => NOW): Promise<EnvironmentPacks> {
  const dataDir = await temporaryRoot();
  const opened = new EnvironmentPacks(await published.snapshot(), {
    cacheOf: published.ports.cacheOf,
    now,
    brokerPorts: (): BrokerPorts => ({ dataDir, log: () => undefined }),
  });
  packs = opened;
  return opened;
}

const ask = async (opened: EnvironmentPacks) =>
  (await (await opened.client('state')).get({ tenant: 'acme', key: 'k' })).entry?.value;

/** Lets the bound pack run for some hours more. */
async function override(hours = 24, reason = 'The fix needs a day of tests.') {
  const { environment } = await published.snapshot();
  const digest = environment.bindings[0]?.pack.digest;
  if (digest === undefined) throw new Error('sample');
  return await published.store.mutate(ENVIRONMENT, {
    verb: 'env-packs.override',
    target: 'state',
    input: { digest, hours, reason },
    decide: (snapshot, now) => overrideRevocation(snapshot, { digest, hours, reason, by: 'ada' }, now),
  });
}

describe('asking what was revoked', () => {
  test('finds nothing, and changes nothing, while nothing is', async () => {
    const before = (await events()).length;
    expect(await check()).toMatchObject({ revoked: [], failed: [], changed: false });
    expect(await events()).toHaveLength(before);
  });

  test('records what concerns this environment, once, with the registry that said so', async () => {
    await published.revoke('1.0.0');
    const { revoked, changed } = await check();
    expect(changed).toBe(true);
    expect(revoked).toMatchObject([{ name: STATE, version: '1.0.0', severity: 'high', slots: ['state'] }]);
    expect((await published.snapshot()).environment.revocations).toMatchObject([{ registry: 'main' }]);
    expect((await events()).at(-1)).toMatchObject({ verb: 'env-packs.revocations' });
    expect(await check()).toMatchObject({ changed: false, revoked: [{ version: '1.0.0' }] });
  });

  test('passes over revocations of what is not here', async () => {
    await published.revoke('2.0.0');
    expect(await check()).toMatchObject({ revoked: [], changed: false });
  });

  test('also finds what only could be gone back to', async () => {
    await published.add({ range: '2.0.0', replace: true });
    await published.revoke('1.0.0');
    expect((await check()).revoked).toMatchObject([{ version: '1.0.0', slots: [] }]);
  });

  test('what is known stays known while the registry cannot be asked', async () => {
    await published.revoke('1.0.0');
    await check();
    await rename(published.folder, `${published.folder}.away`);
    const { revoked, failed, changed } = await check();
    expect(failed).toMatchObject([{ registry: 'main', error: { code: 'registry/unreachable' } }]);
    expect(changed).toBe(false);
    expect(revoked).toMatchObject([{ version: '1.0.0' }]);
  });

  test('what is known stays known when its registry says nothing of it any more, until an operator lifts it', async () => {
    await published.revoke('1.0.0');
    await check();
    const silent = { openSource: () => ({ revocations: async () => [] }) as unknown as Source };
    const asked = (lift: boolean) => checkRevocations({ ...published.ports, ...silent }, ENVIRONMENT, { lift });
    expect(await asked(false)).toMatchObject({
      changed: false,
      revoked: [{ version: '1.0.0', slots: ['state'] }],
      liftable: [{ version: '1.0.0', registry: 'main' }],
    });
    await expect((await open()).verifyAll()).rejects.toThrow(code('pack/revoked'));
    expect(await asked(true)).toMatchObject({ changed: true, revoked: [], liftable: [] });
    await (await open()).verifyAll();
  });

  test('what one registry takes back stays what another withdrew', async () => {
    await published.revoke('1.0.0');
    await check();
    await published.store.mutate(ENVIRONMENT, {
      verb: 'env-packs.revocations',
      target: ENVIRONMENT,
      input: {},
      decide: (snapshot) => {
        const [main] = snapshot.environment.revocations ?? [];
        if (main === undefined) throw new Error('sample');
        return recordRevocations(snapshot, {
          revocations: [{ ...main, registry: 'side' as typeof main.registry }, main],
        });
      },
    });
    await check();
    const silent = { openSource: () => ({ revocations: async () => [] }) as unknown as Source };
    const lifted = await checkRevocations({ ...published.ports, ...silent }, ENVIRONMENT, { lift: true });
    expect(lifted.revoked).toMatchObject([{ version: '1.0.0', registry: 'side' }]);
    await expect((await open()).verifyAll()).rejects.toThrow(code('pack/revoked'));
  });

  test('what is known stays known when its registry leaves the trust root', async () => {
    await published.revoke('1.0.0');
    await check();
    await published.changeTrustRoot({ registries: [] });
    expect(await check()).toMatchObject({ changed: false, revoked: [{ version: '1.0.0' }] });
    await expect((await open()).verifyAll()).rejects.toThrow(code('pack/revoked'));
  });
});

describe('a pack that is revoked', () => {
  test('is refused at the start, from what is on record, without a registry', async () => {
    await published.revoke('1.0.0');
    await check();
    await rename(published.folder, `${published.folder}.away`);
    await expect((await open()).verifyAll()).rejects.toThrow(code('pack/revoked'));
  });

  test('takes no further call while it runs, once the new snapshot is taken up', async () => {
    const opened = await open();
    expect(await ask(opened)).toBe('1.0.0 none');
    await published.revoke('1.0.0');
    await check();
    await opened.update(await published.snapshot());
    await expect(ask(opened)).rejects.toThrow(code('pack/revoked'));
  });

  test('cannot be bound again', async () => {
    await published.revoke('1.0.0');
    await expect(published.add({ range: '1.0.0', replace: true })).rejects.toThrow(code('pack/revoked'));
  });
});

describe('an override', () => {
  beforeEach(async () => {
    await published.revoke('1.0.0');
    await check();
  });

  test('lets the pack run on, says on record who and why, and ends by itself', async () => {
    await override(2);
    let now = NOW;
    const opened = await open(() => now);
    expect(await ask(opened)).toBe('1.0.0 none');
    expect((await events()).at(-1)).toMatchObject({ verb: 'env-packs.override', actor: { name: 'ada' } });
    now = new Date(NOW.getTime() + 2 * 3_600_000);
    await opened.update(await published.snapshot());
    await expect(ask(opened)).rejects.toThrow(code('pack/revoked'));
  });

  test('can be ended before its time', async () => {
    const { result } = await override();
    const opened = await open();
    expect(await ask(opened)).toBe('1.0.0 none');
    await published.store.mutate(ENVIRONMENT, {
      verb: 'env-packs.override',
      target: 'state',
      input: {},
      decide: (snapshot) => endOverride(snapshot, { digest: result.digest }),
    });
    await opened.update(await published.snapshot());
    await expect(ask(opened)).rejects.toThrow(code('pack/revoked'));
  });

  test.each([0, -1, 1.5, 721])('cannot hold for %d hours', async (hours) => {
    await expect(override(hours)).rejects.toThrow(code('input/invalid'));
  });

  test.each(['', 'two\nlines', '\u001b[2J'])('needs a reason people can read, and %j is none', async (reason) => {
    await expect(override(1, reason)).rejects.toThrow(code('input/invalid'));
  });
});

test('what is not revoked cannot be overridden', async () => {
  await expect(override()).rejects.toThrow(code('pack/not-revoked'));
});

describe('a pack that is open', () => {
  test('takes no further call once the trust root is over, though nothing was changed', async () => {
    let now = NOW;
    const opened = await open(() => now);
    expect(await ask(opened)).toBe('1.0.0 none');
    const snapshot = await published.snapshot();
    now = new Date(Date.parse(snapshot.trustRoot?.expires ?? ''));
    expect(await opened.update(snapshot)).toBe(true);
    await expect(ask(opened)).rejects.toThrow(code('trust/root-expired'));
  });

  test('takes no further call once its index vouched for it longer ago than the policy asks', async () => {
    await published.changeTrustRoot({ policy: { maxAge: 2 } });
    let now = NOW;
    const opened = await open(() => now);
    expect(await ask(opened)).toBe('1.0.0 none');
    const snapshot = await published.snapshot();
    const ms = nextEnd(snapshot, NOW);
    now = new Date(NOW.getTime() + ms - 1);
    await opened.update(snapshot);
    expect(await ask(opened)).toBe('1.0.0 none');
    now = new Date(NOW.getTime() + ms);
    await opened.update(snapshot);
    await expect(ask(opened)).rejects.toThrow(code('policy/refused'));
  });
});

test('what was admitted under a trust root that changed meanwhile is not bound', async () => {
  let changing: Promise<unknown> | undefined;
  const events = {
    onDecide: () => {
      changing = published.changeTrustRoot();
    },
  };
  const answers = async () => {
    await changing;
    return {};
  };
  const before = (await published.snapshot()).environment.bindings;
  const slot = 'state' as const;
  const order = { name: STATE, range: '2.0.0', slot, replace: true, grant: grantAll, answers };
  await expect(addPack({ ...published.ports, events }, ENVIRONMENT, order)).rejects.toThrow(code('env/stale'));
  expect((await published.snapshot()).environment.bindings).toEqual(before);
});
