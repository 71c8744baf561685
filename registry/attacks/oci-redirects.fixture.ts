import { flipped, giving, pouring, saying } from '../testing/oci-answer.ts';
import { type Answer, ELSEWHERE, lies, type OciLie, PLACES, REGISTRY } from '../testing/oci-lie.ts';

const { blob, index } = PLACES;

/** Leads to a place, by the digest that was asked for. */
const to =
  (place: string, status = 307): Answer =>
  (response, honest, asked, stage) =>
    saying(status, { location: place.replace('*', asked.path) })(response, honest, asked, stage);

/** Leads to somebody else’s host, which answers as told. */
const elsewhere =
  (answer: Answer): Answer =>
  (response, honest, asked, stage) => {
    stage.elsewhere.intercept = (there, reply) => {
      answer(reply, honest, there, stage);
      return true;
    };
    to(`https://${ELSEWHERE}*`)(response, honest, asked, stage);
  };

const ASTRAY = {
  'over plain HTTP': `http://${ELSEWHERE}*`,
  'to itself over plain HTTP': `http://${REGISTRY}*`,
  'to where cloud machines find their keys, over plain HTTP': 'http://169.254.169.254/latest/meta-data/',
  'to where cloud machines find their keys': 'https://169.254.169.254/latest/meta-data/',
  'to a neighbour on the link': 'https://[fe80::1]/',
  'into this machine over plain HTTP': 'http://127.0.0.1:2375/',
  'into this machine': 'https://127.0.0.1/',
  'into this machine by another of its addresses': 'https://127.9.9.9/',
  'into this machine by a number': 'https://2130706433/',
  'into this machine by IPv6': 'https://[::1]/',
  'into this machine by an address within another': 'https://[::ffff:127.0.0.1]/',
  'into this machine by no address': 'https://0.0.0.0/',
  'into this machine by name': 'https://localhost/',
  'into this machine by a longer name': 'https://a.localhost./',
  'to a file': 'file:///etc/passwd',
  'to what it holds itself': 'data:application/octet-stream,x',
  'to a name and a password': `https://ada:secret@${ELSEWHERE}*`,
  'to a password': `https://:secret@${ELSEWHERE}*`,
  'to what is no address': 'https://[/',
} as const;

/** A registry leads whoever reads from it to where they should not go. */
export const OCI_REDIRECTS: readonly OciLie[] = [
  ...lies(
    'registry/redirect',
    blob,
    Object.fromEntries(Object.entries(ASTRAY).map(([name, place]) => [`a way ${name}`, to(place)])),
  ),
  ...lies('registry/redirect', index, {
    ...Object.fromEntries(
      [301, 302, 303, 307, 308].map((status) => [
        `an index that is elsewhere over plain HTTP: ${status}`,
        to(`http://${ELSEWHERE}*`, status),
      ]),
    ),
    'a way from an index to itself, for ever': to('*'),
    'a way without a direction, for ever': saying(307),
  }),
  ...lies('registry/redirect', blob, {
    'a way to itself, for ever': to('*'),
    'a way that goes on for ever': to('*x'),
    'a way there and back, for ever': elsewhere((response, honest, asked, stage) =>
      to(`https://${REGISTRY}*`)(response, honest, asked, stage),
    ),
    'a way elsewhere, and from there over plain HTTP': elsewhere(to(`http://${ELSEWHERE}*`)),
    'a way elsewhere, and from there into this machine': elsewhere(to('https://127.0.0.1/')),
  }),
  ...lies('registry/access-denied', blob, {
    'a way to who asks for the password': elsewhere(
      saying(401, { 'www-authenticate': 'Basic realm="registry.example"' }),
    ),
    'a way to who asks for a token': elsewhere(
      saying(401, { 'www-authenticate': `Bearer realm="https://${REGISTRY}/token",service="fake"` }),
    ),
    'a way to who lets nobody in': elsewhere(saying(403)),
  }),
  ...lies('blob/digest-mismatch', blob, { 'a way to other bytes': elsewhere(giving(flipped)) }),
  ...lies('blob/size-mismatch', blob, { 'a way to bytes without an end': elsewhere(pouring()) }),
  ...lies('registry/incomplete', blob, { 'a way to where there is nothing': elsewhere(saying(404)) }),
  ...lies('registry/unreachable', blob, { 'a way to who is out of service': elsewhere(saying(503)) }),
];
