import type { AttackCase } from '../testing/attack.ts';
import { dripping, giving, pouring, saying } from '../testing/oci-answer.ts';
import { type Answer, ELSEWHERE, lies, type OciLie, REGISTRY } from '../testing/oci-lie.ts';

const TOKEN = /^GET \/token/;

/** Asks for something in the words of a header. */
const asking = (code: AttackCase['code'], headers: Readonly<Record<string, string>>): OciLie[] =>
  Object.entries(headers).map(([name, header]) => ({ name, code, lie: (stage) => stage.challenge(header) }));

/** Sends to a token server, wherever it is. */
const at = (code: AttackCase['code'], realms: Readonly<Record<string, string>>) =>
  asking(code, Object.fromEntries(Object.entries(realms).map(([name, realm]) => [name, `Bearer realm="${realm}"`])));

/** Sends to somebody else’s token server, which knows who `bob` is and lets him into everything. */
const atElsewhere = (
  name: string,
  realm: string,
  kept: Record<string, { username: string; password: string }>,
): OciLie => ({
  name,
  code: 'registry/access-denied',
  lie: (stage) => {
    stage.credentials = { ...stage.credentials, ...kept };
    stage.challenge(`Bearer realm="${realm}",service="elsewhere"`);
    stage.elsewhere.intercept = ({ path, headers }, response) => {
      const known = headers.authorization !== undefined || path.includes('victim');
      response.writeHead(known ? 200 : 401).end('{"token":"stolen"}');
      return true;
    };
  },
});

const token = (text: string): Answer => giving(() => text);

/** A registry asks for a token where it should not, or answers with one that is none. */
export const OCI_TOKENS: readonly OciLie[] = [
  ...at('registry/redirect', {
    'a token server over plain HTTP': `http://${REGISTRY}/token`,
    'a token server elsewhere over plain HTTP': `http://${ELSEWHERE}/token`,
    'a token server in this machine': 'https://127.0.0.1/token',
    'a token server in this machine over plain HTTP': 'http://127.0.0.1/token',
    'a token server in this machine by name': 'https://localhost/token',
    'a token server where cloud machines find their keys': 'http://169.254.169.254/latest/api/token',
    'a token server on the link': 'https://169.254.169.254/token',
    'a token server with a name and a password': `https://ada:secret@${REGISTRY}/token`,
    'a token server that is a file': 'file:///etc/passwd',
    'a token server that is a path': '/token',
    'a token server without a host': 'https:///',
    'a token server that is nowhere': '',
  }),
  ...asking('registry/redirect', {
    'a token of a server that it does not name': 'Bearer service="fake"',
    'a token, and no more than that': 'Bearer',
    'a token of a server whose name does not end': `Bearer realm="https://${ELSEWHERE}/token`,
  }),
  ...asking('registry/access-denied', {
    'nothing that anybody can read': '=,"=',
    'nothing at all': '',
    'a digest of the password': 'Digest realm="fake", nonce="x", qop="auth"',
    'a ticket': 'Negotiate',
    'only the parameters of something': `realm="https://${ELSEWHERE}/token"`,
  }),
  atElsewhere('a token of another registry, where somebody else is known', `https://${ELSEWHERE}/token`, {
    [ELSEWHERE]: { username: 'bob', password: 'secret-of-bob' },
  }),
  atElsewhere('a token of another registry, where the same name has another password', `https://${ELSEWHERE}/token`, {
    [ELSEWHERE]: { username: 'ada', password: 'secret-elsewhere' },
  }),
  atElsewhere('a token of another registry, where nobody is known', `https://${ELSEWHERE}/token`, {}),
  atElsewhere(
    'a token for what somebody else keeps private',
    `https://${ELSEWHERE}/token?scope=repository:victim/private:pull,push`,
    {},
  ),
  ...lies('registry/protocol', TOKEN, {
    'a token without an end': pouring(),
    'a token of more than 64 kB': token(JSON.stringify({ token: 'a'.repeat(65_536) })),
    'a token that ends a header': token('{"token":"good-token\\r\\nX-Other: 1"}'),
    'a token with a blank in it': token('{"token":"good token"}'),
    'a token that is empty': token('{"token":""}'),
    'a token that is a number': token('{"token":1}'),
    'a token that is missing': token('{"expires_in":300}'),
    'a token nested without an end': token('['.repeat(60_000)),
    'a token with a key that would be a prototype': token('{"__proto__":{"token":"good-token"}}'),
    'a token that is a page': token('<!doctype html>'),
    'a token in gzip': giving(() => '', { 'content-encoding': 'gzip' }),
    'a token that is elsewhere': saying(302, { location: `https://${ELSEWHERE}/token` }),
    'a token that is not there': saying(404),
    'a token that is accepted, some time': saying(202),
  }),
  ...lies('registry/unreachable', TOKEN, {
    'a token that comes a byte at a time': dripping(),
    'a token server that is out of service': saying(503),
  }),
  ...lies('registry/rate-limited', TOKEN, { 'a token server that takes no more requests': saying(429) }),
  ...lies('registry/access-denied', TOKEN, {
    'a token that opens nothing': token('{"token":"bad-token"}'),
    'a token server that lets nobody in': saying(401),
  }),
];
