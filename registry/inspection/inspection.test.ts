import { describe, expect, test } from 'vitest';
import { deprecate, releaseTo, yank } from '../publish/offering.ts';
import { folderDesk, readPublished } from '../publish/published-version.ts';
import { delegateRevocations, revoke } from '../publish/revocation.ts';
import { KEYS, SAMPLE, SampleRegistry, sampleBundle, samplePack, T0, trusted } from '../testing/sample-registry.ts';
import { channelOf } from '../tuf/channel.ts';
import { inspectArtifact, inspectPublished } from './inspection.ts';

const permissions = [
  { kind: 'log', reason: 'Says what it does.' },
  { kind: 'kv', binding: 'state', quotaBytes: 2048, reason: 'Keeps the state.', optional: true },
];
const PACK = samplePack('1.0.0', { permissions });
const order = { name: SAMPLE, version: PACK.version };

async function published(pack = PACK) {
  const registry = await SampleRegistry.create();
  await registry.publish(pack);
  const { version } = pack;
  const read = () => readPublished(folderDesk(registry.folder), { name: SAMPLE, which: { version }, now: T0 });
  return { registry, read, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() };
}

describe('an artifact that is looked at', () => {
  test('tells each permission it asks for in words, and every blob with its digest and size', () => {
    const { permissions: asked, parts, kind, digest } = inspectArtifact(PACK);
    expect([kind, digest]).toEqual(['state', PACK.digest]);
    expect(asked).toEqual([
      { permission: 'log', allows: 'Writes to the log', reason: 'Says what it does.', optional: false },
      {
        permission: 'kv:state',
        allows: 'Keeps entries in state, up to 2 KiB',
        reason: 'Keeps the state.',
        optional: true,
      },
    ]);
    expect(parts.map(({ size }) => size)).toEqual(
      [PACK.config, PACK.module, PACK.readme].map((part) => part?.byteLength),
    );
  });

  test('that is a bundle asks for nothing by itself', () => {
    expect(inspectArtifact(sampleBundle())).toMatchObject({ kind: 'bundle', permissions: [] });
  });
});

describe('a version that is looked at', () => {
  test('shows no signature as holding while nobody is named to believe', async () => {
    await using site = await published();
    const { evidence } = inspectPublished(await site.read());
    expect(evidence).toHaveLength(2);
    expect(evidence).toEqual(evidence.map((card) => ({ ...card, signature: 'not checked' })));
  });

  test('shows for each signature whether it holds under who is believed', async () => {
    await using site = await published();
    const { evidence } = inspectPublished(await site.read(), { keys: [trusted(KEYS.kit)] });
    expect(Object.fromEntries(evidence.map((card) => [card.kind, 'signature' in card && card.signature]))).toEqual({
      publish: 'stranger',
      conformance: 'holds',
    });
  });

  test('shows evidence that nobody can read as malformed, beside what can be read', async () => {
    await using site = await published();
    const present = await site.read();
    const { evidence } = inspectPublished({ ...present, evidence: [...present.evidence, Buffer.from('{}')] });
    expect(evidence.at(-1)).toMatchObject({ kind: 'malformed', code: 'trust/envelope-invalid', size: 2 });
    expect(evidence).toHaveLength(3);
  });

  test('is plain while nothing is said against it', async () => {
    await using site = await published();
    expect(inspectPublished(await site.read())).toMatchObject({
      publishedAt: T0.toISOString(),
      channels: [],
      yanked: null,
      deprecated: null,
      revoked: null,
    });
  });

  test('shows its channels, and that its name is deprecated', async () => {
    await using site = await published();
    const { folder, keys } = site.registry;
    await releaseTo(folder, { ...order, channel: channelOf('stable'), ...keys });
    await deprecate(folder, { name: SAMPLE, deprecation: { reason: 'Old.' }, ...keys });
    expect(inspectPublished(await site.read())).toMatchObject({
      channels: ['latest/stable'],
      deprecated: { reason: 'Old.' },
    });
  });

  test('shows that its publisher took it back, or that the registry revoked exactly these bytes', async () => {
    await using site = await published();
    const { folder, keys, registryKeys } = site.registry;
    await site.registry.publish(samplePack('1.1.0'));
    const signing = { revokerKeys: [KEYS.stranger.secretKey], registryKeys, now: T0 };
    await delegateRevocations(folder, { threshold: 1, ...signing });
    const harm = { severity: 'high', reason: 'Leaks.' } as const;
    const other = { name: SAMPLE, version: samplePack('1.1.0').version };
    await revoke(folder, { revocation: { ...other, ...harm }, ...signing });
    expect(inspectPublished(await site.read()).revoked).toBeNull();
    // As for an install, no range leads to what is revoked.
    const newest = readPublished(folderDesk(folder), { name: SAMPLE, which: { range: '*' }, now: T0 });
    expect((await newest).entry.version).toBe('1.0.0');
    await revoke(folder, { revocation: { ...order, ...harm }, ...signing });
    await yank(folder, { ...order, reason: 'Wrong.', ...keys });
    expect(inspectPublished(await site.read())).toMatchObject({ revoked: harm, yanked: { reason: 'Wrong.' } });
  });
});
