import type { EnvironmentName } from '@greentic/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Output } from '../output.ts';
import { reloadIfRunning } from '../serve/connection.ts';
import { openSession } from '../session.ts';
import { eventually } from '../testing/eventually.ts';
import { gtc } from '../testing/gtc.ts';
import { descendantsOf, isWorker } from '../testing/process-tree.ts';
import { BUNDLE } from '../testing/published-registry.ts';
import { type Serving, serve } from '../testing/serving.ts';
import { DEPLOYMENT, Site } from '../testing/site.ts';

const LOCAL = 'local' as EnvironmentName;
const REASON = 'takes tickets for the wrong customer';

let site: Site;
let serving: Serving;

beforeAll(async () => {
  site = await Site.create();
  serving = await serve(site.root);
  await site.deploy();
  const { folder } = site.registry;
  const revoker = ['--revoker', site.registry.keyFile('kit'), '--key', site.registry.keyFile('registry')];
  await gtc(['registry', 'revoker', folder, ...revoker]);
}, 120_000);

afterAll(async () => {
  await serving?.stop();
  await site?.[Symbol.asyncDispose]();
});

const revoke = (...what: string[]) =>
  gtc([
    ...['registry', 'revoke', site.registry.folder, ...what],
    ...['--revoker', site.registry.keyFile('kit'), '--key', site.registry.keyFile('registry')],
  ]);
const workers = async () => (await descendantsOf(serving.pid)).filter(isWorker).length;
const status = async () => (await fetch(serving.url, { headers: { connection: 'close' } })).status;

test('a running worker of a bundle that is revoked ends as soon as the environment knows, and its visitors get 502', async () => {
  expect(await status()).toBe(200);
  await revoke(`${BUNDLE}@1.0.0`, '--reason', REASON);
  expect(await site.op(['env-packs', 'check', 'local'])).toMatchObject({
    exit: 3,
    result: { revoked: [{ name: BUNDLE, reason: REASON, slots: [], revisions: [`${DEPLOYMENT}.1`] }] },
    error: { code: 'pack/revoked' },
  });
  expect(await status()).toBe(502);
  await eventually(async () => (await workers()) === 0);
});

test('no revision of it is staged any more', async () => {
  const { error, exit } = await site.op(['revisions', 'stage', 'local', DEPLOYMENT, `${BUNDLE}@1.0.0`]);
  expect({ exit, code: error?.code }).toEqual({ exit: 3, code: 'pack/revoked' });
  expect(error?.message).toContain(REASON);
});

test('an operator’s override brings it back, and is on record with who and why', async () => {
  const reason = 'the customer is told; the successor comes today';
  await site.gtc(['env-packs', 'override', 'local', `${BUNDLE}@1.0.0`, '--hours', '2', '--reason', reason]);
  await eventually(async () => (await status()) === 200);
  const [event] = (await site.audit()).filter(({ verb }) => verb === 'env-packs.override');
  expect(JSON.stringify(event)).toContain(`${BUNDLE}@1.0.0`);
});

test('the override’s end takes it away again', async () => {
  await site.gtc(['env-packs', 'override', 'local', `${BUNDLE}@1.0.0`, '--undo']);
  expect(await status()).toBe(502);
});

/** Lets what is on record run until then, past the command that gives whole hours. */
async function overrideUntil(until: Date): Promise<void> {
  const session = openSession(site.root, new Output('test', true));
  const { environment } = await session.store.read(LOCAL);
  const [revoked] = environment.revocations ?? [];
  if (revoked === undefined) throw new Error('Nothing is on record.');
  const override = { digest: revoked.digest, reason: 'for a test', by: 'test', until: until.toISOString() };
  const { snapshot } = await session.store.mutate<object>(LOCAL, {
    verb: 'env-packs.override',
    target: 'test',
    input: {},
    decide: (current) => ({ environment: { ...current.environment, overrides: [override] }, result: {} }),
  });
  await reloadIfRunning(session, LOCAL, snapshot.environment.generation);
}

test('an override that runs out does so to its time, without a look at any registry', async () => {
  await overrideUntil(new Date(Date.now() + 3_600_000));
  await eventually(async () => (await status()) === 200);
  const until = new Date(Date.now() + 1000);
  await overrideUntil(until);
  await eventually(async () => (await status()) === 502);
  expect(Date.now()).toBeGreaterThanOrEqual(until.getTime());
});

test('what nobody revoked cannot be overridden', async () => {
  const refused = await site.op(['env-packs', 'override', 'local', `${BUNDLE}@2.0.0`, '--reason', 'x']);
  expect(refused).toMatchObject({ error: { code: 'pack/not-revoked' } });
});

test('a revocation that is taken back lets it run again when an operator lifts it', async () => {
  await revoke(`${BUNDLE}@1.0.0`, '--undo');
  expect(await site.op(['env-packs', 'check', 'local'])).toMatchObject({ exit: 3, error: { code: 'pack/revoked' } });
  expect(await status()).toBe(502);
  expect(await site.op(['env-packs', 'check', 'local', '--lift'])).toMatchObject({ exit: 0, result: { revoked: [] } });
  await eventually(async () => (await status()) === 200);
});
