import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import type { Features } from '../../lib/wire/feature.ts';
import { encodeNegotiation } from '../../lib/wire/negotiation-frame.ts';

const HOST = '127.0.0.1';
const NEGOTIATION_HEADER_BYTES = 12;

/** Offers and answers nothing. */
export const NO_FEATURES: Features = Object.freeze({
  hasTimeout: false,
  hasHandlerDuration: false,
});

/** The other end of a connection of ours, as a test plays it: byte by byte. */
export class RawPeer {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #isOver = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
    });
    for (const event of ['end', 'close', 'error']) {
      socket.on(event, () => void (this.#isOver = true));
    }
  }

  /** Connects to a server of ours, and negotiates unless `features` is null. */
  static async connect(port: number, features: Features | null = NO_FEATURES): Promise<RawPeer> {
    const socket = connect({ host: HOST, port, allowHalfOpen: true, noDelay: true });
    await once(socket, 'connect');
    const peer = new RawPeer(socket);
    if (features !== null) {
      peer.negotiate(features);
      await peer.takeNegotiation();
    }
    return peer;
  }

  write(...parts: Uint8Array[]): void {
    this.#socket.write(Buffer.concat(parts));
  }

  /** The next `count` bytes, as soon as they are there. @throws if the connection ends before. */
  async take(count: number): Promise<Buffer> {
    while (this.#received.length < count) {
      if (this.#isOver) throw new Error(`ended after ${this.#received.length} of ${count} bytes`);
      await this.#change();
    }
    const taken = this.#received.subarray(0, count);
    this.#received = this.#received.subarray(count);
    return taken;
  }

  /** Sends our negotiation frame. */
  negotiate(features: Features): void {
    this.write(encodeNegotiation(features));
  }

  /** The other side's negotiation frame. */
  async takeNegotiation(): Promise<Buffer> {
    const header = await this.take(NEGOTIATION_HEADER_BYTES);
    return Buffer.concat([header, await this.take(header.readUInt32LE(8))]);
  }

  /** A request without a timeout, as a server reads it. */
  async takeRequest(): Promise<{ verb: bigint; messageId: bigint; payload: Buffer }> {
    const header = await this.take(20);
    return {
      verb: header.readBigUInt64LE(0),
      messageId: header.readBigInt64LE(8),
      payload: await this.take(header.readUInt32LE(16)),
    };
  }

  /** A reply without a duration, as a client reads it. */
  async takeReply(): Promise<{ messageId: bigint; payload: Buffer }> {
    const header = await this.take(12);
    const payload = await this.take(header.readUInt32LE(8));
    return { messageId: header.readBigInt64LE(0), payload };
  }

  /** What comes until the other side has ended, by FIN or by RST. */
  async takeAll(): Promise<Buffer> {
    while (!this.#isOver) await this.#change();
    return this.take(this.#received.length);
  }

  /** Reads nothing more from the system. */
  pause(): void {
    this.#socket.pause();
  }

  /** Reads again. */
  resume(): void {
    this.#socket.resume();
  }

  /** Ends our direction. */
  end(): void {
    this.#socket.end();
  }

  /** Closes at once, with a reset unless our end is on its way: the system refuses one then, and Node would keep the socket. */
  reset(): void {
    if (this.#socket.writableEnded) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  /** Closes without ceremony; resolves when it is gone. */
  async destroy(): Promise<void> {
    if (this.#socket.closed) return;
    const closed = new Promise((resolve) => void this.#socket.once('close', resolve));
    this.#socket.destroy();
    await closed;
  }

  async #change(): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        for (const event of ['data', 'end', 'close']) this.#socket.off(event, done);
        resolve();
      };
      for (const event of ['data', 'end', 'close']) this.#socket.on(event, done);
    });
  }
}

/** Runs a test with a client's peer. */
export async function withRawClient(
  port: number,
  run: (peer: RawPeer) => Promise<void>,
  features?: Features,
): Promise<void> {
  const peer = await RawPeer.connect(port, features);
  try {
    await run(peer);
  } finally {
    await peer.destroy();
  }
}
