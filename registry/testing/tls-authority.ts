import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate authority made for a test, and a certificate of it for `localhost`. */
export interface TlsAuthority {
  /** The authority's own certificate, PEM. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** Makes the files of an authority in a folder, with openssl. */
export function createTlsAuthority(folder: string, name = 'localhost'): TlsAuthority {
  const at = (file: string) => join(folder, file);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
  );
  openssl('req', ...key, '-keyout', at('tls.key'), '-out', at('tls.csr'), '-subj', `/CN=${name}`);
  writeFileSync(at('tls.ext'), `subjectAltName=DNS:${name}\n`);
  const issuer = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at('tls.ext')];
  openssl('x509', '-req', '-in', at('tls.csr'), ...issuer, '-out', at('tls.pem'), '-days', '2');
  return { authority: at('ca.pem'), certificate: at('tls.pem'), key: at('tls.key') };
}
