import type { Peer, SocketHandlers, TransportSocket } from '../../lib/transport/transport.ts';

/** A socket without a network: writes down what its owner does, and takes bytes as the test says. */
export class FakeSocket implements TransportSocket {
  readonly peer: Peer = { address: 'nowhere', port: 0, family: 'memory' };
  /** One buffer for each call of `write`. */
  readonly writes: Buffer[] = [];
  /** The segments of the last write, as they were given. */
  lastSegments: readonly Uint8Array[] = [];
  /** What was called, beside `write`. */
  readonly calls: string[] = [];
  /** Whether `write` takes everything at once. */
  isTaking = true;
  handlers: SocketHandlers | undefined;

  /** Everything written so far. */
  get written(): Buffer {
    return Buffer.concat(this.writes);
  }

  attach(handlers: SocketHandlers): void {
    this.handlers = handlers;
  }

  write(segments: readonly Uint8Array[]): boolean {
    this.lastSegments = segments;
    this.writes.push(Buffer.concat(segments));
    return this.isTaking;
  }

  pause(): void {
    this.calls.push('pause');
  }

  resume(): void {
    this.calls.push('resume');
  }

  end(): void {
    this.calls.push('end');
  }

  destroy(): void {
    this.calls.push('destroy');
  }

  reset(): void {
    this.calls.push('reset');
  }
}
