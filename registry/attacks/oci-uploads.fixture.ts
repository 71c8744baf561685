import type { ServerResponse } from 'node:http';
import { IMAGE_INDEX, NO_DIGEST, saying } from '../testing/oci-answer.ts';
import { type Answer, ELSEWHERE, lies, type OciLie, REGISTRY } from '../testing/oci-lie.ts';

const START = /^POST /;
const CHUNK = /^PATCH /;
const FINISH = /^PUT .*\/blobs\//;
const MANIFEST = /^PUT .*\/manifests\//;
const push = { to: 'push' } as const;
const chunks = { to: 'push', upload: { chunkBytes: 100 } } as const;
const SESSION = '/v2/acme/registry/blobs/uploads/1?state=x%2By';

const ELSEWHERES = {
  'on another host': `https://${ELSEWHERE}${SESSION}`,
  'on another host, without naming how': `//${ELSEWHERE}${SESSION}`,
  'on another port': `https://${REGISTRY}:444${SESSION}`,
  'over plain HTTP': `http://${REGISTRY}${SESSION}`,
  'with a name and a password': `https://ada:secret@${REGISTRY}${SESSION}`,
  'with a password': `https://:secret@${REGISTRY}${SESSION}`,
  'in this machine': `https://127.0.0.1${SESSION}`,
  'that is no address': 'https://[',
  nowhere: '',
} as const;

const places = Object.fromEntries(
  Object.entries(ELSEWHERES).map(([name, location]) => [`an upload that begins ${name}`, saying(202, { location })]),
);
const redirects = (what: string) =>
  Object.fromEntries(
    [303, 307].map((status) => [
      `${what} that is to be made elsewhere: ${status}`,
      saying(status, { location: `https://${ELSEWHERE}${SESSION}` }),
    ]),
  );

/** Takes a chunk, and says how much it has now. */
const taking = (range: (times: number) => string): Answer => {
  let times = 0;
  return (response, honest, asked, stage) =>
    saying(202, { location: SESSION, range: range(times++) })(response, honest, asked, stage);
};

/** The manifest of the index that is there, said to be some other. */
const former =
  (change: (manifest: { layers: Layer[] }) => unknown): Answer =>
  (response: ServerResponse, honest) => {
    const bytes = JSON.stringify(change(JSON.parse(honest.toString())));
    response.writeHead(200, { 'content-type': 'application/vnd.oci.image.manifest.v1+json' }).end(bytes);
  };
type Layer = { digest: string; size: number; data?: string; annotations: Record<string, string> };
const layer = (title: string, change: (layer: Layer) => object) =>
  former(({ layers, ...manifest }) => ({
    ...manifest,
    layers: layers.map((each) =>
      each.annotations['org.opencontainers.image.title'] === title ? { ...each, ...change(each) } : each,
    ),
  }));
const INDEX = /^GET .*\/manifests\/greentic-index$/;

/** A registry leads what is pushed elsewhere, or says that it has what it was not given. */
export const OCI_UPLOADS: readonly OciLie[] = [
  ...lies('registry/redirect', START, places, push),
  ...lies('registry/redirect', START, redirects('an upload'), push),
  ...lies(
    'registry/redirect',
    CHUNK,
    {
      'an upload that goes on on another host': saying(202, { location: ELSEWHERES['on another host'], range: '0-99' }),
      'an upload that goes on over plain HTTP': saying(202, { location: ELSEWHERES['over plain HTTP'], range: '0-99' }),
      'an upload that goes on nowhere': saying(202, { range: '0-99' }),
    },
    chunks,
  ),
  ...lies('registry/redirect', CHUNK, redirects('a chunk'), chunks),
  ...lies('registry/redirect', FINISH, redirects('the end of an upload'), push),
  ...lies('registry/redirect', MANIFEST, redirects('a manifest'), push),
  ...lies('registry/redirect', START, { 'an upload that begins without a place': saying(202) }, push),
  ...lies(
    'registry/protocol',
    START,
    { 'an upload that was done before it began': saying(201), 'an upload that begins with 200': saying(200) },
    push,
  ),
  ...lies(
    'registry/protocol',
    CHUNK,
    {
      'more of a blob than there is': taking(() => '0-999999'),
      'a chunk that is a blob already': saying(201),
      'a chunk that is too large': saying(413),
    },
    chunks,
  ),
  ...lies(
    'registry/unreachable',
    CHUNK,
    {
      'always the same first byte': taking(() => '0-0'),
      'one byte more with each chunk': taking((times) => `0-${times}`),
      'always less than before': taking((times) => `0-${Math.max(0, 90 - times)}`),
      'a chunk that has to begin elsewhere, for ever': saying(416, { location: SESSION, range: '0-0' }),
      'an upload that it does not know any more, each time': saying(404),
      'out of service for each chunk': saying(503),
    },
    chunks,
  ),
  ...lies(
    'registry/protocol',
    FINISH,
    { 'the end of an upload with 200': saying(200), 'the end of an upload with 202': saying(202) },
    push,
  ),
  ...lies('registry/unreachable', FINISH, { 'that each upload came to nothing': saying(404) }, push),
  ...lies(
    'blob/digest-mismatch',
    FINISH,
    { 'a blob stored under another digest': saying(201, { 'docker-content-digest': NO_DIGEST }) },
    push,
  ),
  ...lies(
    'blob/digest-mismatch',
    MANIFEST,
    { 'a manifest stored under another digest': saying(201, { 'docker-content-digest': NO_DIGEST }) },
    push,
  ),
  ...lies(
    'blob/digest-mismatch',
    START,
    { 'a blob mounted under another digest': saying(201, { 'docker-content-digest': NO_DIGEST }) },
    { to: 'push', upload: { mountFrom: 'acme/other' } },
  ),
  ...lies(
    'blob/digest-mismatch',
    /^HEAD .*\/blobs\//,
    { 'that it has a blob, under another digest': saying(200, { 'docker-content-digest': NO_DIGEST }) },
    push,
  ),
  ...lies('registry/access-denied', MANIFEST, { 'that nobody may write manifests': saying(403) }, push),
  ...lies('registry/rate-limited', MANIFEST, { 'too many manifests': saying(429) }, push),
  ...lies('registry/protocol', MANIFEST, { 'a manifest of blobs that it has not': saying(400) }, push),
  ...lies(
    'registry/exists',
    INDEX,
    { 'an index of another registry': layer('1.root.json', () => ({ digest: NO_DIGEST })) },
    push,
  ),
  ...lies(
    'blob/digest-mismatch',
    INDEX,
    { 'an index with another timestamp inside than it names': layer('timestamp.json', () => ({ digest: NO_DIGEST })) },
    push,
  ),
  ...lies(
    'index/invalid',
    INDEX,
    { 'an index that is no index': former(({ layers: _, ...manifest }) => ({ ...manifest, layers: {} })) },
    push,
  ),
  ...lies(
    'registry/protocol',
    INDEX,
    { 'an index to push over, under the type of an image index': saying(200, { 'content-type': IMAGE_INDEX }) },
    push,
  ),
];
