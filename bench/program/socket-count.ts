import { subscribe } from 'node:diagnostics_channel';

/** Counts the connections and datagram sockets this process opens from now on; returns how many there were so far. */
export function countSockets(): () => number {
  let count = 0;
  for (const channel of ['net.client.socket', 'udp.socket']) subscribe(channel, () => count++);
  return () => count;
}
