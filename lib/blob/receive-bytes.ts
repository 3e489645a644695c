import { checkArgument, judgedBy } from '../base/public-function.ts';
import { readOptions } from '../base/read-options.ts';
import { PIECES } from './blob-content.ts';
import { type BlobSource, receive } from './incoming-blob.ts';
import {
  RECEIVE_BLOB_OPTIONS,
  type ReceiveBlobOptions,
  resolveReceiving,
} from './receive-options.ts';

/** The most bytes that a process holds for a blob by default. */
const DEFAULT_MAX_BYTES = 67_108_864;

/** The memory at the beginning: one default chunk. */
const FIRST_BYTES = 131_072;

/**
 * Receives a blob into memory. At most three times `maxBytes` are held meanwhile, however small the
 * pieces are. The bytes are the caller's. When it fails, or `signal` fires, the producer is told why,
 * and the rest is not read.
 *
 * @throws MessageTooLargeError above `maxBytes`, ChecksumError, CanceledError, TimeoutError, and
 * the source's error, for example that the stream was cut off.
 *
 * Source: nats-micro's `RecvBytes`.
 */
export async function receiveBytes(
  source: BlobSource,
  options: ReceiveBlobOptions = {},
): Promise<Uint8Array> {
  checkArgument('receiveBytes', 'source', source, PIECES);
  const own = judgedBy('receiveBytes', () =>
    resolveReceiving(readOptions(options, RECEIVE_BLOB_OPTIONS), DEFAULT_MAX_BYTES),
  );
  const gathered = new GatheredBytes();
  await receive(source, own, (blob) => blob.drain((chunk) => gathered.append(chunk)));
  return gathered.bytes;
}

/**
 * Bytes in one piece, which doubles as it grows. Views of the arrived chunks would keep much more
 * memory than their own bytes.
 */
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
