import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { REPOSITORY } from '../testing/gtc.ts';
import { PACK, SmallRegistry } from '../testing/small-registry.ts';

let registry: SmallRegistry;
const file = (name: string) => registry.room.file(name);
const inspect = (...args: string[]) => registry.room.json('pack', 'inspect', ...args);
const plainly = async (...args: string[]) => (await registry.room.plain('pack', 'inspect', ...args)).stdout;
const here = () => ['--registry', registry.folder];
const by = (who: 'acme') => ['--key', registry.key(who)];
const refused = (code: string, exit: number) => ({ exit, error: { code } });
const signatures = (result: unknown) => {
  const { evidence } = result as { evidence: { kind: string; signature: string }[] };
  return Object.fromEntries(evidence.map(({ kind, signature }) => [kind, signature]));
};

beforeEach(async () => {
  registry = await SmallRegistry.create();
});
afterEach(async () => {
  await registry[Symbol.asyncDispose]();
});

describe('gtc pack inspect <name>', () => {
  test('shows what a registry has, what the pack asks for, and what is said of it, with no signature believed', async () => {
    const { digest } = await registry.publish();
    const { exit, result } = await inspect(`${PACK}@1.0.0`, ...here());
    expect(exit).toBe(0);
    expect(result).toMatchObject({
      name: PACK,
      version: '1.0.0',
      digest,
      permissions: [{ permission: 'log', allows: 'Writes to the log' }],
      yanked: null,
      decision: null,
    });
    expect(signatures(result)).toEqual({ publish: 'not checked', conformance: 'not checked' });
  });

  test('picks what a range or a channel names', async () => {
    for (const version of ['1.0.0', '1.1.0']) await registry.publish(version);
    const release = ['--channel', 'stable', ...registry.inFolder(), ...by('acme')];
    await registry.room.json('pack', 'release', `${PACK}@1.0.0`, ...release);
    expect((await inspect(PACK, ...here())).result).toMatchObject({ version: '1.1.0', channels: [] });
    const stable = await inspect(`${PACK}@stable`, ...here());
    expect(stable.result).toMatchObject({ version: '1.0.0', channels: ['latest/stable'] });
  });

  test('under an environment checks each signature, and says what that would decide', async () => {
    const artifact = await registry.publish();
    await registry.environment('prod');
    await registry.environment('other', ['next']);
    const prod = await inspect(PACK, '--env', 'prod');
    expect(signatures(prod.result)).toEqual({ publish: 'holds', conformance: 'holds' });
    expect(prod.result).toMatchObject({ decision: { verdict: 'admitted' } });
    const other = await inspect(PACK, '--env', 'other');
    expect(signatures(other.result)).toEqual({ publish: 'stranger', conformance: 'holds' });
    // To look is not to refuse: that it would be is in the result.
    expect(other).toMatchObject({ exit: 0, result: { digest: artifact.digest, decision: { verdict: 'refused' } } });
  });

  test('in a registry that is named, under an environment, checks signatures and decides nothing', async () => {
    await registry.publish();
    await registry.environment('prod');
    const { result } = await inspect(PACK, ...here(), '--env', 'prod');
    expect(signatures(result)).toEqual({ publish: 'holds', conformance: 'holds' });
    expect(result).toMatchObject({ decision: null });
  });

  test('changes nothing: neither the environment nor its audit', async () => {
    await registry.publish();
    await registry.environment('prod');
    const before = await registry.room.audit('prod');
    await inspect(PACK, '--env', 'prod');
    expect(await registry.room.audit('prod')).toEqual(before);
  });

  test('through a server shows the same as in its folder', async () => {
    await registry.publish();
    const folder = await inspect(PACK, ...here());
    expect(await inspect(PACK, ...(await registry.serve()))).toMatchObject({ exit: 0, result: folder.result });
  });

  test('tells people everything that is said for and against it', async () => {
    await registry.publish();
    const signing = [...registry.inFolder(), ...by('acme')];
    const yank = ['yank', `${PACK}@1.0.0`, '--reason', 'Wrong build.'];
    expect(await registry.room.json('pack', ...yank, ...signing)).toMatchObject({ exit: 0 });
    const deprecate = ['deprecate', PACK, '--reason', 'Nobody cares for it.', '--successor', 'acme.state.large'];
    expect(await registry.room.json('pack', ...deprecate, ...signing)).toMatchObject({ exit: 0 });
    await registry.environment('prod');
    const text = await plainly(`${PACK}@1.0.0`, '--env', 'prod');
    for (const words of [
      'log: Writes to the log',
      'because: Says what it does.',
      '! taken back',
      'Wrong build.',
      '! deprecated: Nobody cares for it. Use acme.state.large.',
      '✓ publish by',
      '(holds): acme.state.small@1.0.0',
      `prod would have it refused: gtc op env-packs why-not prod ${PACK}@1.0.0`,
    ])
      expect(text).toContain(words);
    expect(await plainly(`${PACK}@1.0.0`, ...here())).toContain('? conformance by');
  });

  test.each([
    ['a name that is not there', ['acme.state.large'], 'pack/not-found', 4],
    ['a version that is not there', [`${PACK}@9.9.9`], 'pack/version-not-found', 4],
    ['a range that is none', [`${PACK}@^`], 'input/invalid', 2],
    ['what is no name', ['no such thing'], 'input/invalid', 2],
  ])('refuses %s', async (_, args, code, exit) => {
    await registry.publish();
    expect(await inspect(...args, ...here())).toMatchObject(refused(code, exit));
  });

  test('asks where to look, and under whom', async () => {
    expect(await inspect(PACK)).toMatchObject(refused('input/invalid', 2));
    expect(await inspect(PACK, '--env', 'prod')).toMatchObject(refused('env/not-found', 4));
    expect(await inspect(PACK, '--registry', registry.room.dir)).toMatchObject(refused('registry/unreachable', 7));
  });
});

describe('gtc pack inspect <folder>', () => {
  const folder = path.join(REPOSITORY, 'templates', 'bundle');

  test('builds it, and shows the identity it would be published under', async () => {
    const { result } = await inspect(folder);
    const built = (await registry.room.json('pack', 'build', folder)).result as { digest: string };
    expect(result).toMatchObject({ kind: 'bundle', digest: built.digest, permissions: [] });
    expect(await plainly(folder)).toContain('asks for nothing');
  });

  test('that is no pack is refused', async () => {
    expect(await inspect(registry.room.dir)).toMatchObject(refused('pack/build-failed', 2));
  });
});

describe('gtc pack inspect <file>', () => {
  const report = async () => {
    const artifact = await registry.publish();
    await writeFile(file('report.json'), await registry.report(artifact));
    return artifact;
  };

  test('shows what a piece of evidence says, about what, and whether it holds', async () => {
    const { digest } = await report();
    const subject = { name: PACK, digest };
    expect((await inspect(file('report.json'))).result).toMatchObject({
      kind: 'conformance',
      says: 'conformant',
      signature: 'not checked',
      subject,
    });
    await registry.environment('prod');
    const { keyId } = await registry.trusted('kit');
    const checked = await inspect(file('report.json'), '--env', 'prod');
    expect(checked.result).toMatchObject({ signature: 'holds', signer: keyId });
    expect(await plainly(file('report.json'))).toContain(`about ${PACK} (${digest})`);
  });

  test('shows a signature that was tampered with as broken, with the code', async () => {
    await report();
    const text = await readFile(file('report.json'), 'utf8');
    const bundle = JSON.parse(text) as { dsseEnvelope: { signatures: { sig: string }[] } };
    for (const signature of bundle.dsseEnvelope.signatures)
      signature.sig = Buffer.from(Buffer.from(signature.sig, 'base64').map((byte) => byte ^ 1)).toString('base64');
    await writeFile(file('report.json'), JSON.stringify(bundle));
    await registry.environment('prod');
    const { result } = await inspect(file('report.json'), '--env', 'prod');
    expect(result).toMatchObject({ signature: 'broken', code: 'trust/signature-invalid' });
  });

  test('shows a proposed publication, and who signed it by now', async () => {
    const folder = path.join(REPOSITORY, 'templates', 'bundle');
    await registry.room.json('pack', 'publish', folder, ...by('acme'), '--propose', file('next.json'));
    const { result } = await inspect(file('next.json'));
    const { keyId: signer } = await registry.trusted('acme');
    const kinds = ['publish', 'provenance', 'sbom'];
    expect(result).toMatchObject({ kind: 'bundle', evidence: kinds.map((kind) => ({ kind, signer })) });
    expect(await plainly(file('next.json'))).toMatch(/said about it:\n {4}\? publish by/);
    await registry.environment('prod');
    const checked = await inspect(file('next.json'), '--env', 'prod');
    expect(signatures(checked.result)).toEqual(Object.fromEntries(kinds.map((kind) => [kind, 'stranger'])));
  });

  test('that is no evidence is refused', async () => {
    await writeFile(file('odd.json'), '{}');
    expect(await inspect(file('odd.json'))).toMatchObject(refused('trust/envelope-invalid', 3));
  });
});
