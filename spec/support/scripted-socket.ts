import type { Peer, SocketHandlers, TransportSocket } from '../../lib/transport/transport.ts';

/** A socket without a network: the test plays the kernel and the peer, and sees what was asked of it. */
export class ScriptedSocket implements TransportSocket {
  readonly peer: Peer = { address: 'fake', port: 1, family: 'memory' };
  /** What was called, in order; writes with their bytes in hex. */
  readonly calls: string[] = [];
  /** One buffer for each call of `write`. */
  readonly writes: Buffer[] = [];
  /** The segments of the last write, as they were given. */
  lastSegments: readonly Uint8Array[] = [];
  /** Whether the kernel takes what is written at once. */
  isTaking = true;
  #handlers: SocketHandlers | undefined;

  /** The owner, once it has attached. */
  get handlers(): SocketHandlers {
    if (this.#handlers === undefined) throw new Error('nobody has attached');
    return this.#handlers;
  }

  /** Everything written so far. */
  get written(): Buffer {
    return Buffer.concat(this.writes);
  }

  attach(handlers: SocketHandlers): void {
    this.#handlers = handlers;
    this.calls.push('attach');
  }

  write(segments: readonly Uint8Array[]): boolean {
    const bytes = Buffer.concat(segments);
    this.lastSegments = segments;
    this.writes.push(bytes);
    this.calls.push(`write ${bytes.toString('hex')}`);
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

  /** As a real one: the close follows, not at once. */
  destroy(error?: Error): void {
    this.calls.push('destroy');
    process.nextTick(() => this.#handlers?.onClose(error));
  }

  /** The close follows, as that of `destroy`. */
  reset(): void {
    this.calls.push('reset');
    process.nextTick(() => this.#handlers?.onClose(undefined));
  }
}
