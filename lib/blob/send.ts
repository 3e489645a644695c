import { surroundingsOf } from '../base/surroundings.ts';
import type { Sink } from '../types/sink-source.ts';
import { type BlobContent, bytesContent, piecesContent } from './blob-content.ts';
import type { BlobReport } from './blob-meter.ts';
import { resolveSending, type SendBlobOptions, type Sending } from './blob-options.ts';
import { fileContent, type SendFileOptions } from './file-content.ts';
import { OutgoingBlob } from './outgoing-blob.ts';

/**
 * Sends bytes in chunks and closes the sink. Resolves when the kernel has taken the end; until then
 * leave the bytes unchanged.
 *
 * When it fails, or `signal` fires, the sink is aborted: part of the bytes may have been read by then,
 * and the reader gets an error behind them, never a clean end. Only options that are out of bounds
 * leave the sink as it was.
 *
 * @param sink - of a stream that carries raw bytes, or of any whose messages are one Uint8Array.
 *
 * Source: nats-micro's `SendBytes`.
 */
export async function sendBytes(
  sink: Sink<[Uint8Array]>,
  bytes: Uint8Array,
  options: SendBlobOptions = {},
): Promise<BlobReport> {
  return await send(sink, bytesContent(bytes), resolveSending(options));
}

/**
 * Sends what a Node Readable, or any iterable of Uint8Arrays, gives and closes the sink; see
 * {@link sendBytes}. It is read at the pace of the reader. When it fails, so does the sink; when the
 * sink fails or `signal` fires, also while nothing comes, it is left: a Readable is destroyed.
 *
 * @param content - each piece memory of its own that is left unchanged.
 * @throws what the content throws, and StreamClosedError when the stream fails.
 *
 * Source: nats-micro's `SendReader`.
 */
export async function sendFrom(
  sink: Sink<[Uint8Array]>,
  content: AsyncIterable<Uint8Array>,
  options: SendBlobOptions = {},
): Promise<BlobReport> {
  return await send(sink, piecesContent(content), resolveSending(options));
}

/**
 * Sends a file, or a part of it, and closes the sink; see {@link sendBytes}. Memory held is 512 KiB,
 * or one chunk where that is more, beside the sink's own budget.
 *
 * @param path - followed where it is a symbolic link.
 * @throws OptionError for a range that the file does not have, and what the file system says; the
 *   sink is aborted then.
 *
 * Source: nats-micro's `SendFile`.
 */
export async function sendFile(
  sink: Sink<[Uint8Array]>,
  path: string,
  options: SendFileOptions = {},
): Promise<BlobReport> {
  return await send(sink, fileContent(path, options), resolveSending(options));
}

async function send(
  sink: Sink<[Uint8Array]>,
  content: BlobContent,
  options: Sending,
): Promise<BlobReport> {
  const blob = new OutgoingBlob(content, options, surroundingsOf(sink).clock);
  const { interruption } = blob;
  // A reader that is gone must not be noticed only when the content has more.
  sink.ended.catch((error: unknown) => interruption.interrupt(error));
  try {
    for await (const message of blob.messages()) {
      const room = sink.send(message);
      if (room !== undefined) await interruption.wait(() => room);
    }
    await interruption.wait(() => sink.close());
  } catch (error) {
    sink.abort(error);
    throw error;
  } finally {
    interruption.stop();
  }
  const report = blob.meter.report();
  options.onSent?.(report);
  return report;
}
