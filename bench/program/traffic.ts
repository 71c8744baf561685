import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** What went over this process's sockets. */
export interface Traffic {
  /** Connections and datagram sockets that were opened. */
  readonly sockets: number;
  /** Bytes that connections brought, heads of answers included. */
  readonly bytes: number;
}

/** Counts the sockets this process opens from now on, and what they bring; returns how much it was so far. */
export function countTraffic(): () => Traffic {
  const connections: Socket[] = [];
  let datagrams = 0;
  subscribe('net.client.socket', (message) => connections.push((message as { socket: Socket }).socket));
  subscribe('udp.socket', () => datagrams++);
  return () => ({
    sockets: connections.length + datagrams,
    bytes: connections.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
  });
}
