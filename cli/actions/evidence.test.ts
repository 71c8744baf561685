import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PACK, SmallRegistry, type Who } from '../testing/small-registry.ts';

let registry: SmallRegistry;
const V1 = `${PACK}@1.0.0`;
const file = (name: string) => registry.room.file(name);
const pack = (...args: string[]) => registry.room.json('pack', ...args);
const by = (who: Who) => ['--key', registry.key(who)];
const approve = (who: Who, ...args: string[]) => pack('approve', V1, ...by(who), '--reason', 'Reviewed.', ...args);
const refused = (code: string, exit = 3) => ({ exit, error: { code } });
const whyNot = async (env: string) => {
  const { result, error } = await registry.room.json('op', 'env-packs', 'why-not', env, V1);
  return {
    code: error?.code,
    rules: (result as { decision: { rules: { id: string; looked: string }[] } }).decision.rules,
  };
};

beforeEach(async () => {
  registry = await SmallRegistry.create();
});
afterEach(async () => {
  await registry[Symbol.asyncDispose]();
});

describe('gtc pack approve and attach', () => {
  const policy = async (approval: number) => {
    await writeFile(file('policy.json'), JSON.stringify({ requiredEvidence: { approval } }));
    await registry.environment('prod', ['acme'], ['--policy', file('policy.json')]);
  };

  test('approvers sign on machines of their own, the publisher attaches, and the environment admits', async () => {
    const { digest } = await registry.publish();
    await policy(2);
    const files: string[] = [];
    for (const who of ['ada', 'bob'] as const) {
      const out = file(`${who}.approval.json`);
      const { keyId } = await registry.trusted(who);
      const ran = await approve(who, '--registry', registry.folder, '--digest', digest, '--out', out);
      expect(ran).toMatchObject({ exit: 0, result: { name: PACK, digest, approver: keyId, file: out, index: null } });
      files.push(out);
    }
    expect((await whyNot('prod')).code).toBe('trust/approval-missing');
    const attached = await pack('attach', V1, ...files, ...registry.inFolder(), ...by('acme'));
    expect(attached).toMatchObject({
      exit: 0,
      result: { digest, attached: [{ kind: 'approval', says: 'Reviewed.' }, { kind: 'approval' }] },
    });
    const { code, rules } = await whyNot('prod');
    expect(code).toBeUndefined();
    expect(rules.find(({ id }) => id === 'approval/threshold')?.looked).toMatch(/^2 of 2 needed/);
  });

  test('with the publisher’s key at hand an approval is attached at once, into a folder or through a server', async () => {
    const { digest } = await registry.publish();
    await policy(2);
    const publisher = ['--publisher-key', registry.key('acme')];
    expect(await approve('ada', ...registry.inFolder(), ...publisher)).toMatchObject({
      exit: 0,
      result: { file: null },
    });
    const served = await registry.serve();
    expect(await approve('bob', ...served, ...publisher)).toMatchObject({ exit: 2, error: { code: 'input/invalid' } });
    expect(await approve('bob', ...served, ...publisher, '--digest', digest)).toMatchObject({ exit: 0 });
    expect((await whyNot('prod')).code).toBeUndefined();
  });

  test('evidence is attached through a server with an account and the publisher’s key', async () => {
    const artifact = await registry.publish();
    await writeFile(file('report.json'), await registry.report(artifact, 'bob'));
    const served = await registry.serve();
    expect(await pack('attach', V1, file('report.json'), ...served, ...by('acme'))).toMatchObject({
      exit: 0,
      result: { attached: [{ kind: 'conformance', says: 'conformant', signature: 'not checked' }] },
    });
    expect(await pack('attach', V1, file('report.json'), ...served, ...by('next'))).toMatchObject(
      refused('registry/namespace-denied'),
    );
  });

  test('tells people what was signed, and what to do with it', async () => {
    await registry.publish();
    const out = ['--registry', registry.folder, '--out', file('a.json')];
    const { stdout } = await registry.room.plain('pack', 'approve', V1, ...by('ada'), '--reason', 'Fine.', ...out);
    expect(stdout).toContain(`gtc pack attach ${V1} ${file('a.json')}`);
    const attached = await registry.room.plain(
      'pack',
      'attach',
      V1,
      file('a.json'),
      ...registry.inFolder(),
      ...by('acme'),
    );
    expect(attached.stdout).toMatch(/approval, signed by [0-9a-f]{32}: Fine\.\nAttached to acme\.state\.small 1\.0\.0/);
  });
});

describe('an approval is refused', () => {
  const out = () => ['--registry', registry.folder, '--out', file('approval.json')];
  afterEach(async () => {
    await expect(readFile(file('approval.json'))).rejects.toThrow();
  });

  test('for a version that is not published', async () => {
    expect(await approve('ada', ...out())).toMatchObject(refused('pack/not-found', 4));
    await registry.publish('1.0.1');
    expect(await approve('ada', ...out())).toMatchObject(refused('pack/version-not-found', 4));
  });

  test('for a range: what is approved is one version', async () => {
    const ran = await pack('approve', `${PACK}@^1`, ...by('ada'), '--reason', 'Fine.', ...out());
    expect(ran).toMatchObject(refused('input/invalid', 2));
  });

  test('for other bytes than were looked at', async () => {
    await registry.publish();
    const { digest } = await registry.publish('1.0.1');
    expect(await approve('ada', '--digest', digest, ...out())).toMatchObject(refused('trust/statement-mismatch'));
    expect(await approve('ada', '--digest', 'latest', ...out())).toMatchObject(refused('input/invalid', 2));
  });

  test('to the key that published', async () => {
    await registry.publish();
    expect(await approve('acme', ...out())).toMatchObject(refused('trust/threshold'));
  });

  test('for a version that was taken back', async () => {
    await registry.publish();
    await pack('yank', V1, '--reason', 'Wrong.', ...registry.inFolder(), ...by('acme'));
    expect(await approve('ada', ...out())).toMatchObject(refused('pack/yanked'));
  });

  test('without a place to put it, or with two', async () => {
    await registry.publish();
    const code = 'input/conflicting-options';
    expect(await approve('ada', '--registry', registry.folder)).toMatchObject(refused(code, 2));
    const publisher = ['--publisher-key', registry.key('acme')];
    expect(await approve('ada', ...out(), ...publisher)).toMatchObject(refused(code, 2));
    expect(await approve('ada', '--registry', registry.folder, ...publisher)).toMatchObject(
      refused('input/invalid', 2),
    );
  });

  test('over a server without an account', async () => {
    const { digest } = await registry.publish();
    const [, url = ''] = await registry.serve();
    const there = ['--registry', url, '--digest', digest, '--out', file('approval.json')];
    expect(await approve('ada', ...there)).toMatchObject(refused('input/invalid', 2));
    expect(await approve('ada', ...there, '--account', 'eve')).toMatchObject(refused('registry/access-denied'));
  });
});

test('an approval is not written over another file', async () => {
  await registry.publish();
  await writeFile(file('kept.json'), 'kept');
  const ran = await approve('ada', '--registry', registry.folder, '--out', file('kept.json'));
  expect(ran).toMatchObject(refused('input/invalid', 2));
  expect(await readFile(file('kept.json'), 'utf8')).toBe('kept');
});

describe('evidence is not attached', () => {
  const attach = (name: string, ...args: string[]) => pack('attach', V1, file(name), ...registry.inFolder(), ...args);

  test.each([
    ['that is none', 'x', 'trust/envelope-invalid'],
    ['of a form nobody reads', '{"mediaType":"application/json"}', 'trust/envelope-invalid'],
    ['that is too large', ' '.repeat(8 * 2 ** 20 + 1), 'trust/envelope-invalid'],
  ])('%s', async (_, text, code) => {
    await registry.publish();
    await writeFile(file('odd.json'), text);
    expect(await attach('odd.json', ...by('acme'))).toMatchObject(refused(code));
  });

  test('about another version, nor to a version that is not there', async () => {
    const first = await registry.publish();
    await writeFile(file('report.json'), await registry.report(first));
    const second = ['attach', `${PACK}@1.0.1`, file('report.json'), ...registry.inFolder(), ...by('acme')];
    expect(await pack(...second)).toMatchObject(refused('pack/version-not-found', 4));
    await registry.publish('1.0.1');
    expect(await pack(...second)).toMatchObject(refused('trust/statement-mismatch'));
  });

  test('from a file that is not there', async () => {
    await registry.publish();
    expect(await attach('missing.json', ...by('acme'))).toMatchObject(refused('trust/envelope-invalid'));
  });

  test('by anybody but the publisher', async () => {
    await writeFile(file('report.json'), await registry.report(await registry.publish(), 'bob'));
    expect(await attach('report.json', ...by('ada'))).toMatchObject(refused('registry/namespace-denied'));
    expect(await attach('report.json')).toMatchObject({ exit: 2 });
  });
});

describe('gtc pack re-sign', () => {
  const former = () => ['--former', `${registry.key('acme')}.pub`];
  const reSign = (...args: string[]) => pack('re-sign', V1, ...former(), ...args);

  /** A version, and a namespace that went over to the next key, as the drill has it. */
  async function rotated() {
    const artifact = await registry.publish();
    await registry.environment('prod', ['next']);
    await registry.delegate(['next']);
    const keys = ['--key', registry.key('owner'), '--publisher-key', registry.key('next')];
    expect(await registry.room.json('registry', 'refresh', registry.folder, ...keys)).toMatchObject({ exit: 0 });
    return artifact;
  }

  test('a version that a former key published is admitted under the next one alone', async () => {
    const { digest } = await rotated();
    expect((await whyNot('prod')).code).toBe('trust/threshold');
    expect(await reSign(...registry.inFolder(), ...by('next'))).toMatchObject({
      exit: 0,
      result: { digest, former: (await registry.trusted('acme')).keyId, signed: [{ kind: 'publish' }] },
    });
    expect((await whyNot('prod')).code).toBeUndefined();
  });

  test('works through a server, by the digest', async () => {
    const { digest } = await rotated();
    const served = await registry.serve();
    expect(await reSign(...served, ...by('next'))).toMatchObject(refused('input/invalid', 2));
    expect(await reSign(...served, ...by('next'), '--digest', digest)).toMatchObject({ exit: 0 });
    expect((await whyNot('prod')).code).toBeUndefined();
  });

  test('is refused for a key that did not publish it, for another digest, and to a key that may not publish', async () => {
    await registry.publish();
    const { digest } = await registry.publish('1.0.1');
    const kit = ['--former', `${registry.key('kit')}.pub`];
    expect(await reSign(...kit, ...registry.inFolder(), ...by('acme'))).toMatchObject(refused('trust/threshold'));
    const pinned = ['--digest', digest];
    expect(await reSign(...registry.inFolder(), ...by('acme'), ...pinned)).toMatchObject(
      refused('trust/statement-mismatch'),
    );
    expect(await reSign(...registry.inFolder(), ...by('next'))).toMatchObject(refused('registry/namespace-denied'));
  });
});
