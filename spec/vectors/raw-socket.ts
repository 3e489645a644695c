import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const HOST = '127.0.0.1';

/** The other end of one of our connections: sends what a script says and keeps what comes. */
export class RawSocket {
  /** Bytes that were sent. */
  sentBytes = 0;
  isEndSent = false;
  isEndReceived = false;
  /** Whether our end reset the connection. */
  isReset = false;
  isClosed = false;
  readonly #socket: Socket;
  readonly #chunks: Buffer[] = [];
  #receivedBytes = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#receivedBytes += chunk.length;
    });
    socket.on('end', () => (this.isEndReceived = true));
    socket.on('error', () => (this.isReset = true));
    socket.on('close', () => (this.isClosed = true));
  }

  /** Connects to a port of 127.0.0.1. */
  static async connect(port: number): Promise<RawSocket> {
    const socket = connect({ host: HOST, port, allowHalfOpen: true, noDelay: true });
    await once(socket, 'connect');
    return new RawSocket(socket);
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** All that has come. */
  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  write(bytes: Buffer): void {
    this.sentBytes += bytes.length;
    this.#socket.write(bytes);
  }

  end(): void {
    this.isEndSent = true;
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** Accepts our client's connections. */
export class RawListener {
  /** In the order in which they were accepted. */
  readonly sockets: RawSocket[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.sockets.push(new RawSocket(socket));
    });
  }

  /** Listens on a free port of 127.0.0.1. */
  static async start(): Promise<RawListener> {
    const listener = new RawListener();
    listener.#server.listen(0, HOST);
    await once(listener.#server, 'listening');
    return listener;
  }

  get port(): number {
    // A server that listens on TCP has an address and port.
    return (this.#server.address() as AddressInfo).port;
  }

  /** Closes the listener and its sockets. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}
