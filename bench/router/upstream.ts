/** The worker of the benchmark, in a process of its own: 1 KiB of JSON to whoever asks. Tells its port. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const body = Buffer.from(JSON.stringify({ text: 'x'.repeat(1_000) }));
const server = createServer({ keepAliveTimeout: 60_000 }, (_, response) => {
  response.writeHead(200, ['content-type', 'application/json', 'content-length', String(body.byteLength)]).end(body);
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
