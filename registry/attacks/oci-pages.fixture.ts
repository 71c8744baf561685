import { dripping, giving, IMAGE_INDEX, NO_DIGEST, pouring, saying } from '../testing/oci-answer.ts';
import { type Answer, ELSEWHERE, type Listener, lies, type OciLie, REGISTRY } from '../testing/oci-lie.ts';

const DIGEST = `sha256:${'1'.repeat(64)}`;
const REFERRER = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: DIGEST, size: 2 };

/** How each list is asked for, and one page of it. */
const LISTS = {
  tags: { place: /\/tags\/list/, page: '{"tags":["a"]}' },
  referrers: { place: /\/referrers\//, page: JSON.stringify({ schemaVersion: 2, manifests: [REFERRER] }) },
} as const;

/** A page that leads to a next one. */
const linked =
  (page: string, link: string): Answer =>
  (response, honest, asked, stage) =>
    giving(() => page, { 'content-type': IMAGE_INDEX, link: link.replace('*', asked.path.split('?')[0] as string) })(
      response,
      honest,
      asked,
      stage,
    );

const ELSEWHERES = {
  'on another host': `<https://${ELSEWHERE}*>; rel="next"`,
  'on another host, without naming how': `<//${ELSEWHERE}*>; rel="next"`,
  'on another host, in backslashes': `<\\\\${ELSEWHERE}*>; rel="next"`,
  'on another port': `<https://${REGISTRY}:444*>; rel="next"`,
  'over plain HTTP': `<http://${REGISTRY}*>; rel="next"`,
  'with a name in it': `<https://ada@${REGISTRY}*>; rel="next"`,
  'with a password in it': `<https://:secret@${REGISTRY}*>; rel="next"`,
  'in another repository': '</v2/victim/private/tags/list?last=a>; rel="next"',
  'above its own place': '<../../../../token>; rel="next"',
  'outside of all repositories': '</token?*>; rel="next"',
  'that is no address': '<https://[>; rel="next"',
  'that is a file': '<file:///etc/passwd>; rel="next"',
} as const;

/** A list that leads on for ever, in one way or another. */
const onAndOn = (page: string): Record<string, Answer> => ({
  'that is the same page': linked(page, '<*>; rel="next"'),
  'that is the same page by another name': linked(page, '<?n=1000>; rel="next"'),
  'after each page': (() => {
    let last = 0;
    return (...args) => linked(page, `<*?last=${last++}>; rel="next"`)(...args);
  })(),
  'after each empty page': (() => {
    let last = 0;
    const empty = page.replace(/\[.*\]/, '[]');
    return (...args) => linked(empty, `<*?last=${last++}>; rel="next"`)(...args);
  })(),
});

const named = (to: Listener, what: string, answers: Readonly<Record<string, Answer>>) =>
  Object.fromEntries(Object.entries(answers).map(([name, answer]) => [`${what} of ${to} ${name}`, answer]));

/** What is no list, whatever was asked for. */
const NO_LIST = {
  'that is a page for people': giving(() => '<!doctype html>', { 'content-type': 'text/html' }),
  'that is empty': giving(() => ''),
  'that is null': giving(() => 'null'),
  'nested without an end': giving(() => `{"tags":${'['.repeat(100_000)}`),
  'without an end': pouring(),
  'in gzip': giving(() => '', { 'content-encoding': 'gzip' }),
} as const;

const big = JSON.stringify({
  schemaVersion: 2,
  manifests: [{ ...REFERRER, annotations: { note: 'x'.repeat(4_000_000) } }],
});
const referrer = (changes: Record<string, unknown>) =>
  giving(() => JSON.stringify({ schemaVersion: 2, manifests: [{ ...REFERRER, ...changes }] }));
const tag = (name: unknown) => giving(() => JSON.stringify({ tags: [name] }));
const million = giving(() => `{"tags":[${'"a",'.repeat(1_000_000)}"a"]}`);

/** A registry lists what is not there, for ever, or leads elsewhere for the rest of a list. */
export const OCI_PAGES: readonly OciLie[] = [
  ...(['tags', 'referrers'] as const).flatMap((to) => {
    const { place, page } = LISTS[to];
    const links = Object.entries(ELSEWHERES).map(([name, link]) => [name, linked(page, link)] as const);
    return [
      ...lies('registry/redirect', place, named(to, 'a next page', Object.fromEntries(links)), { to }),
      ...lies('registry/protocol', place, named(to, 'a next page', onAndOn(page)), { to }),
      ...lies('registry/protocol', place, named(to, 'a list', NO_LIST), { to }),
      ...lies('registry/unreachable', place, named(to, 'a list', { 'that comes a byte at a time': dripping() }), {
        to,
      }),
    ];
  }),
  ...lies(
    'registry/protocol',
    LISTS.tags.place,
    {
      'a tag that climbs': tag('../../victim/manifests/a'),
      'a tag that is empty': tag(''),
      'a tag with a blank in it': tag('a b'),
      'a tag with a line break at its end': tag('a\n'),
      'a tag of 129 characters': tag('a'.repeat(129)),
      'a tag that is a digest': tag(DIGEST),
      'a tag that is a number': tag(1),
      'a page of a million tags': million,
    },
    { to: 'tags' },
  ),
  ...lies(
    'registry/protocol',
    LISTS.referrers.place,
    {
      'a referrer without a digest': referrer({ digest: undefined }),
      'a referrer under a digest of another algorithm': referrer({ digest: 'md5:d41d8cd98f00b204e9800998ecf8427e' }),
      'a referrer under a digest that climbs': referrer({ digest: '../../victim' }),
      'a referrer of less than nothing': referrer({ size: -1 }),
      'a referrer of a type without an end': referrer({ artifactType: 'x'.repeat(256) }),
      'a page of 4097 referrers': giving(() =>
        JSON.stringify({ schemaVersion: 2, manifests: Array(4097).fill(REFERRER) }),
      ),
      'page after page of referrers of 4 MB': (() => {
        let last = 0;
        return (...args) => linked(big, `<*?last=${last++}>; rel="next"`)(...args);
      })(),
      'a list of referrers of another schema': giving(() => '{"schemaVersion":1,"manifests":[]}'),
    },
    { to: 'referrers' },
  ),
  ...lies(
    'registry/protocol',
    /\/(?:referrers\/|manifests\/sha256-)/,
    {
      'no list of referrers, and under their tag a manifest': (response, honest, asked, stage) =>
        asked.path.includes('/referrers/')
          ? saying(404)(response, honest, asked, stage)
          : giving(() => '{"schemaVersion":2,"layers":[]}')(response, honest, asked, stage),
    },
    { to: 'referrers' },
  ),
  ...lies(
    'blob/digest-mismatch',
    /\/(?:referrers\/|manifests\/sha256-)/,
    {
      'no list of referrers, and under their tag a list of another digest': (response, honest, asked, stage) =>
        asked.path.includes('/referrers/')
          ? saying(404)(response, honest, asked, stage)
          : giving(() => LISTS.referrers.page, { 'docker-content-digest': NO_DIGEST })(response, honest, asked, stage),
    },
    { to: 'referrers' },
  ),
];
