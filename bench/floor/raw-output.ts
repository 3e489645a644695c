import type { Writable } from 'node:stream';

/** `write` can succeed for ever while the kernel keeps up, and would let nothing else run. */
const YIELD_BYTES = 1_048_576;

/** Writes to a socket or the like, and says when its caller has to wait before it uses the memory again. */
export class RawOutput {
  readonly #socket: Writable;
  #sinceYieldBytes = 0;
  #resolve: (() => void) | undefined;

  constructor(socket: Writable) {
    this.#socket = socket;
  }

  /** Writes one segment. Undefined when the kernel has taken it. */
  write(segment: Uint8Array): Promise<void> | undefined {
    this.#socket.write(segment, this.#onWritten);
    return this.#room(segment.length);
  }

  /** Writes all segments by one call of the system. Undefined when the kernel has taken them. */
  writeAll(segments: readonly Uint8Array[]): Promise<void> | undefined {
    let bytes = 0;
    this.#socket.cork();
    for (const segment of segments) {
      this.#socket.write(segment, this.#onWritten);
      bytes += segment.length;
    }
    this.#socket.uncork();
    return this.#room(bytes);
  }

  #room(writtenBytes: number): Promise<void> | undefined {
    if (this.#socket.writableLength > 0) return new Promise((resolve) => (this.#resolve = resolve));
    this.#sinceYieldBytes += writtenBytes;
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
