import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

import { DelayLine, type LinkTerms } from './delay-line.ts';

const HOST = '127.0.0.1';

/** A link in front of a port of this machine. */
export interface FarPort {
  /** Where it listens: behind it, the other port is far away. */
  readonly port: number;
  /** Bytes that it holds, of all connections and both directions. */
  readonly heldBytes: number;
  /** Takes no more connections. */
  close(): void;
}

/** Listens in front of a port. */
export async function listenFar(targetPort: number, terms: LinkTerms): Promise<FarPort> {
  const options = { allowHalfOpen: true, noDelay: true };
  const directions = new Set<Direction>();
  const server = createServer(options, (near) => {
    const far = connect({ ...options, host: HOST, port: targetPort });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      const direction = new Direction(from, to, terms);
      directions.add(direction);
      from.once('close', () => directions.delete(direction));
    }
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  return {
    // A TCP server's address is no path.
    port: (server.address() as AddressInfo).port,
    get heldBytes() {
      return Array.from(directions, ({ heldBytes }) => heldBytes).reduce((a, b) => a + b, 0);
    },
    close: () => void server.close(),
  };
}

/** Carries the bytes of one socket to another. An error of either resets the other. */
class Direction {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #line: DelayLine;
  #timer: NodeJS.Timeout | undefined;
  #isEnded = false;

  constructor(from: Socket, to: Socket, terms: LinkTerms) {
    this.#from = from;
    this.#to = to;
    this.#line = new DelayLine(terms);
    from.on('data', (bytes: Buffer) => this.#onBytes(bytes));
    from.on('end', () => this.#onEnd());
    from.on('error', () => to.resetAndDestroy());
    from.on('close', () => this.#onClose());
  }

  get heldBytes(): number {
    return this.#line.heldBytes;
  }

  #onBytes(bytes: Buffer): void {
    this.#line.push(bytes, performance.now());
    if (this.#line.isFull) this.#from.pause();
    this.#plan();
  }

  #onEnd(): void {
    this.#isEnded = true;
    this.#endBehindAll();
  }

  #onClose(): void {
    if (this.#isEnded) return;
    clearTimeout(this.#timer);
    this.#to.destroy();
  }

  #plan(): void {
    const { nextDueAt } = this.#line;
    if (this.#timer !== undefined || nextDueAt === undefined) return;
    const waitMs = Math.max(0, nextDueAt - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#deliver();
    }, waitMs);
  }

  #deliver(): void {
    const now = performance.now();
    this.#to.cork();
    for (let bytes; (bytes = this.#line.take(now)) !== undefined;) {
      const { length } = bytes;
      this.#to.write(bytes, () => this.#onPassed(length));
    }
    this.#to.uncork();
    this.#plan();
  }

  #onPassed(bytes: number): void {
    this.#line.passed(bytes);
    if (!this.#line.isFull) this.#from.resume();
    this.#endBehindAll();
  }

  #endBehindAll(): void {
    if (this.#isEnded && this.#line.heldBytes === 0) this.#to.end();
  }
}
