import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate and its key: files, PEM. */
export interface TlsCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority made for a test, and a certificate of it. */
export interface TlsAuthority extends TlsCertificate {
  /** The authority's own certificate, PEM. */
  readonly authority: string;
  /** Makes another certificate, for a name; `days` is how long it holds. */
  issue(name: string, validity?: { days: number }): TlsCertificate;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];

/** Makes the files of an authority in a folder, with openssl; its certificate is for names, or for `localhost`. */
export function createTlsAuthority(folder: string, ...names: string[]): TlsAuthority {
  const at = (file: string) => join(folder, file);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const subject = ['-days', '2', '-subj', '/CN=test authority'];
  openssl('req', '-x509', ...KEY, '-keyout', at('ca.key'), '-out', at('ca.pem'), ...subject);
  let issued = 0;
  const issue = (subjects: readonly string[], days = 2): TlsCertificate => {
    const [key, csr, ext, pem] = ['key', 'csr', 'ext', 'pem'].map((ending) => at(`tls-${issued}.${ending}`)) as Files;
    issued++;
    openssl('req', ...KEY, '-keyout', key, '-out', csr, '-subj', `/CN=${subjects[0]}`);
    writeFileSync(ext, `subjectAltName=${subjects.map((each) => `DNS:${each}`).join()}\n`);
    const issuer = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', ext];
    openssl('x509', '-req', '-in', csr, ...issuer, '-out', pem, '-days', `${days}`);
    return { certificate: pem, key };
  };
  const own = issue(names.length === 0 ? ['localhost'] : names);
  return { ...own, authority: at('ca.pem'), issue: (name, validity) => issue([name], validity?.days) };
}

type Files = [key: string, csr: string, ext: string, pem: string];
