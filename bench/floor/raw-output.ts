import type { Socket } from 'node:net';

/** `write` can succeed for ever while the kernel keeps up, and would let nothing else run. */
const YIELD_BYTES = 1_048_576;

/** Writes to a socket, and says when its caller has to wait before it uses the memory again. */
export class RawOutput {
  readonly #socket: Socket;
  #sinceYieldBytes = 0;
  #resolve: (() => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Writes all segments by one call of the system. Undefined when the kernel has taken them all. */
  write(...segments: readonly Uint8Array[]): Promise<void> | undefined {
    const socket = this.#socket;
    socket.cork();
    for (const segment of segments) {
      socket.write(segment, this.#onWritten);
      this.#sinceYieldBytes += segment.length;
    }
    socket.uncork();
    if (socket.writableLength > 0) return new Promise((resolve) => (this.#resolve = resolve));
    if (this.#sinceYieldBytes < YIELD_BYTES) return undefined;
    this.#sinceYieldBytes = 0;
    return new Promise((resolve) => setImmediate(resolve));
  }

  readonly #onWritten = (): void => {
    if (this.#resolve === undefined || this.#socket.writableLength > 0) return;
    this.#sinceYieldBytes = 0;
    this.#resolve();
    this.#resolve = undefined;
  };
}
