import { ByteQueue } from '../../../../lib/base/byte-queue.ts';
import type { TransportSocket } from '../../../../lib/transport/transport.ts';
import type { Features } from '../../../../lib/wire/feature.ts';
import { encodeNegotiation, NegotiationDecoder } from '../../../../lib/wire/negotiation-frame.ts';

/** Takes the next frame off the front, and returns whether there was one. */
export type TakeFrame = (bytes: ByteQueue) => boolean;

/** A connection of a hostile peer, byte by byte. It notices its end, and does not mind. */
export class RawSocket {
  readonly #socket: TransportSocket;
  readonly #decoder = new NegotiationDecoder();
  readonly #bytes = new ByteQueue();
  #onNegotiation: ((features: Features | undefined) => void) | undefined;
  #take: TakeFrame | undefined;
  #isOver = false;
  #isEnded = false;

  constructor(socket: TransportSocket) {
    this.#socket = socket;
    const ignore = (): void => {};
    socket.attach({
      onData: (chunk) => this.#onData(chunk),
      onEnd: () => this.#onOver(),
      onDrain: ignore,
      onProgress: ignore,
      onClose: () => this.#onOver(),
    });
  }

  /** Whether the other side has ended the connection, in any way. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The other side's negotiation frame; undefined if it ends the connection, or sends no such frame. */
  negotiation(): Promise<Features | undefined> {
    return new Promise((resolve) => {
      this.#onNegotiation = resolve;
      if (this.#isOver) this.#negotiated(undefined);
    });
  }

  negotiate(features: Features): void {
    this.write(encodeNegotiation(features));
  }

  /** Reads frames from now on. Before, they wait. */
  read(take: TakeFrame): void {
    this.#take = take;
    this.#readOn();
  }

  write(...parts: readonly Uint8Array[]): void {
    if (this.#isEnded) return;
    const bytes = Buffer.concat(parts);
    if (bytes.length > 0) this.#socket.write([bytes]);
  }

  /** Ends its direction. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#socket.end();
  }

  reset(): void {
    this.#isEnded = true;
    this.#socket.reset();
  }

  destroy(): void {
    this.#isEnded = true;
    this.#socket.destroy();
  }

  /** Reads nothing more from the system. */
  pause(): void {
    this.#socket.pause();
  }

  #onData(chunk: Buffer): void {
    if (this.#onNegotiation === undefined) {
      this.#bytes.append(chunk);
      this.#readOn();
      return;
    }
    this.#decoder.push(chunk);
    try {
      const features = this.#decoder.next();
      if (features === undefined) return;
      const rest = this.#decoder.rest();
      this.#negotiated(features);
      if (rest.length > 0) this.#bytes.append(rest);
    } catch {
      this.#negotiated(undefined);
    }
  }

  #negotiated(features: Features | undefined): void {
    this.#onNegotiation?.(features);
    this.#onNegotiation = undefined;
  }

  #readOn(): void {
    const take = this.#take;
    while (take?.(this.#bytes) === true);
  }

  #onOver(): void {
    this.#isOver = true;
    this.#negotiated(undefined);
  }
}
