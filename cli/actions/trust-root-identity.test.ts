import { writeFile } from 'node:fs/promises';
import type { TrustRoot } from '@greentic/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SmallRegistry } from '../testing/small-registry.ts';
import { sampleTrustedRoot } from '../testing/trusted-root.ts';

const NAME = 'https://github.com/acme/packs/.github/workflows/release.yml@refs/heads/main';
const ISSUER = 'https://token.actions.githubusercontent.com';
const SIGNER = `${NAME} (${ISSUER})`;
const RUNNER = '1.3.6.1.4.1.57264.1.11';

let registry: SmallRegistry;
const file = (name: string) => registry.room.file(name);
const root = (...args: string[]) => registry.room.json('op', 'trust-root', ...args);
const add = (...args: string[]) => root('add', 'prod', ...args);
const PINNED = () => ['--trusted-root', `github=${file('github.json')}`];
const identity = (role: string, ...more: string[]) => ['--identity', `${role}=${NAME}`, '--issuer', ISSUER, ...more];
const shown = async () => (await root('show', 'prod')).result as TrustRoot;
const entry = { issuer: ISSUER, subjectAlternativeName: NAME, trustedRoot: 'github' };
const refused = (code: string, exit = 2) => ({ exit, error: { code } });

beforeEach(async () => {
  registry = await SmallRegistry.create();
  await registry.environment('prod');
  await writeFile(file('github.json'), JSON.stringify(sampleTrustedRoot()));
});
afterEach(async () => {
  await registry[Symbol.asyncDispose]();
});

describe('an identity', () => {
  test.each([
    ['publisher:acme', (is: TrustRoot) => is.publishers.find(({ namespace }) => namespace === 'acme')],
    ['publisher:beta', (is: TrustRoot) => is.publishers.find(({ namespace }) => namespace === 'beta')],
    ['conformance', (is: TrustRoot) => is.conformance],
    ['approver', (is: TrustRoot) => is.approvers],
  ])(
    'is believed as %s, beside the keys there are and with the trusted root it is checked against',
    async (role, of) => {
      const before = of(await shown());
      const { exit, result } = await add(...identity(role), ...PINNED());
      expect(exit).toBe(0);
      expect(JSON.stringify(result)).toContain(`${SIGNER} by github`);
      const after = await shown();
      expect(of(after)).toMatchObject({ keys: [], threshold: 1, ...(before as object), identities: [entry] });
      expect(after.trustedRoots).toEqual([
        { name: 'github', root: sampleTrustedRoot(), thresholds: { log: 1, timestamp: 1, certificateLog: 1 } },
      ]);
    },
  );

  test('is held to every extension that is named, and another time needs the trusted root by name only', async () => {
    await add(...identity('conformance'), ...PINNED());
    const ran = await add(
      ...identity('approver', '--trusted-root', 'github', '--extension', `${RUNNER}=github-hosted`),
    );
    expect(ran).toMatchObject({ exit: 0 });
    const { approvers } = await shown();
    expect(approvers).toMatchObject({ identities: [{ ...entry, extensions: { [RUNNER]: 'github-hosted' } }] });
  });

  test('that is believed already is not held to less in passing', async () => {
    await add(...identity('approver', '--extension', `${RUNNER}=github-hosted`), ...PINNED());
    const before = await shown();
    expect(await add(...identity('approver', '--trusted-root', 'github'))).toMatchObject(refused('input/invalid'));
    expect(await shown()).toEqual(before);
    const again = identity('approver', '--trusted-root', 'github', '--extension', `${RUNNER}=github-hosted`);
    expect(await add(...again)).toMatchObject({ exit: 0 });
    expect((await shown()).approvers).toEqual(before.approvers);
  });

  test('counts towards a threshold, and is shown to people with what vouches for it', async () => {
    await add(...identity('conformance'), ...PINNED());
    expect(await add('--threshold', 'conformance=2')).toMatchObject({ exit: 0 });
    const { stdout } = await registry.room.plain('op', 'trust-root', 'show', 'prod');
    expect(stdout).toMatch(new RegExp(`conformance +${NAME} \\(${ISSUER}\\) by github +2 of 2`));
    expect(stdout).toMatch(/trusted root github +\(pinned Sigstore root\) +log 1, time 1, certificate-log 1/);
  });

  test('is removed by its name and issuer, wherever it is believed, with a trusted root that nobody needs', async () => {
    await add(...identity('approver'), ...PINNED());
    await add(...identity('publisher:beta', '--trusted-root', 'github'));
    const { exit, result } = await root('remove', 'prod', SIGNER);
    expect([exit, (result as { changes: string[] }).changes.filter((line) => line.startsWith('-'))]).toEqual([
      0,
      [`- publishing beta.*: ${SIGNER} by github`, `- approving: ${SIGNER} by github`],
    ]);
    const after = await shown();
    expect(after).not.toHaveProperty('trustedRoots');
    expect(after.publishers.map(({ namespace }) => namespace)).toEqual(['acme']);
    expect(await root('remove', 'prod', SIGNER)).toMatchObject(refused('input/invalid'));
  });

  test('a trusted root that another identity needs stays when one is removed', async () => {
    await add(...identity('approver'), ...PINNED());
    await add('--identity', 'conformance=lab@example.com', '--issuer', ISSUER, '--trusted-root', 'github');
    expect(await root('remove', 'prod', SIGNER)).toMatchObject({ exit: 0 });
    expect((await shown()).trustedRoots).toHaveLength(1);
  });

  test('without which a threshold cannot be met is not removed', async () => {
    await add(...identity('conformance'), ...PINNED());
    await add('--threshold', 'conformance=2');
    expect(await root('remove', 'prod', SIGNER)).toMatchObject(refused('trust/root-invalid', 3));
  });

  test('is proposed, and shown by --dry-run, as any other change', async () => {
    const before = await shown();
    const dry = await add(...identity('approver'), ...PINNED(), '--dry-run');
    expect(dry).toMatchObject({ exit: 0, result: { dryRun: true } });
    expect(await add(...identity('approver'), ...PINNED(), '--propose', file('next.json'))).toMatchObject({ exit: 0 });
    expect(await shown()).toEqual(before);
  });
});

describe('no identity is believed', () => {
  const named = (name: string, issuer = ISSUER, role = 'approver') =>
    add('--identity', `${role}=${name}`, '--issuer', issuer, ...PINNED());
  afterEach(async () => {
    expect(await shown()).toMatchObject({ version: 1 });
  });

  test.each([
    ['acme'],
    ['https://github.com/acme/*'],
    ['*@example.com'],
    ['a b@example.com'],
    ['https://github.com/acme packs'],
    ['https://github.com/äcme'],
    [`https://github.com/${'a'.repeat(512)}`],
    [''],
  ])('of the name %j', async (name) => {
    expect(await named(name)).toMatchObject(refused('input/invalid'));
  });

  test.each(['http://issuer.example', 'issuer.example', 'https://*.example', ''])(
    'of the issuer %j',
    async (issuer) => {
      expect(await named(NAME, issuer)).toMatchObject(refused('input/invalid'));
    },
  );

  test.each(['owner', 'publisher', 'publisher:', 'publisher:Acme', 'everybody'])('as %s', async (role) => {
    expect(await named(NAME, ISSUER, role)).toMatchObject(refused('input/invalid'));
  });

  test.each([
    ['its issuer', () => ['--identity', `approver=${NAME}`, ...PINNED()]],
    ['its trusted root', () => identity('approver')],
    ['a trusted root that is pinned', () => identity('approver', '--trusted-root', 'gitlab')],
    ['a name for the issuer', () => ['--issuer', ISSUER, ...PINNED()]],
    ['a name for its extensions', () => ['--extension', `${RUNNER}=x`, ...PINNED()]],
    ['an object identifier of an extension', () => [...identity('approver', '--extension', 'runner=x'), ...PINNED()]],
  ])('without %s', async (_, options) => {
    expect(await add(...options())).toMatchObject(refused('input/invalid'));
  });

  const { certificateAuthorities, ...bare } = sampleTrustedRoot() as { certificateAuthorities: object[] };
  test.each([
    ['is no JSON', 'x'],
    ['is another document', '{}'],
    ['names no authority', JSON.stringify({ ...bare, certificateAuthorities: [] })],
    ['is of another media type', JSON.stringify({ ...bare, certificateAuthorities, mediaType: 'application/json' })],
    ['holds no certificate', JSON.stringify(sampleTrustedRoot()).replace(/"rawBytes":"[^"]*"/, '"rawBytes":"AAAA"')],
  ])('under a trusted root that %s', async (_, text) => {
    await writeFile(file('github.json'), text);
    expect(await named(NAME)).toMatchObject(refused('trust/root-invalid', 3));
  });

  test('under a trusted root that is not there, or too large', async () => {
    const there = (name: string) => [...identity('approver'), '--trusted-root', `github=${file(name)}`];
    expect(await add(...there('missing.json'))).toMatchObject(refused('input/invalid'));
    await writeFile(file('large.json'), ' '.repeat(512 * 1024 + 1));
    expect(await add(...there('large.json'))).toMatchObject(refused('input/invalid'));
  });

  test.each(['log=9', 'log=-1', 'log=', 'log', 'clock=1', 'time=0', 'timestamp=1'])(
    'vouched for by %j',
    async (what) => {
      expect(await add(...identity('approver', '--vouching', what), ...PINNED())).toMatchObject(
        refused('input/invalid'),
      );
    },
  );
});

describe('a trusted root', () => {
  test('asks for what it is told to, and keeps that when it is renewed', async () => {
    const vouching = ['--vouching', 'log=0', '--vouching', 'certificate-log=0', '--vouching', 'time=2'];
    await add(...identity('approver', ...vouching), ...PINNED());
    await writeFile(file('github.json'), JSON.stringify(sampleTrustedRoot('Example Next')));
    expect(await add(...PINNED())).toMatchObject({ exit: 0 });
    expect((await shown()).trustedRoots).toEqual([
      {
        name: 'github',
        root: sampleTrustedRoot('Example Next'),
        thresholds: { log: 0, timestamp: 2, certificateLog: 0 },
      },
    ]);
    await add('--trusted-root', 'github', '--vouching', 'log=1');
    expect((await shown()).trustedRoots?.[0]?.thresholds).toEqual({ log: 1, timestamp: 2, certificateLog: 0 });
  });
});
