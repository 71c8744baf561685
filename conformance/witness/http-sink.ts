import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from '@greentic/core';

const MAX_BODY_BYTES = 4 * 2 ** 20;

/** A collector on this machine that takes whatever is sent to it, for telemetry packs that send over HTTP. */
export class HttpSink {
  readonly #server: Server;
  readonly #bodies: Json[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      void bodyOf(request).then(
        (body) => {
          if (body !== '') this.#bodies.push(body);
          response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
        },
        () => response.writeHead(413).end(),
      );
    });
  }

  /** A sink that listens. */
  static async open(): Promise<HttpSink> {
    const sink = new HttpSink();
    sink.#server.listen(0, '127.0.0.1');
    await once(sink.#server, 'listening');
    return sink;
  }

  /** Where it listens: `http://127.0.0.1:port`. */
  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The bodies that arrived whole, as texts; JSON among them is read where it is looked at. */
  get delivered(): readonly Json[] {
    return this.#bodies;
  }

  /** Takes nothing more. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) throw new RangeError(`The body is larger than ${MAX_BODY_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
