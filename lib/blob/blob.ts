import { FILE_PATH } from '../base/option-kinds.ts';
import { checkArgument, judgedBy } from '../base/public-function.ts';
import { readOptions } from '../base/read-options.ts';
import { hasField } from '../errors/foreign.ts';
import type { LocalStream } from '../types/value-stream.ts';
import { raw } from '../serializer/raw.ts';
import { stream } from '../stream/value/local-value-stream.ts';
import { type BlobContent, bytesContent, piecesContent } from './blob-content.ts';
import { BlobMessages } from './blob-messages.ts';
import {
  resolveSending,
  SEND_BLOB_OPTIONS,
  type SendBlobOptions,
  type Sending,
} from './blob-options.ts';
import { fileContent, SEND_FILE_OPTIONS, type SendFileOptions } from './file-content.ts';

/**
 * A blob as a value: an argument or a result of a service's method, or a field of either. Its
 * chunks are sent as they are. Nothing is read before the other side wants the first chunk.
 *
 * @param content - bytes, a Node Readable, a WHATWG stream, or any iterable of Uint8Arrays. Each
 * Uint8Array must be memory of its own and stay unchanged. The content is left (a Readable is
 * destroyed) when the blob fails, is not wanted, or `signal` fires. Bytes can be sent any number of
 * times.
 * @throws OptionError at once. Errors that the content throws arrive at the other side.
 *
 * Source: nats-micro's `SendBytes` and `SendReader`.
 */
export function blobOf(
  content: Uint8Array | AsyncIterable<Uint8Array>,
  options: SendBlobOptions = {},
): LocalStream<Uint8Array> {
  return judgedBy('blobOf', () => {
    const own = readOptions(options, SEND_BLOB_OPTIONS);
    const isBytes = !hasField(content, Symbol.asyncIterator);
    // What is neither is refused as bytes.
    const bytesOrPieces = isBytes
      ? bytesContent(content as Uint8Array)
      : piecesContent(content as AsyncIterable<Uint8Array>);
    return valueOf(bytesOrPieces, resolveSending(own));
  });
}

/**
 * A file, or a part of it, as a value; see {@link blobOf}. It is opened when the other side wants
 * its first byte, and closed when the other side wants no more. It can be sent any number of times.
 *
 * @param path - followed if it is a symbolic link. Never take it unchecked from the other side.
 * @throws OptionError at once for options that no file could satisfy. All other errors arrive at
 * the other side: an OptionError for a range that the file does not have, and the file system's
 * errors.
 *
 * Source: nats-micro's `SendFile`.
 */
export function fileBlob(path: string, options: SendFileOptions = {}): LocalStream<Uint8Array> {
  checkArgument('fileBlob', 'path', path, FILE_PATH);
  return judgedBy('fileBlob', () => {
    const own = readOptions(options, SEND_FILE_OPTIONS);
    return valueOf(fileContent(path, own), resolveSending(own));
  });
}

function valueOf(content: BlobContent, options: Sending): LocalStream<Uint8Array> {
  return stream(new BlobMessages(content, options), { serializer: raw });
}
