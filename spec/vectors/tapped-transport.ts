import {
  networkTransport,
  type Peer,
  type Transport,
  type TransportSocket,
} from '../../lib/transport.ts';
import type {
  DialOptions,
  Endpoint,
  ListenerHandlers,
  SocketHandlers,
  TransportListener,
} from '../../lib/transport/transport.ts';

/**
 * The machine's network with a tap on each of our sockets: it counts what passes, so that a replay
 * knows when all that was sent has arrived, and can cut what arrives into the smallest pieces.
 */
export class TappedTransport implements Transport {
  /** In the order in which they were connected or accepted. */
  readonly sockets: TappedSocket[] = [];
  readonly #maxChunkBytes: number;
  #dialing = 0;

  /** @param maxChunkBytes - what our end gets at a time at most. */
  constructor(maxChunkBytes: number) {
    this.#maxChunkBytes = maxChunkBytes;
  }

  /** Whether a connection is on its way. */
  get isDialing(): boolean {
    return this.#dialing > 0;
  }

  async dial(endpoint: Endpoint, options: DialOptions): Promise<TransportSocket> {
    this.#dialing++;
    try {
      return this.#tap(await networkTransport.dial(endpoint, options));
    } finally {
      this.#dialing--;
    }
  }

  listen(endpoint: Endpoint, handlers: ListenerHandlers): Promise<TransportListener> {
    return networkTransport.listen(endpoint, {
      onSocket: (socket) => handlers.onSocket(this.#tap(socket)),
      onError: (error) => handlers.onError(error),
    });
  }

  #tap(socket: TransportSocket): TransportSocket {
    const tapped = new TappedSocket(socket, this.#maxChunkBytes);
    this.sockets.push(tapped);
    return tapped;
  }
}

/** Pieces in a row of which only the last so many get a turn of the loop each, which takes its time. */
const MANY_PIECES = 500;

/** One of our sockets, and what has passed through it. */
export class TappedSocket implements TransportSocket, SocketHandlers {
  /** Bytes that our end has got. */
  receivedBytes = 0;
  /** Whether our end was told of the peer's FIN. */
  isEndReceived = false;
  /** Bytes that our end has written. */
  sentBytes = 0;
  /** Whether our end has asked for its FIN. */
  isEndSent = false;
  /** Whether our end reads no further just now. */
  isPaused = false;
  isClosed = false;
  readonly #socket: TransportSocket;
  readonly #maxChunkBytes: number;
  /** What our end is to be told; of a long array taking the first is slow, hence the index. */
  #waiting: (() => void)[] = [];
  #next = 0;
  #handlers: SocketHandlers | undefined;
  #isPumping = false;

  constructor(socket: TransportSocket, maxChunkBytes: number) {
    this.#socket = socket;
    this.#maxChunkBytes = maxChunkBytes;
  }

  get peer(): Peer {
    return this.#socket.peer;
  }

  attach(handlers: SocketHandlers): void {
    this.#handlers = handlers;
    this.#socket.attach(this);
  }

  write(segments: readonly Uint8Array[]): boolean {
    for (const segment of segments) this.sentBytes += segment.length;
    return this.#socket.write(segments);
  }

  pause(): void {
    this.isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.isPaused = false;
    this.#socket.resume();
    this.#pump();
  }

  end(): void {
    this.isEndSent = true;
    this.#socket.end();
  }

  destroy(error?: Error): void {
    this.isClosed = true;
    this.#forget();
    this.#socket.destroy(error);
  }

  reset(): void {
    this.isClosed = true;
    this.#forget();
    this.#socket.reset();
  }

  onData(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; at += this.#maxChunkBytes) {
      const piece = chunk.subarray(at, at + this.#maxChunkBytes);
      this.#waiting.push(() => {
        this.receivedBytes += piece.length;
        this.#handlers?.onData(piece);
      });
    }
    this.#pump();
  }

  onEnd(): void {
    this.#waiting.push(() => {
      this.isEndReceived = true;
      this.#handlers?.onEnd();
    });
    this.#pump();
  }

  onDrain(): void {
    this.#handlers?.onDrain();
  }

  onProgress(): void {
    this.#handlers?.onProgress();
  }

  onClose(error: Error | undefined): void {
    this.#waiting.push(() => {
      this.isClosed = true;
      this.#handlers?.onClose(error);
    });
    this.#pump();
  }

  /** Hands on one piece after the other, for as long as our end reads. */
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    const later = this.#waiting.length - this.#next > MANY_PIECES ? afterMicrotasks : setImmediate;
    later(() => {
      this.#isPumping = false;
      if (this.isPaused && !this.isClosed) return;
      this.#waiting[this.#next++]?.();
      if (this.#next < this.#waiting.length) this.#pump();
      else this.#forget();
    });
  }

  #forget(): void {
    this.#waiting = [];
    this.#next = 0;
  }
}

/** Calls back when everything that is due without I/O is done. */
function afterMicrotasks(callback: () => void): void {
  queueMicrotask(() => process.nextTick(callback));
}
