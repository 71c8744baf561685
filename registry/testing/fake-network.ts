import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A network where hosts have names: a proxy that carries what is meant for a name to a server of this process. */
export class FakeNetwork implements AsyncDisposable {
  /** Every host that somebody wanted to reach, with its port. */
  readonly wanted: string[] = [];
  readonly #server = createServer();
  readonly #ports: Readonly<Record<string, number>>;
  readonly #sockets = new Set<Socket>();

  private constructor(ports: Readonly<Record<string, number>>) {
    this.#ports = ports;
    this.#server.on('connect', ({ url = '' }, socket: Socket) => this.#carry(url, socket));
  }

  /** Opens a network; `ports` are those of servers on loopback, by the names they have in it. */
  static async open(ports: Readonly<Record<string, number>>): Promise<FakeNetwork> {
    const network = new FakeNetwork(ports);
    network.#server.listen(0, '127.0.0.1');
    await once(network.#server, 'listening');
    return network;
  }

  /** Where the proxy is. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #carry(target: string, socket: Socket): void {
    this.wanted.push(target);
    const port = this.#ports[target.replace(/:443$/, '')];
    this.#keep(socket);
    if (port === undefined) return void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    const far = this.#keep(connect(port, '127.0.0.1'));
    socket.write('HTTP/1.1 200 Connected\r\n\r\n');
    far.pipe(socket).pipe(far);
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    return socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
