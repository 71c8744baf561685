import { createServer as createPlainServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, BlockList, isIP } from 'node:net';
import { GreenticError } from '@greentic/core';
import type { UploadLimits } from './uploads.ts';

/** How much a server takes, and for how long. */
export interface ServerLimits extends UploadLimits {
  /** Longest a client may take to send its headers, in milliseconds. */
  readonly headersMs: number;
  /** Longest a client may take to send a request whole, in milliseconds. */
  readonly requestMs: number;
  /** Longest a connection may bring and take nothing, in milliseconds. */
  readonly quietMs: number;
  /** Connections at once. */
  readonly connections: number;
}

/** What a server uses unless told otherwise. */
export const SERVER_LIMITS: ServerLimits = {
  blobBytes: 2 ** 30,
  uploads: 64,
  uploadsPerAccount: 16,
  idleMs: 3_600_000,
  headersMs: 10_000,
  requestMs: 900_000,
  quietMs: 60_000,
  connections: 1024,
};

/** Where a server listens, and with which certificate. */
export interface ListenOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Certificate chain and key, PEM. Without them the host must be this machine. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer } | undefined;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isLoopback(host: string): boolean {
  const family = isIP(host);
  return family !== 0 && loopback.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

/** A server that does not listen yet. Throws `registry/tls-required`, and `input/invalid` for what is no certificate. */
export function makeServer({ tls, host }: ListenOptions, limits: ServerLimits): Server {
  if (tls === undefined && !isLoopback(host))
    throw new GreenticError('registry/tls-required', `Without TLS the registry does not listen on ${host}.`);
  const settings = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: Math.min(limits.headersMs, 5_000),
    keepAliveTimeout: 30_000,
    maxHeaderSize: 16 * 1024,
  };
  const server = tls === undefined ? createPlainServer(settings) : createSecureServer(settings, tls);
  server.maxConnections = limits.connections;
  // Also for who asks and then does not read: nothing else limits how long an answer may take.
  server.setTimeout(limits.quietMs);
  return server;
}

function createSecureServer(settings: object, tls: { cert: string | Buffer; key: string | Buffer }): Server {
  try {
    return createTlsServer({ ...settings, ...tls, minVersion: 'TLSv1.2' });
  } catch (error) {
    throw new GreenticError('input/invalid', 'The certificate and its key are no pair in PEM.', { cause: error });
  }
}

/** Starts to listen; gives where. Throws `registry/unreachable` for a port that is taken. */
export function listen(server: Server, { host, port }: ListenOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) =>
      reject(
        new GreenticError('registry/unreachable', `Nothing can listen on ${host}, port ${port}: ${error.code}.`, {
          hint: 'Choose another address: --listen.',
        }),
      );
    server.once('error', failed);
    server.listen({ host, port }, () => {
      server.off('error', failed);
      resolve(server.address() as AddressInfo);
    });
  });
}
