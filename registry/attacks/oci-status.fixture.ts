import { giving, saying } from '../testing/oci-answer.ts';
import { lies, type OciLie, PLACES } from '../testing/oci-lie.ts';
import { daysLater, T0 } from '../testing/sample-registry.ts';

const { index, blob } = PLACES;
const HALF_A_YEAR = daysLater(182).toUTCString();

/** Four attempts, each wait twice as long as the one before. */
const waits = [250, 500, 1000];

const later = (status: number, after: string) => saying(status, { 'retry-after': after });

/** A registry says no, or later, for ever. */
export const OCI_STATUS: readonly OciLie[] = [
  ...lies(
    'registry/rate-limited',
    index,
    {
      'too many requests, for ever': saying(429),
      'too many requests, until below zero': later(429, '-5'),
      'too many requests, until yesterday': later(429, daysLater(-1).toUTCString()),
      'too many requests, until now': later(429, T0.toUTCString()),
      'too many requests, until no time there is': later(429, 'soon'),
      'too many requests, until a number that is no date': later(429, '1e999'),
      'too many requests, until two times': giving(() => '', { 'retry-after': ['5', '7'] }, 429),
    },
    { waits },
  ),
  ...lies(
    'registry/rate-limited',
    index,
    {
      'too many requests, for a year': later(429, `${365 * 86_400}`),
      'too many requests, for half a year': later(429, HALF_A_YEAR),
      'too many requests, until the end of days': later(429, 'Fri, 31 Dec 9999 23:59:59 GMT'),
    },
    { waits: [] },
  ),
  ...lies(
    'registry/rate-limited',
    index,
    { 'too many requests, for 2 s each time': later(429, '2') },
    {
      waits: [2000, 2000, 2000],
    },
  ),
  ...lies(
    'registry/unreachable',
    blob,
    {
      'that it takes too long, for ever': saying(408),
      'an error, for ever': saying(500),
      'a bad gateway, for ever': saying(502),
      'out of service, for ever': saying(503),
      'a gateway too slow, for ever': saying(504),
    },
    { waits },
  ),
  ...lies('registry/unreachable', index, { 'out of service, for half a year': later(503, HALF_A_YEAR) }, { waits: [] }),
  ...lies(
    'registry/unreachable',
    index,
    { 'out of room': saying(507), 'no such method': saying(501), 'no such status': saying(799) },
    { waits: [] },
  ),
  ...lies(
    'registry/protocol',
    index,
    {
      'nothing, with success': saying(204, { 'content-type': '' }),
      'a choice of several': saying(300),
      'that nothing has changed': saying(304),
      'a bad request': saying(400),
      'that payment is due': saying(402),
      'that it is gone': saying(410),
      'that it is a teapot': saying(418),
    },
    { waits: [] },
  ),
  ...lies('registry/access-denied', index, { 'that this is not allowed': saying(403) }, { waits: [] }),
  ...lies('registry/access-denied', index, { 'that nobody is known, whoever asks': saying(401) }, { waits: [] }),
];
