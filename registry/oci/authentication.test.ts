import { Agent } from 'undici';
import { afterAll, describe, expect, test } from 'vitest';
import { FakeServer } from '../testing/oci-fake.ts';
import { Authentication, type Scope } from './authentication.ts';
import type { Credentials } from './credential.ts';
import { parseOciReference } from './reference.ts';

const PULL: readonly Scope[] = ['repository:acme/registry:pull'];
const PUSH: readonly Scope[] = ['repository:acme/registry:pull,push', 'repository:acme/other:pull'];
const ADA: Credentials = { username: 'ada', password: 'secret' };
const BASIC = `Basic ${Buffer.from('ada:secret').toString('base64')}`;
const via = { dispatcher: new Agent() };
afterAll(() => via.dispatcher.destroy());

/** A token server that gives tokens by number, and how a registry of some host is answered that names it. */
async function open(registry: string, kept: (tokenHost: string) => Readonly<Record<string, Credentials>>) {
  let given = 0;
  const server = await FakeServer.start((_, response) => {
    response.end(JSON.stringify({ access_token: `token-${++given}` }));
    return true;
  });
  const entries = kept(server.host);
  const reference = parseOciReference(`oci://${registry || server.host}/acme/registry`);
  const authentication = new Authentication(reference, async (host) => entries[host]);
  const challenge = `Bearer realm="${server.url}/token?account=a&scope=repository:victim:pull&service=other",service="fake"`;
  const answer = (scopes = PULL, refused?: string, header = challenge) =>
    authentication.answer(header, scopes, refused, via);
  return { server, authentication, answer, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
const asked = ({ asked: [first] }: FakeServer) => ({
  authorization: first?.headers.authorization,
  query: new URL(first?.path ?? '', 'http://x').searchParams,
});

describe('a token', () => {
  test('is asked for with what the request needs, and with nothing the registry adds', async () => {
    await using stage = await open('', (host) => ({ [host]: ADA }));
    expect(await stage.answer(PUSH)).toBe('Bearer token-1');
    const { authorization, query } = asked(stage.server);
    expect(authorization).toBe(BASIC);
    expect(query.getAll('scope')).toEqual(PUSH);
    expect(query.getAll('service')).toEqual(['fake']);
  });

  test('is kept for the same scopes, and asked for anew once it was refused', async () => {
    await using stage = await open('', () => ({}));
    expect(await stage.authentication.known(PULL)).toBeUndefined();
    expect(await stage.answer()).toBe('Bearer token-1');
    expect(await stage.authentication.known(PULL)).toBe('Bearer token-1');
    expect(await stage.authentication.known(PUSH)).toBeUndefined();
    expect(await stage.answer(PULL, 'Bearer token-0')).toBe('Bearer token-1');
    expect(await stage.answer(PULL, 'Bearer token-1')).toBe('Bearer token-2');
  });

  test('is asked for once by requests that are refused at the same time', async () => {
    await using stage = await open('', () => ({}));
    const answers = await Promise.all([stage.answer(), stage.answer(), stage.answer()]);
    expect(new Set(answers)).toEqual(new Set(['Bearer token-1']));
  });

  test('that could not be had is asked for again', async () => {
    await using stage = await open('', () => ({}));
    const give = stage.server.intercept;
    stage.server.intercept = (_, response) => response.writeHead(503).end() && true;
    await expect(stage.answer()).rejects.toMatchObject({ code: 'registry/unreachable' });
    stage.server.intercept = give;
    expect(await stage.authentication.known(PULL)).toBeUndefined();
    expect(await stage.answer()).toBe('Bearer token-1');
  });
});

describe('a token server on another host', () => {
  const OTHER = { username: 'bob', password: 'other' };
  test.each<[what: string, own: Credentials | undefined, theirs: Credentials | undefined, sent: string | undefined]>([
    ['is asked as the account that it shares with the registry', ADA, ADA, BASIC],
    ['is not asked as somebody who is known there only', undefined, ADA, undefined],
    ['is not asked as somebody who is known at the registry only', ADA, undefined, undefined],
    ['is not asked as somebody else', ADA, OTHER, undefined],
    ['is not asked with another password', ADA, { ...ADA, password: 'other' }, undefined],
    ['is not asked under another name', ADA, { ...ADA, username: 'bob' }, undefined],
  ])('%s', async (_, own, theirs, sent) => {
    await using stage = await open('127.0.0.9:5000', (host) => ({
      ...(own && { '127.0.0.9:5000': own }),
      ...(theirs && { [host]: theirs }),
    }));
    await stage.answer();
    expect(asked(stage.server).authorization).toBe(sent);
  });
});

describe('a password', () => {
  test('goes to who asks for it, when nobody offers a token', async () => {
    await using stage = await open('', (host) => ({ [host]: ADA }));
    expect(await stage.answer(PULL, undefined, 'Digest nonce="x", Basic realm="x"')).toBe(BASIC);
    expect(stage.server.asked).toEqual([]);
  });

  test('that nobody has is registry/access-denied', async () => {
    await using stage = await open('', () => ({}));
    await expect(stage.answer(PULL, undefined, 'Basic realm="x"')).rejects.toMatchObject({
      code: 'registry/access-denied',
    });
  });

  test('goes in UTF-8', async () => {
    await using stage = await open('', (host) => ({ [host]: { username: 'ada', password: 'Grüße' } }));
    const answer = await stage.answer(PULL, undefined, 'Basic realm="x"');
    expect(Buffer.from(answer.slice('Basic '.length), 'base64').toString()).toBe('ada:Grüße');
  });
});
