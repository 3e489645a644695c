import type { Socket } from 'node:net';

import { offsetFreshRead } from '../../base/fresh-memory.ts';
import { MisuseError } from '../../errors/errors.ts';
import { deferToNextTurn, deferToTick } from '../../base/turns.ts';
import type { DirectReader, DirectReading } from './direct-reading.ts';
import type { Peer, SocketHandlers, TransportSocket } from '../transport.ts';

/**
 * After this many bytes a socket is read again only in the next turn of the loop. Otherwise Node
 * reads a socket up to 32 times in one turn, 2 MiB, while the calls of the same process wait
 * (`unary.beside-bulk`).
 */
const REST_BYTES = 131_072;

/** The part of a socket that Node keeps private. */
interface WithHandle {
  readonly _handle?: { readonly writeQueueSize?: number } | null;
}

/**
 * Set on each socket: its NetworkSocket. Node calls listeners with the socket as `this`, so that
 * all sockets share them.
 */
const OWNER: unique symbol = Symbol('owner');

interface OwnedSocket extends Socket, WithHandle {
  [OWNER]: NetworkSocket;
}

/**
 * A connected socket of the machine: TCP, a unix socket, or TLS over either.
 *
 * Errors are the system's own. Two cases that the system does not tell apart arrive as a plain
 * `onEnd`: a TLS peer that left without close_notify (truncation), and a reset that the kernel
 * reports together with the last bytes before it. Only the protocol above can tell whether an end
 * is clean.
 */
export class NetworkSocket implements TransportSocket, DirectReader {
  readonly peer: Peer;

  readonly #socket: OwnedSocket;
  /** The TCP socket itself, also below TLS; undefined where a reset is not possible. */
  readonly #tcp: Socket | undefined;
  readonly #reading: DirectReading | undefined;
  #handlers: SocketHandlers | undefined;
  #isDraining = false;
  #isPaused = false;
  #isResting = false;
  #sinceRestBytes = 0;
  #error: Error | undefined;

  /**
   * Takes over a connected socket that is not flowing. From here on its errors have an owner, so
   * that an error before `attach` harms nobody.
   *
   * @param tcp - the TCP socket that `socket` is or runs over; undefined on a unix socket.
   * @param reading - how the socket is read if it was made for direct reading; undefined for `data`
   * events.
   */
  constructor(socket: Socket, peer: Peer, tcp: Socket | undefined, reading?: DirectReading) {
    this.#socket = Object.assign(socket, { [OWNER]: this });
    this.peer = peer;
    this.#tcp = tcp;
    this.#reading = reading;
    socket.on('error', NetworkSocket.#onError);
    socket.on('end', NetworkSocket.#onEnd);
    socket.on('close', NetworkSocket.#onClose);
  }

  /**
   * Node itself uses this number to tell whether a write is under way, but has no public name for
   * it.
   */
  get unsentBytes(): number | undefined {
    const inside: Socket & WithHandle = this.#tcp ?? this.#socket;
    return inside._handle?.writeQueueSize;
  }

  attach(handlers: SocketHandlers): void {
    if (this.#handlers !== undefined) throw new MisuseError('already attached', 'connection');
    this.#handlers = handlers;
    const socket = this.#socket;
    if (socket.closed) deferToTick(() => NetworkSocket.#onClose.call(socket));
    else if (socket.readableEnded) deferToTick(() => NetworkSocket.#onEnd.call(socket));
    if (this.#reading === undefined) socket.on('data', NetworkSocket.#onData);
    else this.#reading.reader = this;
    socket.resume();
  }

  write(segments: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    if (socket.writableEnded) throw new MisuseError('written after end', 'connection');
    if (socket.destroyed) return false;
    const last = segments.length - 1;
    if (last > 0) socket.cork();
    for (let index = 0; index <= last; index++) {
      const segment = segments[index]!; // `index` is within `segments`.
      if (index < last) socket.write(segment);
      // One callback for all segments: Node then makes fewer callbacks.
      else socket.write(segment, (error) => this.#onWritten(error));
    }
    if (last > 0) socket.uncork();
    if (socket.writableLength === 0) return true;
    this.#isDraining = true;
    return false;
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isResting) this.#socket.resume();
  }

  /** @internal */
  readInto(): Buffer | undefined {
    return this.#handlers?.readInto?.();
  }

  /** @internal */
  onBytes(chunk: Buffer): void {
    this.#sinceRestBytes += chunk.length;
    if (this.#sinceRestBytes >= REST_BYTES) this.#rest();
    this.#handlers?.onData(chunk);
  }

  end(): void {
    this.#socket.end();
  }

  destroy(error?: Error): void {
    this.#socket.destroy(error);
  }

  /**
   * The same as `destroy` on a unix socket, which has no reset, and while an end is on its way: the
   * system refuses to reset then, and Node would never close the socket.
   */
  reset(): void {
    const socket = this.#socket;
    const tcp = this.#tcp;
    const isEnding = socket.writableEnded && !socket.writableFinished;
    if (tcp === undefined || tcp.destroyed || isEnding) socket.destroy();
    else if (tcp === socket) tcp.resetAndDestroy();
    else resetBelow(tcp, socket);
  }

  #rest(): void {
    this.#sinceRestBytes = 0;
    this.#isResting = true;
    this.#socket.pause();
    deferToNextTurn(() => {
      this.#isResting = false;
      if (!this.#isPaused) this.#socket.resume();
    });
  }

  #onWritten(error: Error | null | undefined): void {
    if (error || this.#socket.destroyed) return;
    this.#handlers?.onProgress();
    if (!this.#isDraining || this.#socket.writableLength > 0) return;
    this.#isDraining = false;
    this.#handlers?.onDrain();
  }

  static #onData(this: OwnedSocket, chunk: Buffer): void {
    // A destroyed socket may still have bytes in its buffer, but their reader has left.
    if (this.destroyed) return;
    offsetFreshRead(chunk.length);
    this[OWNER].onBytes(chunk);
  }

  static #onEnd(this: OwnedSocket): void {
    if (!this.destroyed) this[OWNER].#handlers?.onEnd();
  }

  static #onError(this: OwnedSocket, error: Error): void {
    this[OWNER].#error ??= error;
    // Node leaves a TLS socket half-open after an alert or a refused renegotiation.
    this.destroy();
  }

  static #onClose(this: OwnedSocket): void {
    const owner = this[OWNER];
    owner.#handlers?.onClose(owner.#error);
  }
}

/**
 * Resets a TCP socket that TLS runs over. TLS must be destroyed first, as the other order crashes
 * Node. It then calls `destroy` of the socket below, which this function turns into a reset for
 * this one call.
 */
function resetBelow(tcp: Socket, secure: Socket): void {
  tcp.destroy = () => {
    Reflect.deleteProperty(tcp, 'destroy');
    return tcp.resetAndDestroy();
  };
  secure.destroy();
}
