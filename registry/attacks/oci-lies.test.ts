import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { INDEX_TAG } from '../oci/index-manifest.ts';
import { pushRegistry } from '../oci/push-registry.ts';
import { FakeRegistry } from '../testing/oci-fake.ts';
import { ELSEWHERE, type OciLie, OciStage, REGISTRY, type Scenery } from '../testing/oci-lie.ts';
import { SampleRegistry, samplePack, T0 } from '../testing/sample-registry.ts';
import { createTlsAuthority } from '../testing/tls-authority.ts';
import { OCI_BODIES, OCI_HTTP, OCI_RANGES } from './oci-bodies.fixture.ts';
import { OCI_MANIFESTS } from './oci-manifests.fixture.ts';
import { OCI_PAGES } from './oci-pages.fixture.ts';
import { OCI_REDIRECTS } from './oci-redirects.fixture.ts';
import { OCI_STATUS } from './oci-status.fixture.ts';
import { OCI_TLS } from './oci-tls.fixture.ts';
import { OCI_TOKENS } from './oci-tokens.fixture.ts';
import { OCI_UPLOADS } from './oci-uploads.fixture.ts';

const HOSTS = [`${REGISTRY}:443`, `${ELSEWHERE}:443`];
const OWN = ['Bearer good-token', 'Bearer bad-token', `Basic ${Buffer.from('ada:secret').toString('base64')}`];
const isForeign = (authorization: string | undefined) => authorization !== undefined && !OWN.includes(authorization);

let home = '';
let scenery: Scenery;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'oci-lies-'));
  const sample = await SampleRegistry.create();
  await sample.publish(samplePack('1.0.0'));
  await using former = await FakeRegistry.open({ referrers: true });
  await pushRegistry(sample.folder, former.location(), { now: T0 });
  await sample.publish(samplePack('1.1.0'));
  const tls = createTlsAuthority(home, REGISTRY, ELSEWHERE);
  const identities = {
    itself: await shown(tls),
    'another name': await shown(tls.issue(`not-${REGISTRY}`)),
    'the past': await shown(tls.issue(REGISTRY, { days: -1 })),
    'nobody’s certificate': await shown(createTlsAuthority(sample.home, REGISTRY)),
  };
  scenery = { sample, contents: former, authority: tls.authority, identities };
});
afterAll(async () => {
  await scenery.sample[Symbol.asyncDispose]();
  await rm(home, { recursive: true });
});

const shown = async ({ certificate, key }: { certificate: string; key: string }) => ({
  cert: await readFile(certificate),
  key: await readFile(key),
});

/** Has a lie told; whatever comes of it, nobody else hears a secret, and nothing is changed. */
async function suffer(lie: OciLie): Promise<{ outcome: unknown; waited: readonly number[] }> {
  await using stage = await OciStage.open(scenery, lie);
  lie.lie(stage);
  const outcome = await stage.tell(lie).catch((error: unknown) => error);
  expect(stage.elsewhere.asked.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  expect(stage.registry.asked.map(({ headers }) => headers.authorization).filter(isForeign)).toEqual([]);
  expect(stage.network.wanted.filter((host) => !HOSTS.includes(host))).toEqual([]);
  expect(await readdir(stage.kept).catch(() => [])).toEqual([]);
  expect(stage.registry.tags.get(INDEX_TAG)).toBe(scenery.contents.tags.get(INDEX_TAG));
  expect(`${outcome}`).not.toMatch(/secret|-token/);
  return { outcome, waited: stage.waited };
}

describe.each([
  ['bodies', OCI_BODIES],
  ['ranges', OCI_RANGES],
  ['HTTP', OCI_HTTP],
  ['manifests', OCI_MANIFESTS],
  ['status', OCI_STATUS],
  ['redirects', OCI_REDIRECTS],
  ['tokens', OCI_TOKENS],
  ['pages', OCI_PAGES],
  ['uploads', OCI_UPLOADS],
  ['TLS', OCI_TLS],
])('a registry that lies: %s', (_, lies) => {
  test.each(lies)('$name is refused with $code, and nothing is changed', async (lie) => {
    const { outcome, waited } = await suffer(lie);
    expect(outcome).toMatchObject({ code: lie.code });
    expect(waited).toEqual(lie.waits ?? waited);
  });
});

describe('what is no lie', () => {
  test('an honest registry is installed from, and pushed to', async () => {
    await using stage = await OciStage.open(scenery);
    expect(await stage.tell({})).toMatchObject({ decision: { verdict: 'admitted' } });
    expect(await stage.tell({ to: 'push' })).toMatchObject({ versions: { pushed: 1, present: 1 } });
  });
});
