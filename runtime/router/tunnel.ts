import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { passHead } from './response-head.ts';

/** The client's side of a tunnel. */
interface TunnelClient {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly ownLines: readonly string[];
  readonly upgrade: string | undefined;
}

/** Whether a request asks for the one protocol that is tunnelled. Others are ignored, as RFC 9110, 7.8 allows: h2c would pass by the router. */
export function asksForTunnel({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['transfer-encoding'] === undefined &&
    !Number(headers['content-length'])
  );
}

/** Answers 101 and lets bytes through both ways until either side ends; calls back once both are closed. */
export function joinTunnel(
  { request, response, ownLines, upgrade }: TunnelClient,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  worker: Socket,
  onClosed: () => void,
): void {
  const client = request.socket;
  response.detachSocket(client);
  const lines = [...passHead(headers), ...ownLines];
  let head = `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${upgrade ?? ''}\r\n`;
  for (let i = 0; i < lines.length; i += 2) head += `${lines[i]}: ${lines[i + 1]}\r\n`;
  client.write(`${head}\r\n`, 'latin1');
  couple(client, worker, onClosed);
}

function couple(client: Socket, worker: Socket, onClosed: () => void): void {
  let open = 2;
  for (const [side, other] of [
    [client, worker],
    [worker, client],
  ] as const) {
    side.on('error', () => other.destroy());
    side.on('close', () => {
      // What the closed side still said is delivered first.
      other.destroySoon();
      if (--open === 0) onClosed();
    });
    side.pipe(other);
  }
}
