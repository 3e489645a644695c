import type { StreamFigures } from '../../diagnostics/stream-figures.ts';
import type { CanceledError } from '../../errors/errors.ts';
import type { Serializer } from '../../serializer/serializer.ts';

/**
 * Where a pump puts the items of one stream. It may keep them, pass over some, or write them to a lane
 * at once.
 */
export interface ItemSink {
  /** How items become bytes. */
  readonly serializer: Serializer;
  /** Bytes of the item that was sent last. */
  readonly lastMessageBytes: number;
  /** Resolves when all was sent to its end, rejects with the cause otherwise. Never an unhandled rejection. */
  readonly ended: Promise<void>;
  /** How far it has come. */
  figures(): StreamFigures;
  /**
   * Takes an item, as a tuple of one member.
   *
   * @returns undefined when there is room for more, or a promise to await before the next.
   * @throws if the item can't be sent, or the stream is over; the item was not taken then.
   */
  send(message: unknown[]): Promise<void> | undefined;
  /** Takes what goes ahead of the first item, or behind the last. */
  writeMetadata(type: 'headers' | 'trailers', document: Buffer): void;
  /** A batch is complete: what was sent need not wait for more. */
  endBatch(): void;
  /** Ends the stream behind what was sent. Resolves when the kernel has taken it. */
  close(): Promise<void>;
  /** Ends the stream with an error behind what was sent. */
  abort(reason: unknown): void;
  /** The consumer wants no more. */
  cancel(cause: CanceledError): void;
}
