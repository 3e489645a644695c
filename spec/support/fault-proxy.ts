import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

import { type ConnectionToxics, ToxicFilter, type Toxics } from './toxics.ts';

/** The ends of a connection. */
type Side = 'client' | 'server';

/** Says what happens to the connection accepted as number `index`, counted from 0. */
export type ToxicScript = (index: number) => ConnectionToxics | undefined;

const HOST = '127.0.0.1';
/** What a lane holds at most, beside the chunk in hand. */
const MAX_WAITING_BYTES = 65_536;

/**
 * A TCP proxy inside the test's process that treats each connection by script, so that main and child
 * connections can be told apart by the order in which they come. It works from event to event; only
 * the toxics that are about time use timers.
 */
export class FaultProxy {
  /** In the order of their arrival, also those that are gone. */
  readonly connections: ProxiedConnection[] = [];
  readonly #server: Server;
  readonly #waiting: { index: number; resolve: (connection: ProxiedConnection) => void }[] = [];

  private constructor(targetPort: number, script: ToxicScript) {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      const toxics = script(this.connections.length) ?? {};
      const connection = new ProxiedConnection(client, targetPort, toxics);
      this.connections.push(connection);
      for (const { index, resolve } of this.#waiting) {
        if (index === this.connections.length - 1) resolve(connection);
      }
    });
  }

  /** Starts on a free port of 127.0.0.1 in front of `targetPort` there. */
  static async start(
    targetPort: number,
    script: ToxicScript = () => undefined,
  ): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetPort, script);
    proxy.#server.listen(0, HOST);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    // A server that listens on TCP has an address and port.
    return (this.#server.address() as AddressInfo).port;
  }

  /** The connection number `index`, as soon as it is accepted. */
  connection(index: number): Promise<ProxiedConnection> {
    const connection = this.connections[index];
    if (connection !== undefined) return Promise.resolve(connection);
    return new Promise((resolve) => void this.#waiting.push({ index, resolve }));
  }

  /** Stops listening, destroys every connection, and resolves when nothing is open. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const connection of this.connections) connection.destroy();
    await Promise.all([closed, ...this.connections.map((connection) => connection.closed)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** One connection through the proxy: the client's socket, the server's, and a lane each way. */
export class ProxiedConnection {
  /** Both sockets are gone. */
  readonly closed: Promise<void>;
  /** The sides whose sockets were reset, other than by the proxy. */
  readonly resets: Set<Side> = new Set();
  readonly #client: Socket;
  readonly #server: Socket | undefined;
  readonly #lanes: Lane[] = [];

  constructor(client: Socket, targetPort: number, toxics: ConnectionToxics) {
    this.#client = client;
    if (toxics.down === true) {
      this.closed = gone(client);
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port: targetPort, host: HOST, allowHalfOpen: true, noDelay: true });
    this.#server = server;
    this.closed = Promise.all([gone(client), gone(server)]).then(() => undefined);
    const reset = (): void => this.reset();
    client.on('error', (error) => this.#note('client', error));
    server.on('error', (error) => this.#note('server', error));
    this.#lanes = [
      new Lane(client, server, toxics.toServer ?? {}, reset),
      new Lane(server, client, toxics.toClient ?? {}, reset),
    ];
  }

  /** Bytes that the proxy has read from the client. */
  get bytesFromClient(): number {
    return this.#client.bytesRead;
  }

  /** Bytes that the proxy has read from the server. */
  get bytesFromServer(): number {
    return this.#server?.bytesRead ?? 0;
  }

  /** Stops reading in both directions, as a frozen network would. */
  stall(): void {
    for (const lane of this.#lanes) lane.stall();
  }

  resume(): void {
    for (const lane of this.#lanes) lane.resume();
  }

  /** Loses all that this side sends from now on, its end too. */
  swallow(from: Side): void {
    this.#lanes[from === 'client' ? 0 : 1]?.swallow();
  }

  /** Resets the socket of this side. To be called when all that it sends is lost. */
  resetAlone(side: Side): void {
    const socket = side === 'client' ? this.#client : this.#server;
    socket?.resetAndDestroy();
  }

  /** Resets both sockets. */
  reset(): void {
    for (const lane of this.#lanes) lane.drop();
    for (const socket of [this.#client, this.#server]) {
      if (socket?.destroyed !== false) continue;
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
    }
  }

  /** Closes both sockets without ceremony. */
  destroy(): void {
    for (const lane of this.#lanes) lane.drop();
    this.#client.destroy();
    this.#server?.destroy();
  }

  #note(side: Side, error: NodeJS.ErrnoException): void {
    if (error.code === 'ECONNRESET') this.resets.add(side);
  }
}

/** Carries the bytes of one direction, one step after the other. */
class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #toxics: Toxics;
  readonly #filter: ToxicFilter;
  readonly #timers = new Set<NodeJS.Timeout>();
  /** What still has to happen, in order; each step calls back when it is done. */
  readonly #steps: ((done: () => void) => void)[] = [];
  readonly #reset: () => void;
  #waitingBytes = 0;
  #isBusy = false;
  #isStalled = false;
  #isSwallowing = false;

  constructor(from: Socket, to: Socket, toxics: Toxics, reset: () => void) {
    this.#from = from;
    this.#to = to;
    this.#toxics = toxics;
    this.#filter = new ToxicFilter(toxics);
    this.#reset = reset;
    if (this.#filter.isCut) this.#step((done) => this.#cut(done));
    from.on('data', (chunk: Buffer) => this.#onData(chunk));
    from.on('end', () => this.#onEnd());
    // What broke on one side breaks the other in the same way.
    from.on('error', () => {
      if (!this.#isSwallowing) reset();
    });
  }

  stall(): void {
    this.#isStalled = true;
    this.#from.pause();
  }

  resume(): void {
    this.#isStalled = false;
    this.#from.resume();
    this.#next();
  }

  swallow(): void {
    this.#isSwallowing = true;
  }

  /** Forgets what has not been passed on. */
  drop(): void {
    this.#steps.length = 0;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #onData(chunk: Buffer): void {
    if (this.#filter.isCut || this.#isSwallowing) return;
    this.#later(this.#toxics.latencyMs);
    for (const slice of this.#filter.apply(chunk)) {
      this.#waitingBytes += slice.length;
      this.#step((done) => this.#pass(slice, done));
    }
    // Pressure reaches the sender: a lane that cannot pass on stops reading.
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.#from.pause();
    if (this.#filter.isCut) this.#step((done) => this.#cut(done));
  }

  #onEnd(): void {
    if (this.#filter.isCut || this.#isSwallowing) return;
    this.#later(this.#toxics.latencyMs);
    this.#later(this.#toxics.slowCloseMs);
    this.#step((done) => this.#to.end(done));
  }

  /** A turn between two slices, so that the receiver has a chance to see them apart. */
  #pass(slice: Buffer, done: () => void): void {
    if (!this.#to.writable) return;
    this.#to.write(slice, () => {
      this.#waitingBytes -= slice.length;
      setImmediate(done);
    });
  }

  #cut(done: () => void): void {
    const by = this.#toxics.limitData?.by;
    if (by === 'rst') this.#reset();
    if (by === 'fin') this.#to.end();
    done();
  }

  /** The due time counts from now, however long the steps before it take. */
  #later(delayMs: number | undefined): void {
    if (delayMs === undefined) return;
    const due = new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, delayMs);
      this.#timers.add(timer);
    });
    this.#step((done) => void due.then(done));
  }

  #step(step: (done: () => void) => void): void {
    this.#steps.push(step);
    this.#next();
  }

  #next(): void {
    if (this.#isBusy || this.#isStalled) return;
    const step = this.#steps.shift();
    if (step === undefined) {
      this.#from.resume();
      return;
    }
    this.#isBusy = true;
    step(() => {
      this.#isBusy = false;
      this.#next();
    });
  }
}

function gone(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.once('close', () => resolve()));
}
