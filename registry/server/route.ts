import type { Digest } from '@greentic/core';
import { Label } from '@greentic/core';
import { Refusal } from './refusal.ts';
import { digestParameter, type Reference, referenceParameter, repositoryName } from './repository-name.ts';

/** What a request is about. */
export type Route =
  | { readonly kind: 'base' | 'token' }
  | { readonly kind: 'blob'; readonly repository: string; readonly digest: Digest }
  | { readonly kind: 'uploads'; readonly repository: string }
  | { readonly kind: 'upload'; readonly repository: string; readonly id: string }
  | { readonly kind: 'manifest'; readonly repository: string; readonly reference: Reference }
  | { readonly kind: 'tags'; readonly repository: string }
  | { readonly kind: 'referrers'; readonly repository: string; readonly digest: Digest }
  | { readonly kind: 'metadata'; readonly file: string }
  | { readonly kind: 'publication'; readonly namespace: string }
  | { readonly kind: 'page'; readonly file: string };

const UPLOAD_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
// No segment starts with a dot, so none leads upwards or to a temporary file.
const FILE = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*){0,3}$/;
const PATH_MAX = 1024;

/** Reads the path of a request; throws the refusal that a path outside the grammar gets. Nothing of it ever names a file. */
export function parseRoute(rawPath: string): Route {
  if (rawPath.length > PATH_MAX) throw new Refusal(414, 'UNSUPPORTED', 'The path is too long.');
  // The colon of a digest is the one character that clients spell in two ways.
  const path = rawPath.replaceAll(/%3a/gi, ':');
  if (path === '/v2' || path === '/v2/') return { kind: 'base' };
  if (path === '/token') return { kind: 'token' };
  if (path.startsWith('/v2/')) return parseRepositoryRoute(path.slice('/v2/'.length));
  if (path.startsWith('/tuf/')) return { kind: 'metadata', file: fileParameter(path.slice('/tuf/'.length)) };
  if (path.startsWith('/index/')) return { kind: 'publication', namespace: namespace(path.slice('/index/'.length)) };
  return { kind: 'page', file: path === '/' ? 'index.html' : fileParameter(path.slice(1)) };
}

function parseRepositoryRoute(rest: string): Route {
  const [, name = '', kind, last = ''] =
    /^(.*?)\/(blobs\/uploads|blobs|manifests|tags|referrers)\/([^/]*)$/.exec(rest) ?? [];
  switch (kind) {
    case 'blobs':
      return last === 'uploads'
        ? { kind: 'uploads', repository: repositoryName(name) }
        : { kind: 'blob', repository: repositoryName(name), digest: digestParameter(last) };
    case 'blobs/uploads':
      return last === ''
        ? { kind: 'uploads', repository: repositoryName(name) }
        : { kind: 'upload', repository: repositoryName(name), id: uploadId(last) };
    case 'manifests':
      return { kind: 'manifest', repository: repositoryName(name), reference: referenceParameter(last) };
    case 'referrers':
      return { kind: 'referrers', repository: repositoryName(name), digest: digestParameter(last) };
    case 'tags':
      if (last === 'list') return { kind: 'tags', repository: repositoryName(name) };
  }
  throw new Refusal(404, 'UNSUPPORTED', 'The distribution specification knows no such endpoint.');
}

function uploadId(text: string): string {
  if (UPLOAD_ID.test(text)) return text;
  throw new Refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'There is no such upload.');
}

function namespace(text: string): string {
  if (Label.safeParse(text).success) return text;
  throw new Refusal(400, 'NAME_INVALID', 'This cannot be a namespace.');
}

function fileParameter(text: string): string {
  if (FILE.test(text)) return text;
  throw new Refusal(404, 'UNSUPPORTED', 'There is nothing here.');
}
