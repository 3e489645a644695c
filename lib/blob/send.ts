import { FILE_PATH, having } from '../base/option-kinds.ts';
import { checkArgument, judgedBy, optionsOf } from '../base/public-function.ts';
import { readOptions } from '../base/read-options.ts';
import { surroundingsOf } from '../base/surroundings.ts';
import { isStreamSink } from '../stream/user/stream-sink.ts';
import { claimItems } from '../stream/value/one-shot.ts';
import type { Sink } from '../types/sink-source.ts';
import { type BlobContent, bytesContent, PIECES, piecesContent } from './blob-content.ts';
import type { BlobReport } from './blob-meter.ts';
import {
  resolveSending,
  SEND_BLOB_OPTIONS,
  type SendBlobOptions,
  type Sending,
} from './blob-options.ts';
import { fileContent, SEND_FILE_OPTIONS, type SendFileOptions } from './file-content.ts';
import { OutgoingBlob } from './outgoing-blob.ts';
import type { GiveMemory } from './read-from.ts';

const SINK = having('a sink', ['send', 'close', 'abort']);

/**
 * Sends bytes in chunks and closes the sink. Resolves when the kernel has taken the end. Leave the
 * bytes unchanged until then.
 *
 * When it fails, or `signal` fires, the sink is aborted. The reader may have read some of the bytes
 * by then; it gets an error behind them, never a clean end. Only options that are out of bounds
 * leave the sink as it was.
 *
 * @param sink - of a stream of raw bytes, or of any stream with one Uint8Array per message.
 *
 * Source: nats-micro's `SendBytes`.
 */
export async function sendBytes(
  sink: Sink<[Uint8Array]>,
  bytes: Uint8Array,
  options: SendBlobOptions = {},
): Promise<BlobReport> {
  checkArgument('sendBytes', 'sink', sink, SINK);
  const own = judgedBy('sendBytes', () => resolveSending(readOptions(options, SEND_BLOB_OPTIONS)));
  return await send(sink, bytesContent(bytes), own);
}

/**
 * Sends the bytes of a Node Readable, or of any iterable of Uint8Arrays, and closes the sink; see
 * {@link sendBytes}. The content is read at the pace of the reader. When the content fails, the
 * sink is aborted. When the sink fails or `signal` fires, even while no piece comes, the content is
 * left: a Readable is destroyed.
 *
 * @param content - each piece must be memory of its own and stay unchanged. One that was taken from the
 * sink must have no more than `chunkBytes`.
 * @throws the content's error, StreamClosedError when the stream fails, and MisuseError for content
 * that can be read once and was used before.
 *
 * Source: nats-micro's `SendReader`.
 */
export async function sendFrom(
  sink: Sink<[Uint8Array]>,
  content: AsyncIterable<Uint8Array>,
  options: SendBlobOptions = {},
): Promise<BlobReport> {
  checkArgument('sendFrom', 'sink', sink, SINK);
  checkArgument('sendFrom', 'content', content, PIECES);
  const own = judgedBy('sendFrom', () => resolveSending(readOptions(options, SEND_BLOB_OPTIONS)));
  return await send(sink, piecesContent(content), own);
}

/**
 * Sends a file, or a part of it, and closes the sink; see {@link sendBytes}. The next chunks are read
 * while these are sent, into memory of the sink that is used again. It holds 512 KiB of that, or two
 * chunks if that is more, besides the sink's own budget.
 *
 * @param path - followed if it is a symbolic link.
 * @throws OptionError for a range that the file does not have, and the file system's errors. The
 * sink is aborted then.
 *
 * Source: nats-micro's `SendFile`.
 */
export async function sendFile(
  sink: Sink<[Uint8Array]>,
  path: string,
  options: SendFileOptions = {},
): Promise<BlobReport> {
  checkArgument('sendFile', 'sink', sink, SINK);
  checkArgument('sendFile', 'path', path, FILE_PATH);
  const own = optionsOf('sendFile', options, SEND_FILE_OPTIONS);
  const content = judgedBy('sendFile', () => fileContent(path, own));
  const sending = judgedBy('sendFile', () => resolveSending(own));
  return await send(sink, content, sending);
}

async function send(
  sink: Sink<[Uint8Array]>,
  content: BlobContent,
  options: Sending,
): Promise<BlobReport> {
  const blob = new OutgoingBlob(content, options, surroundingsOf(sink).clock);
  const { interruption } = blob;
  // A failure of the reader must be noticed at once, not only when the content has its next piece.
  sink.ended.catch((error: unknown) => interruption.interrupt(error));
  try {
    if (content.pieces !== undefined) claimItems(content.pieces);
    for await (const message of blob.messages(memoryOf(sink))) {
      const room = sink.send(message);
      if (room !== undefined) await interruption.wait(() => room);
    }
    await interruption.wait(() => sink.close());
  } catch (error) {
    sink.abort(error);
    throw error;
  } finally {
    interruption.end();
  }
  const report = blob.meter.report();
  const told: unknown = options.onSent?.(report);
  await told;
  return report;
}

/** A sink of another kind may keep what it is given. */
function memoryOf(sink: Sink<[Uint8Array]>): GiveMemory | undefined {
  return isStreamSink(sink) ? (bytes) => sink.take(bytes) : undefined;
}
