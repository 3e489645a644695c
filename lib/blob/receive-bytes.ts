import { type BlobSource, receive } from './incoming-blob.ts';
import { type ReceiveBlobOptions, resolveReceiving } from './receive-options.ts';

/** What a process can be made to hold unless asked otherwise. */
const DEFAULT_MAX_BYTES = 67_108_864;

/** What is taken at first: one default chunk. */
const FIRST_BYTES = 131_072;

/**
 * Receives a blob into memory: at most three times `maxBytes` are held meanwhile, however small the
 * pieces that it comes in. The bytes are the caller's.
 *
 * When it fails, or `signal` fires, the producer is told why, and the rest is not read.
 *
 * @throws MessageTooLargeError above `maxBytes`, ChecksumError, CanceledError, TimeoutError, and what
 *   the source throws, a stream that was cut off included.
 *
 * Source: nats-micro's `RecvBytes`.
 */
export async function receiveBytes(
  source: BlobSource,
  options: ReceiveBlobOptions = {},
): Promise<Uint8Array> {
  const gathered = new GatheredBytes();
  await receive(source, resolveReceiving(options, DEFAULT_MAX_BYTES), (blob) =>
    blob.drain((chunk) => gathered.append(chunk)),
  );
  return gathered.bytes;
}

/** Bytes in one piece, which grows twofold. Views of what arrived would keep much more than themselves. */
class GatheredBytes {
  #buffer = Buffer.alloc(0);
  #length = 0;

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  append(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#buffer.length) this.#grow(length);
    this.#buffer.set(chunk, this.#length);
    this.#length = length;
  }

  #grow(length: number): void {
    const size = Math.max(length, 2 * this.#buffer.length, FIRST_BYTES);
    const buffer = Buffer.allocUnsafeSlow(size);
    buffer.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = buffer;
  }
}
