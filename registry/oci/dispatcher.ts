import { readFile } from 'node:fs/promises';
import { getCACertificates } from 'node:tls';
import { GreenticError } from '@greentic/core';
import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * How connections are made. HTTP_PROXY, HTTPS_PROXY and NO_PROXY choose a proxy; certificates of the file SSL_CERT_FILE are
 * trusted beside Node's own and those of NODE_EXTRA_CA_CERTS. An address of this machine is never asked for through a
 * proxy: plain HTTP must not leave it. Throws `registry/tls` when the file cannot be read.
 */
export async function createDispatcher(processEnv: NodeJS.ProcessEnv, direct: boolean): Promise<Dispatcher> {
  const extra = await authoritiesOf(processEnv);
  const tls = extra === undefined ? {} : { ca: [...getCACertificates('default'), extra] };
  const connect = { timeout: CONNECT_TIMEOUT_MS, ...tls };
  const [httpProxy, httpsProxy, noProxy] = ['http_proxy', 'https_proxy', 'no_proxy'].map(
    (name) => processEnv[name] ?? processEnv[name.toUpperCase()] ?? '',
  );
  if (direct || (!httpProxy && !httpsProxy)) return new Agent({ connect });
  return new EnvHttpProxyAgent({
    connect,
    requestTls: connect,
    proxyTls: connect,
    ...(httpProxy ? { httpProxy } : {}),
    ...(httpsProxy ? { httpsProxy } : {}),
    noProxy: noProxy ?? '',
  });
}

async function authoritiesOf(processEnv: NodeJS.ProcessEnv): Promise<string | undefined> {
  const path = processEnv['SSL_CERT_FILE'];
  if (!path) return undefined;
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new GreenticError('registry/tls', `SSL_CERT_FILE names ${path}, which cannot be read: ${cause.code}.`, {
      cause,
    });
  });
}
