/** A proxy in a process of its own: `proxy.ts <kind> <upstream origin>`. Tells its port, and its CPU time when asked. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RuntimeConfig } from '@greentic/core';
import { createRouter } from '@greentic/runtime';

/** Starts a proxy to an origin and gives its port. */
type Start = (upstream: string) => Promise<number>;

const PROXIES: Readonly<Record<string, Start>> = {
  async router(upstream) {
    const router = createRouter({
      listen: { host: '127.0.0.1', port: 0 },
      keys: [{ kid: 'k1', key: new Uint8Array(32).fill(1) }],
      now: () => new Date(),
    });
    const target = { bundleDigest: `sha256:${'0'.repeat(64)}`, state: 'ready', endpoint: upstream };
    router.apply(
      RuntimeConfig.parse({
        schema: 'greentic.runtime-config/1',
        environment: 'bench',
        generation: 1,
        deployments: [
          {
            deployment: 'shop.acme',
            customer: 'acme',
            route: { hosts: [], pathPrefix: '/' },
            splitGeneration: 1,
            entries: [
              { revision: 'shop.acme.1', weightBps: 9000 },
              { revision: 'shop.acme.2', weightBps: 1000 },
            ],
            targets: ['shop.acme.1', 'shop.acme.2'].map((revision) => ({ revision, ...target })),
          },
        ],
      }),
    );
    return (await router.listen()).port;
  },

  async 'reply-from'(upstream) {
    const { default: fastify } = await import('fastify');
    const { default: replyFrom } = await import('@fastify/reply-from');
    const app = fastify();
    await app.register(replyFrom, { base: upstream });
    app.all('/*', (request, reply) => {
      reply.from(request.url);
    });
    await app.listen({ host: '127.0.0.1', port: 0 });
    return (app.server.address() as AddressInfo).port;
  },

  async 'http-proxy-3'(upstream) {
    const { Agent } = await import('node:http');
    const { createProxyServer } = await import('http-proxy-3');
    const proxy = createProxyServer({
      target: upstream,
      agent: new Agent({ keepAlive: true, maxSockets: 256 }),
      xfwd: true,
    });
    const server = createServer((request, response) => proxy.web(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  },
};

const [kind = '', upstream = ''] = process.argv.slice(2);
const start = PROXIES[kind];
if (start === undefined) throw new Error(`There is no proxy ${kind}.`);
const port = await start(upstream);
process.on('message', () => process.send?.({ cpu: process.cpuUsage() }));
process.send?.({ port });
