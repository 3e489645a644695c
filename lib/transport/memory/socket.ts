import type { Clock } from '../../base/clock.ts';
import { MisuseError } from '../../errors/errors.ts';
import { type MemoryFault, systemError } from './faults.ts';
import type { MemoryPipe } from './pipe.ts';
import type { Peer, SocketHandlers, TransportSocket } from '../transport.ts';

/**
 * One end of a connection in memory. It behaves as a TCP socket does, including the inconvenient
 * parts: a socket that closes with unread bytes resets the peer, and writing to a peer that has
 * left is an error only later.
 */
export class MemorySocket implements TransportSocket {
  readonly peer: Peer;

  readonly #clock: Clock;
  readonly #in: MemoryPipe;
  readonly #out: MemoryPipe;
  #handlers: SocketHandlers | undefined;
  #hasEnded = false;
  #hasPeerEnded = false;
  #isDraining = false;
  #isClosed = false;
  #error: Error | undefined;

  constructor(clock: Clock, peer: Peer, incoming: MemoryPipe, outgoing: MemoryPipe) {
    this.peer = peer;
    this.#clock = clock;
    this.#in = incoming;
    this.#out = outgoing;
    this.#out.setWriter({
      onProgress: () => this.#onProgress(),
      onBroken: () => this.#close('end', systemError('EPIPE', 'write')),
      onFault: () => this.#closeBy(this.#out.fault),
    });
  }

  get unsentBytes(): number {
    return this.#out.backlogBytes;
  }

  attach(handlers: SocketHandlers): void {
    if (this.#handlers !== undefined) throw new MisuseError('already attached', 'connection');
    this.#handlers = handlers;
    if (this.#isClosed) {
      this.#clock.defer(() => handlers.onClose(this.#error));
      return;
    }
    this.#in.setReader({
      onData: (chunk) => handlers.onData(chunk),
      onEnd: () => this.#onPeerEnd(),
      onReset: () => this.#close('end', systemError('ECONNRESET', 'read')),
      onFault: () => this.#closeBy(this.#in.fault),
    });
  }

  write(segments: readonly Uint8Array[]): boolean {
    if (this.#hasEnded) throw new MisuseError('written after end', 'connection');
    if (this.#isClosed) return false;
    const isTaken = this.#out.write(segments);
    this.#isDraining ||= !isTaken;
    return isTaken;
  }

  pause(): void {
    this.#in.pause();
  }

  resume(): void {
    this.#in.resume();
  }

  end(): void {
    if (this.#hasEnded || this.#isClosed) return;
    this.#hasEnded = true;
    this.#out.end();
  }

  destroy(error?: Error): void {
    this.#close('end', error);
  }

  reset(): void {
    if (this.#isClosed) return;
    this.#out.reset();
    this.#close('end', undefined);
  }

  /** The network has reset the connection. The peer learns nothing of it. */
  lose(): void {
    this.#close('reset', systemError('ECONNRESET', 'read'));
  }

  #onProgress(): void {
    if (this.#isClosed) return;
    this.#handlers?.onProgress();
    if (this.#isDraining && this.#out.isFlushed) {
      this.#isDraining = false;
      this.#handlers?.onDrain();
    }
    this.#closeIfBothEnded();
  }

  #onPeerEnd(): void {
    this.#hasPeerEnded = true;
    this.#handlers?.onEnd();
    this.#closeIfBothEnded();
  }

  #closeIfBothEnded(): void {
    if (this.#hasPeerEnded && this.#out.isFinished) this.#close('end', undefined);
  }

  #closeBy(fault: MemoryFault | undefined): void {
    if (fault?.kind === 'abort') {
      this.#close('reset', fault.error ?? systemError('ECONNABORTED', 'write'));
    } else {
      this.#close('end', fault?.error ?? systemError('EIO', 'write'));
    }
  }

  /**
   * @param farewell - how the direction to the peer ends, behind the bytes that are on their way.
   */
  #close(farewell: 'end' | 'reset', error: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#error = error;
    const hasUnread = this.#in.cancel();
    this.#out.cut(hasUnread ? 'reset' : farewell);
    this.#clock.defer(() => this.#handlers?.onClose(this.#error));
  }
}
