import type { LocalStream } from '../types/value-stream.ts';
import { raw } from '../serializer/raw.ts';
import { stream } from '../stream/value/local-value-stream.ts';
import { type BlobContent, bytesContent, piecesContent } from './blob-content.ts';
import { BlobMessages } from './blob-messages.ts';
import { resolveSending, type SendBlobOptions, type Sending } from './blob-options.ts';
import { fileContent, type SendFileOptions } from './file-content.ts';

/**
 * A blob as a value: an argument or a result of a service's method, or a field of either. Its chunks
 * travel as they are, and nothing is read before the other side wants the first.
 *
 * @param content - bytes, a Node Readable, a WHATWG stream, or any iterable of Uint8Arrays, each
 *   memory of its own that is left unchanged. It is left (a Readable is destroyed) when the blob
 *   fails, is not wanted, or `signal` fires. Bytes can be sent as often as one likes.
 * @throws OptionError at once. What the content throws is what the other side gets.
 *
 * Source: nats-micro's `SendBytes` and `SendReader`.
 */
export function blobOf(
  content: Uint8Array | AsyncIterable<Uint8Array>,
  options: SendBlobOptions = {},
): LocalStream<Uint8Array> {
  const isBytes = !(Symbol.asyncIterator in content);
  return valueOf(isBytes ? bytesContent(content) : piecesContent(content), resolveSending(options));
}

/**
 * A file, or a part of it, as a value; see {@link blobOf}. It is opened when the other side wants its
 * first byte, and closed when it wants no more. It can be sent as often as one likes.
 *
 * @param path - followed where it is a symbolic link. Never take it from the other side as it is.
 * @throws OptionError at once for what no file could satisfy. The rest is what the other side gets:
 *   an OptionError for a range that the file does not have, and what the file system says.
 *
 * Source: nats-micro's `SendFile`.
 */
export function fileBlob(path: string, options: SendFileOptions = {}): LocalStream<Uint8Array> {
  return valueOf(fileContent(path, options), resolveSending(options));
}

function valueOf(content: BlobContent, options: Sending): LocalStream<Uint8Array> {
  return stream(new BlobMessages(content, options), { serializer: raw });
}
