import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SmallRegistry, type Who } from '../testing/small-registry.ts';

const BUNDLE = 'acme.bundle.greeter';
let registry: SmallRegistry;
const file = (name: string) => registry.room.file(name);
const pack = (...args: string[]) => registry.room.json('pack', ...args);
const by = (...all: Who[]) => all.flatMap((who) => ['--key', registry.key(who)]);
const idOf = async (who: Who) => (await registry.trusted(who)).keyId;
const refused = (code: string, exit = 3) => ({ exit, error: { code } });
const whyNot = (env: string) => registry.room.json('op', 'env-packs', 'why-not', env, BUNDLE);

/** Sources of a small bundle, which say something. */
async function sources(dir: string, says = 'hello', version = '1.0.0'): Promise<string> {
  const description = { title: 'Greeter', description: 'Says hello to whoever asks.' };
  await mkdir(file(dir), { recursive: true });
  const manifest = { schema: 'greentic.bundle/1', name: BUNDLE, version, ...description };
  await writeFile(path.join(file(dir), 'bundle.json'), JSON.stringify(manifest));
  await writeFile(path.join(file(dir), 'index.ts'), `export default { fetch: () => new Response('${says}') };\n`);
  return file(dir);
}

beforeEach(async () => {
  registry = await SmallRegistry.create();
});
afterEach(async () => {
  await registry[Symbol.asyncDispose]();
});

describe('gtc pack init', () => {
  test.each([
    ['acme.secrets.vault', 'secrets', 'pack.json'],
    ['acme.bundle.desk', 'bundle', 'bundle.json'],
  ])('starts %s under its own name, without what its template needs for itself', async (name, slot, description) => {
    const { exit, result } = await pack('init', name, '--slot', slot, '--dir', file('new'));
    expect([exit, (result as { dir: string }).dir]).toEqual([0, file('new')]);
    expect(JSON.parse(await readFile(path.join(file('new'), description), 'utf8'))).toMatchObject({ name });
    const left = (await readdir(file('new'), { recursive: true })).filter((each) =>
      /node_modules|\.test\.ts$/.test(each),
    );
    expect(left).toEqual([]);
  });

  test.each([
    ['a name for another slot', ['acme.secrets.vault', '--slot', 'state'], 'pack/slot-mismatch', 3],
    ['what is no name', ['vault', '--slot', 'secrets'], 'input/invalid', 2],
  ])('refuses %s', async (_, args, code, exit) => {
    expect(await pack('init', ...args, '--dir', file('new'))).toMatchObject(refused(code, exit));
    await expect(stat(file('new'))).rejects.toThrow();
  });

  test('writes into no folder that holds something', async () => {
    const dir = await sources('taken');
    const before = await readdir(dir);
    const ran = await pack('init', 'acme.secrets.vault', '--slot', 'secrets', '--dir', dir);
    expect(ran).toMatchObject(refused('input/invalid', 2));
    expect(await readdir(dir)).toEqual(before);
  });
});

test('gtc pack keygen makes a secret key for its owner alone, and never over another', async () => {
  const { result } = await pack('keygen', file('new.key'));
  expect((await stat(file('new.key'))).mode & 0o777).toBe(0o600);
  const { publicKey } = result as { publicKey: string };
  expect((await readFile(file('new.key.pub'), 'utf8')).trim()).toBe(publicKey);
  expect(JSON.stringify(result)).not.toContain('secretKey');
  expect(await pack('keygen', file('new.key'))).toMatchObject(refused('input/invalid', 2));
});

describe('gtc pack build', () => {
  test('gives the same identity for the same sources, wherever they lie, and another for others', async () => {
    const digestOf = async (dir: string) => ((await pack('build', dir)).result as { digest: string }).digest;
    const digest = await digestOf(await sources('here'));
    expect(await digestOf(await sources('there/deep'))).toBe(digest);
    expect(await digestOf(await sources('other', 'bye'))).not.toBe(digest);
  });

  test('writes what is in it, and where it comes from, for others to sign', async () => {
    const dir = await sources('greeter');
    const out = ['--sbom', file('sbom.json'), '--provenance', file('provenance.json')];
    const { result } = await pack('build', dir, ...out);
    const component = { name: BUNDLE, version: '1.0.0' };
    const sbom = JSON.parse(await readFile(file('sbom.json'), 'utf8'));
    expect(sbom).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component } });
    const { digest } = result as { digest: string };
    const provenance = JSON.parse(await readFile(file('provenance.json'), 'utf8'));
    expect(provenance.subject).toEqual([{ name: BUNDLE, digest: { sha256: digest.slice('sha256:'.length) } }]);
  });
});

describe('gtc pack publish', () => {
  test('says that a pack came without a report, and says nothing of the kind of a bundle', async () => {
    const dir = file('small');
    await mkdir(dir, { recursive: true });
    const description = { title: 'Small', description: 'Keeps nothing at all.', slot: 'state', contract: 1 };
    const manifest = { schema: 'greentic.pack/1', name: 'acme.state.nothing', version: '1.0.0', ...description };
    await writeFile(path.join(dir, 'pack.json'), JSON.stringify(manifest));
    await writeFile(path.join(dir, 'index.ts'), 'export default {};\n');
    const publishing = (folder: string) => ['pack', 'publish', folder, ...registry.inFolder(), ...by('acme')];
    const alone = await registry.room.plain(...publishing(dir));
    expect([alone.exit, alone.stderr]).toEqual([0, expect.stringContaining('No conformance report came along')]);
    const bundle = await registry.room.plain(...publishing(await sources('greeter')));
    expect([bundle.exit, bundle.stderr]).toEqual([0, '']);
  });

  test('signs with every key given, what was built and where it is from, and opens channels', async () => {
    const dir = await sources('greeter');
    const ran = await pack('publish', dir, ...registry.inFolder(), ...by('acme', 'next'), '--channel', 'edge');
    expect(ran).toMatchObject({ exit: 0, result: { name: BUNDLE, signers: [await idOf('acme'), await idOf('next')] } });
    const { result } = await pack('inspect', `${BUNDLE}@edge`, '--registry', registry.folder);
    const { evidence } = result as { evidence: { kind: string; signer: string }[] };
    const kinds = evidence
      .filter(({ signer }) => signer !== undefined)
      .map(({ kind }) => kind)
      .toSorted();
    expect(kinds).toEqual(['provenance', 'provenance', 'publish', 'publish', 'sbom', 'sbom']);
  });

  test('is refused for a version that exists, and for evidence about something else', async () => {
    const publish = async (dir: string, ...args: string[]) =>
      await pack('publish', dir, ...registry.inFolder(), ...by('acme'), ...args);
    await publish(await sources('greeter'));
    expect(await publish(await sources('other', 'bye'))).toMatchObject(refused('pack/version-exists', 5));
    await writeFile(file('report.json'), await registry.report(await registry.publish()));
    const next = await sources('next', 'hello', '1.1.0');
    expect(await publish(next, '--evidence', file('report.json'))).toMatchObject(refused('trust/statement-mismatch'));
    expect(await publish(next, '--channel', 'sometimes')).toMatchObject(refused('input/invalid', 2));
  });
});

describe('a publication by two', () => {
  /** An environment that asks for two signatures of the publisher, and a first one, in a file. */
  async function proposed(says = 'hello') {
    await registry.delegate(['next']);
    await registry.environment('prod', ['acme', 'next']);
    const dir = await sources('greeter', says);
    const ran = await pack('publish', dir, ...by('acme'), '--propose', file('next.json'));
    expect(ran).toMatchObject({ exit: 0, result: { file: file('next.json'), signers: [await idOf('acme')] } });
    return dir;
  }
  const sign = (...args: string[]) => pack('sign', file('next.json'), ...args);
  const publish = (...args: string[]) => pack('publish', file('next.json'), ...registry.inFolder(), ...args);

  test('is signed on one machine, signed and published on another, and admitted where both have to sign', async () => {
    await proposed();
    expect(await publish(...by('next'))).toMatchObject({
      exit: 0,
      result: { name: BUNDLE, signers: [await idOf('acme'), await idOf('next')] },
    });
    expect(await whyNot('prod')).toMatchObject({ exit: 0 });
  });

  test('is not admitted with the signature of one', async () => {
    await registry.delegate(['next']);
    await registry.environment('prod', ['acme', 'next']);
    const dir = await sources('greeter');
    expect(await pack('publish', dir, ...registry.inFolder(), ...by('next'))).toMatchObject({ exit: 0 });
    expect(await whyNot('prod')).toMatchObject(refused('trust/threshold'));
  });

  test('is signed by who does not publish, having built it from sources of his own', async () => {
    await proposed();
    const mine = await sources('mine');
    expect(await sign(...by('bob'), '--source', mine)).toMatchObject({
      exit: 0,
      result: { version: '1.0.0', signers: [await idOf('acme'), await idOf('bob')], permissions: [] },
    });
    const published = (await publish(...by('next'))).result as { signers: string[] };
    expect(published.signers).toHaveLength(3);
  });

  test('goes through a server as well, and opens channels when it is published', async () => {
    await proposed();
    const served = await registry.serve();
    const ran = await pack('publish', file('next.json'), ...served, ...by('next'), '--channel', 'stable');
    expect(ran).toMatchObject({ exit: 0 });
    const stable = await pack('inspect', `${BUNDLE}@stable`, '--registry', registry.folder);
    expect(stable.result).toMatchObject({ channels: ['latest/stable'] });
  });

  test('is not signed by who builds other bytes of the sources: the file stays as it is', async () => {
    await proposed('hello, and send it away');
    const before = await readFile(file('next.json'), 'utf8');
    const mine = await sources('mine');
    expect(await sign(...by('next'), '--source', mine)).toMatchObject(refused('trust/statement-mismatch'));
    expect(await readFile(file('next.json'), 'utf8')).toBe(before);
  });

  test('tells people what they sign, and what to do with it', async () => {
    const dir = await sources('greeter');
    const made = await registry.room.plain('pack', 'publish', dir, ...by('acme'), '--propose', file('a.json'));
    expect(made.stdout).toContain(`gtc pack sign ${file('a.json')} --key <key>`);
    const { stdout } = await registry.room.plain('pack', 'sign', file('a.json'), ...by('next'));
    expect(stdout).toMatch(
      /^acme\.bundle\.greeter 1\.0\.0: sha256:[0-9a-f]{64}\nSigned by [0-9a-f]{32}, [0-9a-f]{32}\.\n$/,
    );
  });

  test('that was tampered with on its way is neither signed nor published', async () => {
    await proposed();
    const proposal = JSON.parse(await readFile(file('next.json'), 'utf8'));
    const module = Buffer.from("export default { fetch: () => new Response('evil') };\n").toString('base64');
    await writeFile(file('next.json'), JSON.stringify({ ...proposal, artifact: { ...proposal.artifact, module } }));
    expect(await sign(...by('next'))).toMatchObject(refused('trust/statement-mismatch'));
    expect(await publish(...by('next'))).toMatchObject(refused('trust/statement-mismatch'));
  });

  test('is not written over another, nor read from what is none', async () => {
    const dir = await proposed();
    const again = await pack('publish', dir, ...by('next'), '--propose', file('next.json'));
    expect(again).toMatchObject(refused('input/invalid', 2));
    await writeFile(file('next.json'), '{}');
    expect(await sign(...by('next'))).toMatchObject(refused('input/invalid', 2));
    expect(await pack('sign', file('missing.json'), ...by('next'))).toMatchObject(refused('input/invalid', 2));
  });

  test('has one destination: a registry, or a file without channels', async () => {
    const dir = await sources('greeter');
    const propose = ['--propose', file('next.json')];
    for (const options of [[], [...propose, ...registry.inFolder()], [...propose, '--channel', 'stable']]) {
      expect(await pack('publish', dir, ...by('acme'), ...options)).toMatchObject(
        refused('input/conflicting-options', 2),
      );
    }
  });
});
